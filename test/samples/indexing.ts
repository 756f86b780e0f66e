import { node } from "../../src/graph/build.js";
import { bool, float32, int32, type Sample, type SampleInput } from "./sample.js";

interface Case {
  readonly table: SampleInput;
  readonly indices: SampleInput;
  readonly axis: number;
}

const cases: readonly Case[] = [
  { table: float32([7]), indices: int32([4], [0, 6]), axis: 0 },
  { table: float32([5, 3]), indices: int32([4], [0, 4]), axis: 0 },
  { table: float32([5, 3]), indices: int32([7], [0, 2]), axis: 1 },
  { table: float32([2, 4, 3]), indices: int32([2, 5], [0, 3]), axis: 1 },
  { table: float32([5, 37]), indices: int32([3, 2], [0, 4]), axis: 0 },
  { table: float32([6, 2]), indices: int32([], [0, 5]), axis: 0 },
  { table: int32([6, 3]), indices: int32([5], [0, 5]), axis: 0 },
  { table: float32([5, 3]), indices: int32([0], [0, 0]), axis: 0 },
  { table: float32([4, 0]), indices: int32([3], [0, 3]), axis: 0 },
  { table: float32([5, 2]), indices: int32([6], { given: [3, 3, 3, 0, 3, 0] }), axis: 0 },
];

// Indices outside of the table: PyTorch refuses them, so they are checked by hand.
const outside: readonly Case[] = [
  { table: float32([3, 2]), indices: int32([5], { given: [-1, 0, 3, 2, 1000] }), axis: 0 },
  {
    table: float32([2, 3]),
    indices: int32([4], { given: [-(2 ** 31), 2, 2 ** 31 - 1, 1] }),
    axis: 1,
  },
  { table: float32([0, 2]), indices: int32([3], { given: [0, 1, -1] }), axis: 0 },
];

export const gatherSamples: readonly Sample[] = [
  ...cases.map((row) => gather(row, true)),
  gather({ table: bool([5]), indices: int32([3, 2], [0, 4]), axis: 0 }, true),
  ...outside.map((row) => gather(row, false)),
];

export const scatterAddSamples: readonly Sample[] = [
  ...cases.map((row) => scatterAdd(row, true)),
  // Hundreds of terms in float32: their sum is small against what was added up.
  {
    ...scatterAdd({ table: float32([2, 3]), indices: int32([1000], [0, 1]), axis: 0 }, true),
    tolerance: { absolute: 2e-4 },
  },
  ...outside.map((row) => scatterAdd(row, false)),
];

function gather({ table, indices, axis }: Case, inTorch: boolean): Sample {
  return {
    name: `gather ${describe(table, indices)} along ${axis}`,
    inputs: [table, indices],
    build: ([a, b]) => node("gather", [a!, b!], { axis }),
    differentiable: table.dtype === "float32",
    ...(inTorch ? { torch: `gather(a, b, ${axis})` } : {}),
  };
}

/** The transpose of the gather of the same case. */
function scatterAdd({ table, indices, axis }: Case, inTorch: boolean): Sample {
  const extent = table.shape[axis]!;
  const shape = [...table.shape.slice(0, axis), ...indices.shape, ...table.shape.slice(axis + 1)];
  return {
    name: `scatterAdd ${table.dtype}[${shape}] into ${describe(table, indices)} along ${axis}`,
    inputs: [{ ...table, shape }, indices],
    build: ([a, b]) => node("scatterAdd", [a!, b!], { axis, extent }),
    differentiable: table.dtype === "float32",
    ...(inTorch ? { torch: `scatter_add(a, b, ${axis}, ${extent})` } : {}),
  };
}

function describe(table: SampleInput, indices: SampleInput): string {
  const given = typeof indices.domain === "object" && "given" in indices.domain ? " given" : "";
  return `${table.dtype}[${table.shape}] at [${indices.shape}]${given}`;
}
