import { node } from "../../src/graph/build.js";
import { bool, float32, int32, type Sample, type SampleInput } from "./sample.js";

export const reshapeSamples: readonly Sample[] = [
  { input: float32([2, 3, 4]), shape: [6, 4] },
  { input: float32([2, 3]), shape: [3, 2] },
  { input: float32([1]), shape: [] },
  { input: float32([]), shape: [1, 1] },
  { input: int32([12]), shape: [3, 1, 4] },
  { input: bool([4]), shape: [2, 2] },
  { input: float32([0, 3]), shape: [5, 0] },
].map(({ input, shape }) => ({
  name: `reshape ${type(input)} to [${shape}]`,
  inputs: [input],
  build: ([a]) => node("reshape", [a!], { shape }),
  differentiable: input.dtype === "float32",
  torch: `a.reshape([${shape}])`,
}));

export const permuteSamples: readonly Sample[] = [
  { input: float32([2, 3]), axes: [1, 0] },
  { input: float32([2, 3, 4]), axes: [2, 0, 1] },
  { input: float32([2, 3, 4]), axes: [0, 2, 1] },
  { input: float32([2, 1, 3, 5]), axes: [3, 1, 0, 2] },
  { input: int32([5, 7]), axes: [1, 0] },
  { input: bool([2, 3]), axes: [1, 0] },
  { input: float32([3]), axes: [0] },
  { input: float32([]), axes: [] as number[] },
  { input: float32([3, 0, 2]), axes: [2, 1, 0] },
].map(({ input, axes }) => ({
  name: `permute ${type(input)} by [${axes}]`,
  inputs: [input],
  build: ([a]) => node("permute", [a!], { axes }),
  differentiable: input.dtype === "float32",
  torch: `a.permute([${axes}])`,
}));

export const broadcastSamples: readonly Sample[] = [
  { input: float32([1]), shape: [5] },
  { input: float32([1, 3]), shape: [4, 3] },
  { input: float32([2, 1]), shape: [2, 7] },
  { input: float32([2, 1, 3, 1]), shape: [2, 5, 3, 4] },
  { input: int32([1, 1]), shape: [3, 3] },
  { input: bool([3, 1]), shape: [3, 2] },
  { input: float32([2, 3]), shape: [2, 3] },
  { input: float32([1, 3]), shape: [0, 3] },
  { input: float32([1, 0]), shape: [4, 0] },
  { input: float32([]), shape: [] as number[] },
].map(({ input, shape }) => ({
  name: `broadcast ${type(input)} to [${shape}]`,
  inputs: [input],
  build: ([a]) => node("broadcast", [a!], { shape }),
  differentiable: input.dtype === "float32",
  torch: `a.expand([${shape}])`,
}));

export const padSamples: readonly Sample[] = [
  { input: float32([3]), low: [1], high: [2], interior: [0], value: 0 },
  { input: float32([2, 3]), low: [0, 2], high: [1, 0], interior: [0, 0], value: -1.5 },
  { input: float32([4]), low: [0], high: [0], interior: [2], value: 0 },
  { input: float32([2, 3, 4]), low: [1, 0, 2], high: [0, 3, 1], interior: [1, 2, 0], value: 0.5 },
  { input: float32([2, 2]), low: [1, 1], high: [1, 1], interior: [0, 1], value: -Infinity },
  { input: int32([2, 3]), low: [1, 1], high: [0, 1], interior: [0, 1], value: 7 },
  { input: bool([3]), low: [1], high: [1], interior: [1], value: 1 },
  { input: float32([0, 2]), low: [2, 0], high: [1, 1], interior: [3, 0], value: 4 },
  { input: float32([1]), low: [0], high: [0], interior: [5], value: 4 },
  { input: float32([2, 0]), low: [0, 0], high: [0, 0], interior: [1, 1], value: 4 },
  { input: float32([]), low: [] as number[], high: [] as number[], interior: [] as number[], value: 4 },
].map(({ input, low, high, interior, value }) => ({
  name: `pad ${type(input)} low [${low}] high [${high}] interior [${interior}] with ${value}`,
  inputs: [input],
  build: ([a]) => node("pad", [a!], { low, high, interior, value }),
  // Weighting an infinite cell gives NaN in the finite differences.
  differentiable: input.dtype === "float32" && Number.isFinite(value),
  torch: `pad(a, [${low}], [${high}], [${interior}], ${value === -Infinity ? "-math.inf" : value})`,
}));

