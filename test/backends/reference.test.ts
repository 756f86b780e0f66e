import { describe, expect, test } from "vitest";
import { errorFunction } from "../../src/backends/reference/error-function.js";
import { evaluate } from "../../src/backends/reference/evaluate.js";
import { inputSlot, node } from "../../src/graph/build.js";
import type { Node } from "../../src/graph/types.js";
import { sizeOf } from "../../src/shape/shape.js";
import { checksumOf, operationFixtures } from "../fixtures/operation-fixtures.js";
import { firstMismatch } from "../samples/mismatch.js";
import { allSamples, prepare, type Sample, samples } from "../samples/samples.js";
import { expectations, threefry } from "./expectations.js";

const fixtures = operationFixtures();

for (const [op, rows] of Object.entries(samples)) {
  describe(op, () => {
    test.each(rows.map((sample): [string, Sample] => [sample.name, sample]))("%s", (_, sample) => {
      const { root, values, leaf } = prepare(sample);
      expect(root.op).toBe(op);
      const [result] = evaluate([root], leaf);
      expect(result).toHaveLength(sizeOf(root.shape));
      expect(values).toEqual(prepare(sample).values); // operands are never written to
      const { shape, expected } = oracle(sample, root);
      expect(root.shape).toEqual(shape);
      const exact = root.dtype !== "float32";
      expect(
        firstMismatch(result!, expected, { relative: exact ? 0 : 1e-12, absolute: exact ? 0 : 1e-300 }),
      ).toBeUndefined();
    });
  });
}

function oracle(sample: Sample, root: Node): { shape: readonly number[]; expected: readonly number[] } {
  const byHand = expectations[sample.name];
  if (sample.torch === undefined) {
    if (!byHand) throw new Error(`${sample.name}: no torch expression, and no row in expectations.ts`);
    const { values } = prepare(sample);
    return { shape: root.shape, expected: byHand(values[0]!, values[1]!) };
  }
  const fixture = fixtures[sample.name];
  if (fixture?.checksum !== checksumOf(sample)) {
    throw new Error(`${sample.name}: the fixture is missing or old; run test/fixtures/make_operations.py`);
  }
  return { shape: fixture.shape, expected: fixture.values.map(Number) };
}

describe("the samples", () => {
  test("have unique names", () => {
    expect(new Set(allSamples.map((sample) => sample.name)).size).toBe(allSamples.length);
  });

  test("have no fixture and no expectation left over", () => {
    const named = (inTorch: boolean) =>
      allSamples.filter((sample) => (sample.torch !== undefined) === inTorch).map((sample) => sample.name);
    expect(Object.keys(fixtures).sort()).toEqual(named(true).sort());
    expect(Object.keys(expectations).sort()).toEqual(named(false).sort());
  });

  test("have inputs that are exact in float32", () => {
    for (const sample of allSamples) {
      for (const [i, values] of prepare(sample).values.entries()) {
        expect(values).toBeInstanceOf(sample.inputs[i]!.dtype === "float32" ? Float32Array : Int32Array);
      }
    }
  });
});

describe("evaluate", () => {
  const x = node("input", [], { slot: inputSlot("x", { shape: [2], dtype: "float32" }) });

  test("returns every root in its own array, also where a root is given twice or is a leaf", () => {
    const doubled = node("add", [x, x], {});
    const given = new Float32Array([1, 2]);
    const results = evaluate([doubled, x, doubled], () => given);
    expect(results.map((result) => [...result])).toEqual([
      [2, 4],
      [1, 2],
      [2, 4],
    ]);
    for (const result of results) result.fill(9);
    expect(results.map((result) => result.buffer)).toHaveLength(
      new Set(results.map((result) => result.buffer)).size,
    );
    expect([...given]).toEqual([1, 2]);
  });

  test("computes in float64", () => {
    const third = node("reciprocal", [x], {});
    expect([...evaluate([third], () => [3, 7])[0]!]).toEqual([1 / 3, 1 / 7]);
  });

  test("walks deep graphs without recursion", () => {
    let deep: Node = x;
    for (let i = 0; i < 20_000; i++) deep = node("negate", [deep], {});
    expect([...evaluate([deep], () => [1, 2])[0]!]).toEqual([1, 2]);
  });

  test("refuses leaves of the wrong size", () => {
    expect(() => evaluate([x], () => [1, 2, 3])).toThrow(
      "input: 3 elements were given for shape [2], which holds 2",
    );
  });
});

// Computed with 60 decimal digits from formula 7.1.6 of Abramowitz and Stegun, then rounded to a double.
test.each([
  [1e-8, 1.1283791670955126e-8],
  [0.1, 0.1124629160182849],
  [0.5, 0.5204998778130465],
  [1, 0.8427007929497149],
  [2, 0.9953222650189527],
  [2.5, 0.999593047982555],
  [3, 0.9999779095030014],
  [6, 1],
  [40, 1],
  [Infinity, 1],
])("errorFunction(%d)", (x, expected) => {
  expect(Math.abs(errorFunction(x) / expected - 1)).toBeLessThan(1e-15);
  expect(errorFunction(-x)).toBe(-errorFunction(x));
});

// The known answers that the authors publish with Random123 (tests/kat_vectors).
test.each([
  [
    [0, 0],
    [0, 0],
    [0x6b200159, 0x99ba4efe],
  ],
  [
    [-1, -1],
    [-1, -1],
    [0x1cb996fc, 0xbb002be7],
  ],
  [
    [0x13198a2e, 0x03707344],
    [0x243f6a88, 0x85a308d3],
    [0xc4923a9c, 0x483df7a0],
  ],
] as const)("the expectation's threefry with key %j and counter %j", (key, counter, words) => {
  expect(threefry(key, counter)).toEqual(words);
});
