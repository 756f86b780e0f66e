import { describe, test } from "vitest";
import { trueConvolution } from "../../src/tensor/composites.js";
import { concatenate, einsum, tensor } from "../../src/tensor/creation.js";
import { Tensor } from "../../src/tensor/tensor.js";
import { expectFirst, expectModesAgree, expectSecond, scattered } from "./support.js";

type Case = readonly [name: string, fn: (...x: Tensor[]) => Tensor, inputs: readonly Tensor[]];

// Nonlinear around the operation under test, so that second derivatives are not all zero.
const cases: readonly Case[] = [
  ["convolution", (x, k) => x.convolution(k), [scattered([2, 2, 6], 1), scattered([3, 2, 3], 2)]],
  [
    "convolution with stride, uneven padding, dilation and groups",
    (x, k) => x.convolution(k, { stride: [2, 1], padding: [[1, 0], 2], dilation: [1, 2], groups: 2 }),
    [scattered([2, 4, 5, 4], 1), scattered([4, 2, 2, 3], 2)],
  ],
  [
    "convolution whose last cells no window reaches",
    (x, k) => x.convolution(k, { stride: 3 }),
    [scattered([1, 1, 9], 1), scattered([1, 1, 2], 2)],
  ],
  [
    "3-d convolution",
    (x, k) => x.convolution(k, { padding: "same" }),
    [scattered([1, 1, 2, 3, 2], 1), scattered([2, 1, 2, 2, 3], 2)],
  ],
  [
    "true convolution",
    (x, k) => new Tensor(trueConvolution(x.node, k.node)),
    [scattered([1, 2, 5], 1), scattered([2, 2, 2], 2)],
  ],
  [
    "matmul, broadcast over batches",
    (a, b) => a.matmul(b),
    [scattered([2, 1, 2, 3], 1), scattered([3, 3, 2], 2)],
  ],
  ["einsum", (a, b) => einsum("bij,kj->ibk", a, b), [scattered([2, 3, 2], 1), scattered([2, 2], 2)]],
  [
    "max pooling, overlapping and padded",
    (x) => x.maxPool(3, { stride: 2, padding: 1 }).square(),
    [scattered([1, 2, 5, 4], 3)],
  ],
  [
    "average pooling",
    (x) => x.averagePool([2, 3], { stride: 1, padding: 1, countIncludePad: false }).square(),
    [scattered([1, 2, 4, 4], 3)],
  ],
  ["Lp pooling", (x) => x.lpPool(3, 2), [scattered([1, 1, 4, 4], 3)]],
  ["softmax", (x) => x.softmax(0), [scattered([3, 2], 1)]],
  ["logSoftmax", (x) => x.logSoftmax(), [scattered([2, 3], 1)]],
  ["logSumExp", (x) => x.logSumExp([0, 2]), [scattered([2, 2, 2], 1)]],
  ["product", (x) => x.product(1), [scattered([2, 5], 1, 2)]],
  [
    "product with zeros",
    (x) => x.product(1),
    [
      tensor([
        [0, 2, 3],
        [0, 0, 5],
        [1, -1, 2],
      ]),
    ],
  ],
  ["max and min", (x) => x.max(0).multiply(x.min(1)).square(), [scattered([3, 3], 1)]],
  [
    "cumulative sums",
    (x) => x.cumulativeSum(0).square().cumulativeSum(1, { exclusive: true, reverse: true }),
    [scattered([3, 2], 1)],
  ],
  ["power", (a, b) => a.power(b), [scattered([4], 1).square().add(0.3), scattered([4], 2, 2)]],
  ["power with a negative base and whole exponent", (a) => a.power(3), [tensor([-1.5, -0.5, 0, 2])]],
  ["remainder", (a, b) => a.remainder(b).square(), [tensor([5.3, -5.3, 7.7, 6]), tensor([2, 2, -3, 4])]],
  ["divide", (a, b) => a.divide(b), [scattered([3, 1], 1), scattered([2], 2).add(2)]],
  ["erf, gelu", (x) => x.erf().add(x.gelu()).add(x.gelu("tanh")), [scattered([5], 1, 2)]],
  [
    "sigmoid, softplus, elu, silu",
    (x) => x.sigmoid().multiply(x.softplus()).add(x.elu()).add(x.silu()),
    [scattered([6], 1, 3)],
  ],
  [
    "standard deviation and norms",
    (x) => x.standardDeviation(0).multiply(x.norm(3, 0)).multiply(x.norm(2, 0)),
    [scattered([3, 2], 1)],
  ],
  [
    "movement",
    (x) =>
      concatenate([
        x.square().pad(
          [
            [1, -1],
            [0, 2],
          ],
          3,
        ),
        x
          .flip(1)
          .exp()
          .slice([0, 0], [2, 3], [1, 2])
          .broadcastTo([2, 2])
          .pad([
            [0, 0],
            [0, 3],
          ]),
      ])
        .permute()
        .reshape([-1, 2]),
    [scattered([2, 3], 1)],
  ],
  [
    "gather, with repeats and indices outside",
    (x) => x.square().gather(tensor(Int32Array.of(2, 0, 2, 7, -1, 1), { shape: [2, 3] }), 1),
    [scattered([2, 3], 1)],
  ],
];

describe.each(cases)("%s", (_, fn, inputs) => {
  test("first derivatives against differences", () => expectFirst(fn, inputs));
  test("second derivatives against differences", () => expectSecond(fn, inputs));
  test("forward and reverse mode agree", () => expectModesAgree(fn, inputs));
});
