import { describe, expect, test } from "vitest";
import { evaluate } from "../../src/backends/reference/evaluate.js";
import { firstMismatch } from "../samples/mismatch.js";
import { conformance } from "./conformance.js";

// The reference itself, rounded as a float32 backend would round its results.
conformance("the rounded reference", (roots, leaf) =>
  evaluate(roots, leaf).map((values, i) =>
    roots[i]!.dtype === "float32" ? Float32Array.from(values) : Int32Array.from(values),
  ),
);

describe("firstMismatch", () => {
  const exact = { relative: 0, absolute: 0 };

  test("finds the first difference and says both values", () => {
    expect(firstMismatch([1, 2, 3], [1, 5, 4], exact)).toEqual({
      index: 1,
      actual: 2,
      expected: 5,
      allowed: 0,
    });
  });

  test("holds NaN, infinities and zeros apart from everything else", () => {
    const special = [Number.NaN, Infinity, -Infinity, 0, -0];
    expect(firstMismatch(special, [Number.NaN, Infinity, -Infinity, -0, 0], exact)).toBeUndefined();
    const loose = { relative: 1, absolute: 1e300 };
    expect(firstMismatch([1], [Number.NaN], loose)?.index).toBe(0);
    expect(firstMismatch([Number.NaN], [1], loose)?.index).toBe(0);
    expect(firstMismatch([3e38], [Infinity], loose)?.index).toBe(0);
    expect(firstMismatch([Infinity], [-Infinity], loose)?.index).toBe(0);
  });

  test("allows differences relative to the element or to the greatest one", () => {
    const [actual, expected] = [
      [100, 1.001],
      [100, 1],
    ];
    expect(firstMismatch(actual!, expected!, { relative: 1e-4, absolute: 0 })?.index).toBe(1);
    expect(
      firstMismatch(actual!, expected!, { relative: 1e-4, absolute: 0, ofMaximum: true }),
    ).toBeUndefined();
  });

  test("refuses results of another length", () => {
    expect(() => firstMismatch([1], [1, 2], exact)).toThrow("1 elements were computed, 2 were expected");
  });
});
