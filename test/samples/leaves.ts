import { node } from "../../src/graph/build.js";
import { bool, float32, int32, type Sample } from "./sample.js";

export const inputSamples: readonly Sample[] = [
  float32([2, 3]),
  int32([4]),
  bool([5]),
  float32([]),
  float32([0, 3]),
].map((input) => ({
  name: `input ${input.dtype}[${input.shape}]`,
  inputs: [input],
  build: ([a]) => a!,
  differentiable: input.dtype === "float32",
  torch: "a",
}));

export const variableSamples: readonly Sample[] = [float32([2, 3]), int32([4]), float32([])].map((input) => ({
  name: `variable ${input.dtype}[${input.shape}]`,
  inputs: [{ ...input, variable: true }],
  build: ([a]) => a!,
  differentiable: input.dtype === "float32",
  torch: "a",
}));

export const constantSamples: readonly Sample[] = [
  {
    name: "constant float32",
    inputs: [],
    build: () => node("constant", [], { value: 2.5, shape: [2, 3], dtype: "float32" }),
    differentiable: true,
    torch: "torch.full([2, 3], 2.5)",
  },
  {
    name: "constant int32 scalar",
    inputs: [],
    build: () => node("constant", [], { value: -7, shape: [], dtype: "int32" }),
    differentiable: false,
    torch: "torch.tensor(-7)",
  },
  {
    name: "constant true",
    inputs: [],
    build: () => node("constant", [], { value: 1, shape: [5], dtype: "bool" }),
    differentiable: false,
    torch: "torch.ones([5]).bool()",
  },
  {
    name: "constant infinity",
    inputs: [],
    build: () => node("constant", [], { value: -Infinity, shape: [3], dtype: "float32" }),
    differentiable: false,
    torch: "torch.full([3], -math.inf)",
  },
  {
    name: "constant NaN",
    inputs: [],
    build: () => node("constant", [], { value: Number.NaN, shape: [1, 2], dtype: "float32" }),
    differentiable: false,
    torch: "torch.full([1, 2], math.nan)",
  },
  {
    name: "constant empty",
    inputs: [],
    build: () => node("constant", [], { value: 3, shape: [0, 4], dtype: "float32" }),
    differentiable: true,
    torch: "torch.zeros([0, 4])",
  },
];

export const iotaSamples: readonly Sample[] = [
  { shape: [7], axis: 0 },
  { shape: [2, 3, 4], axis: 0 },
  { shape: [2, 3, 4], axis: 1 },
  { shape: [2, 3, 5], axis: 2 },
  { shape: [1], axis: 0 },
  { shape: [0, 3], axis: 1 },
].map(({ shape, axis }) => ({
  name: `iota [${shape}] along ${axis}`,
  inputs: [],
  build: () => node("iota", [], { shape, axis }),
  differentiable: false,
  torch: `torch.arange(${shape[axis]}).reshape([${shape.map((extent, i) => (i === axis ? extent : 1))}]).expand([${shape}])`,
}));

// The values are checked by hand in test/backends/reference.test.ts: PyTorch has no such generator.
export const randomBitsSamples: readonly Sample[] = [
  { shape: [5], bits: 31, key: [0, 0, 0] },
  { shape: [2, 3], bits: 24, key: [-1, -1, -1] },
  { shape: [37], bits: 1, key: [7, 11, 13] },
  { shape: [4, 9], bits: 23, key: [123_456_789, -987_654_321, 42] },
  { shape: [], bits: 8, key: [1, 2, 3] },
  { shape: [0], bits: 16, key: [1, 2, 3] },
].map(({ shape, bits, key }) => ({
  name: `randomBits [${shape}] ${bits} of key ${key}`,
  inputs: [int32([3], { given: key })],
  build: ([a]) => node("randomBits", [a!], { shape, bits }),
  differentiable: false,
}));