export const sliceSamples: readonly Sample[] = [
  { input: float32([7]), start: [2], stop: [6], step: [1] },
  { input: float32([7]), start: [0], stop: [7], step: [3] },
  { input: float32([4, 5]), start: [1, 0], stop: [3, 5], step: [1, 2] },
  { input: float32([3, 4, 5]), start: [0, 1, 2], stop: [3, 4, 5], step: [2, 2, 1] },
  { input: float32([2, 37]), start: [1, 3], stop: [2, 36], step: [1, 1] },
  { input: int32([6, 2]), start: [1, 1], stop: [6, 2], step: [2, 1] },
  { input: bool([5]), start: [1], stop: [4], step: [1] },
  { input: float32([5]), start: [5], stop: [5], step: [1] },
  { input: float32([0, 3]), start: [0, 1], stop: [0, 3], step: [1, 1] },
  { input: float32([]), start: [] as number[], stop: [] as number[], step: [] as number[] },
].map(({ input, start, stop, step }) => {
  const ranges = start.map((from, axis) => `${from}:${stop[axis]}:${step[axis]}`);
  return {
    name: `slice ${type(input)} at ${ranges.join(",")}`,
    inputs: [input],
    build: ([a]) => node("slice", [a!], { start, stop, step }),
    differentiable: input.dtype === "float32",
    torch: ranges.length > 0 ? `a[${ranges.join(", ")}]` : "a",
  };
});

export const flipSamples: readonly Sample[] = [
  { input: float32([7]), axes: [0] },
  { input: float32([3, 5]), axes: [1] },
  { input: float32([3, 5]), axes: [0] },
  { input: float32([2, 3, 4]), axes: [0, 2] },
  { input: float32([2, 3, 4]), axes: [0, 1, 2] },
  { input: int32([2, 9]), axes: [1] },
  { input: bool([5]), axes: [0] },
  { input: float32([0, 3]), axes: [0, 1] },
  { input: float32([2, 3]), axes: [] as number[] },
  { input: float32([]), axes: [] as number[] },
].map(({ input, axes }) => ({
  name: `flip ${type(input)} along [${axes}]`,
  inputs: [input],
  build: ([a]) => node("flip", [a!], { axes }),
  differentiable: input.dtype === "float32",
  torch: `torch.flip(a, [${axes}])`,
}));

export const concatenateSamples: readonly Sample[] = [
  { inputs: [float32([3]), float32([4])], axis: 0 },
  { inputs: [float32([2, 3]), float32([2, 5])], axis: 1 },
  { inputs: [float32([2, 3]), float32([1, 3]), float32([4, 3])], axis: 0 },
  { inputs: [float32([2, 1, 3]), float32([2, 2, 3])], axis: 1 },
  { inputs: [int32([2, 3]), int32([2, 4])], axis: 1 },
  { inputs: [bool([3]), bool([2])], axis: 0 },
  { inputs: [float32([2, 0]), float32([2, 3])], axis: 1 },
  { inputs: [float32([0, 2]), float32([0, 2])], axis: 0 },
  { inputs: [float32([5])], axis: 0 },
].map(({ inputs, axis }) => ({
  name: `concatenate ${inputs.map(type).join(" and ")} along ${axis}`,
  inputs,
  build: (nodes) => node("concatenate", nodes, { axis }),
  differentiable: inputs[0]!.dtype === "float32",
  torch: `torch.cat([${["a", "b", "c"].slice(0, inputs.length).join(", ")}], ${axis})`,
}));

function type({ dtype, shape }: SampleInput): string {
  return `${dtype}[${shape}]`;
}
