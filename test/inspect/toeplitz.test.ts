import { describe, expect, test } from "vitest";
import { toeplitz } from "../../src/inspect/toeplitz.js";
import * as nn from "../../src/nn/index.js";
import { arange } from "../../src/tensor/creation.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { expectClose } from "../support/close.js";
import { Stepper } from "../support/stepper.js";

/** Values without any pattern that a wrong matrix could share. */
function scattered(shape: readonly number[]): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return arange(size).cast("float32").add(1).multiply(1.7).sin().reshape(shape);
}

describe("the matrix of a linear layer", () => {
  const cases: [string, readonly number[], () => nn.Module][] = [
    ["conv1d", [2, 7], () => nn.conv1d(3, 3, { stride: 2, padding: [[2, 1]], dilation: 2 })],
    ["conv2d", [2, 4, 5], () => nn.conv2d(3, [3, 2], { stride: [1, 2], padding: 1, dilation: [1, 2] })],
    ["grouped", [4, 3, 3], () => nn.conv2d(2, 2, { groups: 2, padding: "same" })],
    ["depthwise", [3, 4, 3], () => nn.depthwiseConv2d(3, { padding: 1, multiplier: 2 })],
    ["connected", [3, 3, 3], () => nn.connectedConv2d([[0, 2], [1]], 2)],
    ["locally connected", [2, 5], () => nn.locallyConnected1d(2, 3, { stride: 2 })],
    ["transposed", [2, 3, 2], () => nn.convTranspose2d(2, 3, { stride: 2, padding: 1 })],
    ["averaging", [2, 5, 4], () => nn.averagePool2d(3, { stride: 2, padding: 1, countIncludePad: false })],
    ["interpolating", [1, 3, 2], () => nn.upsample(2, { mode: "linear" })],
    ["dense", [5], () => nn.dense(3)],
  ];

  test.each(cases)("times an example is what the layer gives: %s", (_, shape, make) => {
    const layer = make();
    layer.build(shape, { seed: 3 });
    const stepper = new Stepper();
    for (const parameter of layer.parameters()) {
      stepper.set(
        parameter,
        Float64Array.from({ length: parameter.size }, (_, i) => Math.cos(i * 2.3)),
      );
    }
    const x = scattered([1, ...shape]);
    const [direct, product, offset] = stepper.run(() => [
      layer.forward(x),
      toeplitz(layer).matmul(x.reshape([-1])),
      layer.forward(x.multiply(0)),
    ]);
    const sum = product!.map((value, i) => value + offset![i]!);
    expect(Math.max(...direct!)).toBeGreaterThan(0);
    expectClose(sum, direct!, 1e-12);
  });

  test("of a kernel in one dimension, written out", () => {
    const layer = nn.conv1d(1, 3, { bias: false });
    layer.build([1, 5]);
    const stepper = new Stepper();
    stepper.set(layer.weight, [1, 2, 3]);
    const [matrix] = stepper.run(() => [toeplitz(layer)]);
    expect([...matrix!]).toEqual([1, 2, 3, 0, 0, 0, 1, 2, 3, 0, 0, 0, 1, 2, 3]);
  });

  test("of a transposed convolution is the transpose of the convolution's", () => {
    const options = { stride: 2, padding: 1, bias: false };
    const forward = nn.conv2d(3, 3, options);
    forward.build([2, 5, 5]);
    const back = nn.convTranspose2d(2, 3, options);
    expect(back.build([3, 3, 3])).toEqual([2, 5, 5]);
    const stepper = new Stepper();
    const values = stepper.get(forward.weight);
    stepper.set(back.weight, values);
    const [matrix, transposed] = stepper.run(() => [toeplitz(forward), toeplitz(back).transpose()]);
    expect(matrix).toEqual(transposed);
    expect(matrix!.some((value) => value !== 0)).toBe(true);
  });

  test("needs a layer that is built", () => {
    expect(() => toeplitz(nn.conv1d(1, 3))).toThrow("this conv1d is not built yet");
  });
});
