import { describe, expect, it } from "vitest";
import { DataError } from "../../src/data/errors.js";
import type { NamedArray } from "../../src/data/named-array.js";
import { Variable } from "../../src/runtime/variable.js";
import { type Checkpoint, firstNonFiniteArray, restoreVariables } from "../../src/train/checkpoint.js";

const array = (shape: number[], ...data: number[]): NamedArray => ({
  dtype: "float32",
  shape,
  data: Float32Array.from(data),
});
const variables = () =>
  new Map([
    ["a", new Variable([2], 0)],
    ["b", new Variable([1], 0)],
  ]);
const checkpoint = (entries: [string, NamedArray][]): Checkpoint => ({
  source: "c",
  tensors: new Map(entries),
  state: {},
});

describe("restoreVariables", () => {
  it.each<[string, [string, NamedArray][], string]>([
    ["missing", [["m.a", array([2], 1, 2)]], "m.b is missing; the model has it as float32[1]"],
    [
      "misshapen",
      [
        ["m.a", array([1, 2], 1, 2)],
        ["m.b", array([1], 3)],
      ],
      "m.a is float32[1, 2], but in the model float32[2]",
    ],
    [
      "of another type",
      [
        ["m.a", { ...array([2]), dtype: "int32", data: Int32Array.of(1, 2) }],
        ["m.b", array([1], 3)],
      ],
      "m.a is int32[2], but in the model float32[2]",
    ],
    [
      "left over",
      [
        ["m.a", array([2], 1, 2)],
        ["m.b", array([1], 3)],
        ["m.c", array([1], 4)],
      ],
      "m.c float32[1] is in the file, but not in the model",
    ],
  ])("names the first array that is %s", (_, entries, problem) => {
    expect(() => restoreVariables(checkpoint(entries), variables(), "m.")).toThrow(DataError);
    expect(() => restoreVariables(checkpoint(entries), variables(), "m.")).toThrow(
      `c: is of another architecture: ${problem}`,
    );
  });
});

describe("firstNonFiniteArray", () => {
  it("finds NaN and infinities", () => {
    const good = array([1], 1);
    expect(firstNonFiniteArray(new Map([["a", good]]))).toBeUndefined();
    expect(
      firstNonFiniteArray(
        new Map([
          ["a", good],
          ["b", array([1], Number.NaN)],
        ]),
      ),
    ).toBe("b");
    expect(firstNonFiniteArray(new Map([["a", array([1], -Infinity)]]))).toBe("a");
  });
});
