import { node } from "../graph/build.js";
import type { Node } from "../graph/types.js";
import { formatShape, ShapeError } from "../shape/shape.js";
import { type ConvolutionOptions, convolution } from "./contraction.js";
import { cast, equal, multiply } from "./elementwise.js";
import { expandDimensions, flip, reshape } from "./movement.js";

export * from "./activations.js";
export * from "./einsum.js";
export * from "./numeric.js";
export * from "./padding.js";
export * from "./patches.js";
export * from "./pooling.js";
export * from "./resampling.js";
export * from "./softmax.js";

/** `x * x`. */
export function square(x: Node): Node {
  return multiply(x, x);
}

/** float32 rows that are 1 at the label and 0 elsewhere: `[...] -> [..., classes]`. A label outside gives zeros. */
export function oneHot(labels: Node, classes: number): Node {
  if (labels.dtype !== "int32")
    throw new ShapeError(`oneHot: the labels are ${labels.dtype}; they must be int32`);
  const shape = [...labels.shape.map(() => 1), classes];
  return cast(
    equal(expandDimensions(labels, -1), node("iota", [], { shape, axis: shape.length - 1 })),
    "float32",
  );
}

/** Every product of an element of `a` with an element of `b`: shape `[...a, ...b]`. */
export function outer(a: Node, b: Node): Node {
  return multiply(reshape(a, [...a.shape, ...b.shape.map(() => 1)]), b);
}

/** Convolution as mathematics defines it: the kernel is flipped along its spatial axes. See `convolution`. */
export function trueConvolution(x: Node, kernel: Node, options: ConvolutionOptions = {}): Node {
  if (kernel.shape.length < 3) {
    throw new ShapeError(
      `trueConvolution: the kernel ${formatShape(kernel.shape)} must be [O, C / groups, ...spatial]`,
    );
  }
  const spatial = kernel.shape.map((_, axis) => axis).slice(2);
  return convolution(x, flip(kernel, spatial), options);
}
