import { describe, expect, it } from "vitest";
import { applyTransform, transformsOf } from "../../src/compile/winograd-transforms.js";

const madd = (scale: number, x: number, y: number) => scale * x + y;

/** The matrix of a linear map, column by column. */
const apply = (matrix: readonly (readonly number[])[], x: readonly number[]) =>
  matrix.map((row) => row.reduce((sum, factor, i) => sum + factor * x[i]!, 0));

describe.each([
  [2, 3],
  [4, 3],
  [2, 5],
] as const)("F(%i, %i)", (tile, taps) => {
  const { input, output, gradient, weights } = transformsOf({ tile, kernelSpatial: [taps, taps] });
  const d = Array.from({ length: tile + taps - 1 }, (_, i) => Math.sin(3 * i + 1));
  const w = [0.3, -1.2, 0.7, 0.4, -0.9].slice(0, taps);
  const z = Array.from({ length: tile }, (_, i) => Math.cos(2 * i));

  it("gives the sums of a filter along a row", () => {
    const points = applyTransform(input, d, madd).map((value, i) => value * apply(weights, w)[i]!);
    const results = applyTransform(output, points, madd);
    const wanted = z.map((_, i) => w.reduce((sum, weight, k) => sum + weight * d[i + k]!, 0));
    expect(results).toHaveLength(tile);
    results.forEach((value, i) => {
      expect(value).toBeCloseTo(wanted[i]!, 12);
    });
  });

  it("gives the gradient by the filter", () => {
    const transposed = w.map((_, k) => weights.map((row) => row[k]!));
    const points = applyTransform(gradient, z, madd).map(
      (value, i) => value * applyTransform(input, d, madd)[i]!,
    );
    const found = apply(transposed, points);
    w.forEach((_, k) => {
      expect(found[k]).toBeCloseTo(
        z.reduce((sum, value, i) => sum + value * d[i + k]!, 0),
        12,
      );
    });
  });
});
