import type { Module } from "../nn/module.js";
import { sizeOf } from "../shape/shape.js";
import { eye, zeros } from "../tensor/creation.js";
import type { Tensor } from "../tensor/tensor.js";

/**
 * The matrix of a linear layer: `[outputs, inputs]`, so that for every example, with its values in a row,
 *
 *     layer(x) = matrix x + layer(0)
 *
 * For a convolution it is its Toeplitz matrix: constant along the diagonals of each pair of a filter and a channel (with
 * several axes, of blocks that are so themselves), 0 where the window does not reach, and the columns `stride` apart from row
 * to row. It is found by running the layer on the identity matrix, so it holds for any layer whose outputs are sums of
 * weighted inputs: other strides, dilations and groups, transposed, locally connected and dense layers, average pooling.
 * For others (ReLU, maximum pooling) there is no such matrix, and what comes out means nothing.
 *
 * @param layer built; the matrix is for inputs of that shape, in row-major order
 */
export function toeplitz(layer: Module): Tensor {
  const { inputShape } = layer;
  const inputs = sizeOf(inputShape);
  const columns = layer.forward(eye(inputs).reshape([inputs, ...inputShape]));
  const offset = layer.forward(zeros([1, ...inputShape]));
  return columns
    .subtract(offset)
    .reshape([inputs, sizeOf(layer.outputShape)])
    .transpose();
}
