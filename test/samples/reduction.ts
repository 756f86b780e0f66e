import { node } from "../../src/graph/build.js";
import { bool, type Domain, float32, int32, type Sample, type SampleInput } from "./sample.js";
import { specialCount } from "./values.js";

type Reduction = "sum" | "max" | "min" | "product";

const cases = [
  { shape: [2, 3, 5], axes: [1] },
  { shape: [2, 3, 5], axes: [2] },
  { shape: [2, 3, 5], axes: [0] },
  { shape: [2, 3, 5], axes: [0, 2] },
  { shape: [2, 3, 5], axes: [0, 1, 2] },
  { shape: [2, 3, 4, 5], axes: [1, 3] },
  { shape: [37], axes: [0] },
  { shape: [7, 9], axes: [0] },
  { shape: [1], axes: [0] },
  { shape: [0, 3], axes: [1] },
  { shape: [3, 1], axes: [1] },
  { shape: [2, 3], axes: [] },
  { shape: [], axes: [] },
];

// Reductions of nothing have a value only where there is a neutral element.
const emptyCases = [
  { shape: [0, 3], axes: [0] },
  { shape: [0], axes: [0] },
  { shape: [2, 0], axes: [0, 1] },
];

const withNaN: Domain = { given: [1, Number.NaN, 3, 4, 5, 6, Infinity, 8, 9, -Infinity, 11, -12] };

export const reductionSamples = {
  sum: [
    ...[...cases, ...emptyCases].map(({ shape, axes }) =>
      reduce("sum", float32(shape), axes, (d) => `a.sum(${d})`),
    ),
    reduce("sum", int32([5, 7]), [1], (d) => `a.sum(${d})`),
    // PyTorch sums int32 in int64; cutting the result to 32 bits gives the same as wrapping at each step.
    reduce("sum", int32([specialCount.int32], "special"), [0], (d) => `a.sum(${d}).int()`),
    reduce("sum", float32([4, 3], withNaN), [1], (d) => `a.sum(${d})`),
    // A thousand terms in float32: their sum is small against what was added up.
    { ...reduce("sum", float32([3, 1000]), [1], (d) => `a.sum(${d})`), tolerance: { absolute: 2e-4 } },
  ],
  max: [...extremes("max", "amax")],
  min: [...extremes("min", "amin")],
  product: [
    ...[...cases, ...emptyCases].map(({ shape, axes }) =>
      reduce("product", float32(shape), axes, (_, list) =>
        list.reduceRight((x, axis) => `${x}.prod(${axis})`, "a"),
      ),
    ),
    reduce("product", float32([2, 4], { given: [1, 0, 3, 2, 0, 0, 5, 6] }), [1], () => "a.prod(1)"),
    reduce("product", int32([2, 5]), [1], () => "a.prod(1).int()"),
    reduce("product", int32([4], { given: [65_537, 65_539, -12_345_677, 3] }), [0], () => "a.prod(0).int()"),
    reduce("product", float32([4, 3], withNaN), [1], () => "a.prod(1)"),
  ],
} satisfies { readonly [K in Reduction]: readonly Sample[] };

// PyTorch does not promise the first of equal elements, so ties are checked by hand.
export const argmaxSamples: readonly Sample[] = [
  { input: float32([7], "distinct"), axis: 0, torch: true },
  { input: float32([4, 5], "distinct"), axis: 0, torch: true },
  { input: float32([4, 5], "distinct"), axis: 1, torch: true },
  { input: float32([2, 3, 4], "distinct"), axis: 1, torch: true },
  { input: int32([3, 5], "distinct"), axis: 1, torch: true },
  { input: float32([3, 37], "distinct"), axis: 1, torch: true },
  { input: float32([4, 1]), axis: 1, torch: true },
  { input: float32([0, 3]), axis: 1, torch: false },
  { input: float32([2, 4], { given: [1, 3, 3, 2, -1, -1, -1, -1] }), axis: 1, torch: false },
  {
    input: float32([3, 4], {
      given: [
        1,
        Number.NaN,
        Infinity,
        Number.NaN,
        -Infinity,
        -Infinity,
        -Infinity,
        -Infinity,
        -5,
        -4,
        -4,
        -6,
      ],
    }),
    axis: 1,
    torch: false,
  },
  { input: bool([2, 3], { given: [0, 1, 1, 0, 0, 0] }), axis: 1, torch: false },
].map(({ input, axis, torch }) => ({
  name: `argmax ${input.dtype}[${input.shape}] along ${axis}${typeof input.domain === "object" ? " with ties" : ""}`,
  inputs: [input],
  build: ([a]) => node("argmax", [a!], { axis }),
  differentiable: false,
  ...(torch ? { torch: `a.argmax(${axis})` } : {}),
}));

export const cumulativeSumSamples: readonly Sample[] = [
  { input: float32([7]), axis: 0 },
  { input: float32([3, 5]), axis: 0 },
  { input: float32([3, 5]), axis: 1 },
  { input: float32([2, 3, 4]), axis: 1 },
  { input: int32([2, 37]), axis: 1 },
  { input: float32([1]), axis: 0 },
  { input: float32([0, 3]), axis: 0 },
  { input: float32([5], { given: [1, Infinity, 2, -Infinity, 3] }), axis: 0 },
].flatMap(({ input, axis }) =>
  [
    { exclusive: false, reverse: false },
    { exclusive: true, reverse: false },
    { exclusive: false, reverse: true },
    { exclusive: true, reverse: true },
  ].map(({ exclusive, reverse }) => ({
    name: `cumulativeSum ${input.dtype}[${input.shape}] along ${axis}${exclusive ? " exclusive" : ""}${reverse ? " reverse" : ""}${input.domain ? " with infinities" : ""}`,
    inputs: [input],
    build: ([a]) => node("cumulativeSum", [a!], { axis, exclusive, reverse }),
    differentiable: input.dtype === "float32" && input.domain === undefined,
    torch: `cumulative_sum(a, ${axis}, ${exclusive ? "True" : "False"}, ${reverse ? "True" : "False"})`,
  })),
);

function extremes(op: "max" | "min", torch: "amax" | "amin"): Sample[] {
  return [
    ...cases.map(({ shape, axes }) =>
      reduce(op, float32(shape, "distinct"), axes, (d) => `a.${torch}(${d})`),
    ),
    reduce(op, int32([5, 7]), [1], (d) => `a.${torch}(${d})`),
    reduce(op, float32([4, 3], withNaN), [1], (d) => `a.${torch}(${d})`),
    reduce(op, int32([specialCount.int32], "special"), [0], (d) => `a.${torch}(${d})`),
  ];
}

/** `torch` receives the axes as Python's list and as numbers. (PyTorch takes an empty list for all axes.) */
function reduce(
  op: Reduction,
  input: SampleInput,
  axes: readonly number[],
  torch: (list: string, axes: readonly number[]) => string,
): Sample {
  return {
    name: `${op} ${input.dtype}[${input.shape}] over [${axes}]${input.domain && input.domain !== "distinct" ? " special" : ""}`,
    inputs: [input],
    build: ([a]) => node(op, [a!], { axes }),
    differentiable: input.dtype === "float32" && input.domain !== withNaN,
    torch: axes.length === 0 ? "a" : torch(`[${axes}]`, axes),
  };
}
