import { describe, expect, test } from "vitest";
import { evaluate } from "../../src/backends/reference/evaluate.js";
import { ops } from "../../src/graph/ops.js";
import type { OpName } from "../../src/graph/types.js";
import { dependence } from "../../src/inspect/dependence.js";
import { type IndexSet, includes, indices, setOf } from "../../src/inspect/index-set.js";
import { type Region, regionBeforeReshape, wholeOf, withRegion } from "../../src/inspect/region.js";
import { RandomStream } from "../../src/random/stream.js";
import { type Shape, sizeOf, stridesOf } from "../../src/shape/shape.js";
import { prepare, type Sample, samples } from "../samples/samples.js";

/**
 * These do not let NaN through from every operand on which they depend, look things up where they happen to be, or (a loop's
 * steps) are not looked into.
 */
const partly: readonly OpName[] = [
  ...(["compare", "cast", "sign", "not", "and", "or", "where", "argmax", "randomBits"] as const),
  ...(["maxPoolGradient", "maxPoolSelect", "gather", "scatterAdd", "scan"] as const),
];

const coordinates = (position: number, shape: Shape) =>
  stridesOf(shape).map((stride, axis) => Math.floor(position / stride) % shape[axis]!);
const point = (at: readonly number[]): Region => at.map((index) => [[index, index]]);
const holds = (regions: readonly Region[], at: readonly number[]) =>
  regions.some((region) => region.every((set, axis) => includes(set, [[at[axis]!, at[axis]!]])));
const some = (size: number, count: number) => [
  ...new Set(
    Array.from({ length: Math.min(size, count) }, (_, i) =>
      Math.floor(((i + 0.5) * size) / Math.min(size, count)),
    ),
  ),
];

/** Compares where NaN in one element of a float32 operand comes out with what the rule says; all other values are 1. */
function compare(sample: Sample): number {
  const { nodes, values, root } = prepare(sample);
  const units = some(sizeOf(root.shape), 6);
  const wrong: string[] = [];
  let compared = 0;
  for (const input of nodes) {
    if (input.dtype !== "float32") continue;
    const regions = units.map((unit) => dependence(root, point(coordinates(unit, root.shape)), input));
    for (const cell of some(sizeOf(input.shape), 6)) {
      const result = evaluate([root], (leaf) => {
        const data = values[nodes.indexOf(leaf)]!;
        if (leaf.dtype !== "float32") return data;
        return data.map((_, i) => (leaf === input && i === cell ? Number.NaN : 1));
      })[0]!;
      for (const [i, unit] of units.entries()) {
        const depends = holds(regions[i]!, coordinates(cell, input.shape));
        const changed = Number.isNaN(result[unit]!);
        if (partly.includes(root.op) ? changed && !depends : changed !== depends) {
          wrong.push(
            `${input.op} ${nodes.indexOf(input)}: ${cell} ${changed ? "changes" : "does not change"} ${unit}`,
          );
        }
        compared++;
      }
    }
  }
  expect(wrong, sample.name).toEqual([]);
  return compared;
}

const operations = (Object.keys(samples) as OpName[]).filter((op) => ops[op].traits.kind !== "leaf");

describe("the rule of each operation says where values come from", () => {
  test.each(operations)("%s", (op) => {
    const compared = samples[op].map(compare).reduce((sum, count) => sum + count, 0);
    if (!["not", "and", "or"].includes(op)) expect(compared).toBeGreaterThan(10);
  });
});

describe("regions", () => {
  const random = new RandomStream(3);
  const randomSet = (extent: number): IndexSet =>
    setOf(
      Array.from({ length: extent }, (_, i) => i).flatMap((i) =>
        random.integer(3) ? [[i, i] as const] : [],
      ),
    );
  const withOne = (set: IndexSet, extent: number) =>
    set.length > 0 ? set : setOf([[extent - 1, extent - 1]]);
  const elements = (regions: readonly Region[]) =>
    regions
      .flatMap((region) =>
        region.reduce<number[][]>(
          (heads, set) => heads.flatMap((head) => [...indices(set)].map((index) => [...head, index])),
          [[]],
        ),
      )
      .map(String);

  test("unions hold exactly what their parts held", () => {
    for (let i = 0; i < 100; i++) {
      const parts = Array.from({ length: 5 }, () => [randomSet(3), randomSet(4), randomSet(2)]);
      const union = parts.reduce<readonly Region[]>(withRegion, []);
      expect([...new Set(elements(union))].sort()).toEqual([...new Set(elements(parts))].sort());
    }
    const windows = [0, 1, 2].map((start): Region => [[[start, start + 2]], [[0, 9]]]);
    expect(windows.reduce<readonly Region[]>(withRegion, [])).toEqual([[[[0, 4]], [[0, 9]]]]);
  });

  test("a reshape is undone element by element", () => {
    const pairs: [Shape, Shape][] = [
      [[2, 3, 4], [24]],
      [[24], [2, 3, 4]],
      [
        [2, 6, 5],
        [3, 4, 5],
      ],
      [
        [1, 4, 1, 6],
        [4, 2, 3],
      ],
      [
        [4, 6],
        [1, 2, 2, 6, 1],
      ],
      [[], [1, 1]],
      [[1], []],
    ];
    for (const [from, to] of pairs) {
      for (let i = 0; i < 20; i++) {
        const region = to.map((extent) => withOne(randomSet(extent), extent));
        const positions = (shape: Shape, list: readonly Region[]) =>
          elements(list)
            .map((at) =>
              stridesOf(shape).reduce((sum, stride, axis) => sum + stride * Number(at.split(",")[axis]), 0),
            )
            .sort((a, b) => a - b);
        expect(positions(from, regionBeforeReshape(from, to, region))).toEqual(positions(to, [region]));
      }
      expect(regionBeforeReshape(from, to, wholeOf(to))).toEqual([wholeOf(from)]);
    }
  });
});
