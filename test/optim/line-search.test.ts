import { describe, expect, it } from "vitest";
import { cubicMinimum, type LinePoint, strongWolfe } from "../../src/optim/line-search.js";
import fixtures from "../fixtures/lbfgs.json" with { type: "json" };
import { expectClose } from "../support/close.js";

/** Loss and slope, as in make_lbfgs.py. */
const lines: Record<string, (t: number) => readonly [number, number]> = {
  rational: (t) => [-t / (t * t + 2), (t * t - 2) / (t * t + 2) ** 2],
  quintic: (t) => [(t + 0.004) ** 5 - 2 * (t + 0.004) ** 4, 5 * (t + 0.004) ** 4 - 8 * (t + 0.004) ** 3],
  wavy: (t) => [(t * t) / 20 - t - Math.sin(2 * t), t / 10 - 1 - 2 * Math.cos(2 * t)],
  steep: (t) => [Math.exp(3 * t) - 8 * t, 3 * Math.exp(3 * t) - 8],
};

function pointOf(line: (t: number) => readonly [number, number], step: number): LinePoint {
  const [loss, slope] = line(step);
  return { step, loss, slope };
}

/** The search, with the steps that it tried. */
async function searchOn(line: (t: number) => readonly [number, number], first: number, evaluations = 25) {
  const tried: number[] = [];
  const evaluate = async (step: number) => {
    tried.push(step);
    return pointOf(line, step);
  };
  const start = pointOf(line, 0);
  const result = await strongWolfe(evaluate, start, first, { tolerance: 1e-9, evaluations });
  return { ...result, start, tried };
}

describe("the strong Wolfe search", () => {
  it.each(fixtures.searches)("tries what PyTorch's tries: $line from $first", async (fixture) => {
    const found = await searchOn(lines[fixture.line]!, fixture.first);
    expectClose(found.tried, fixture.tried, 1e-9, "steps tried");
    expect(found.point.step).toBeCloseTo(fixture.step, 9);
    expect(found.evaluations).toBe(fixture.tried.length);
  });

  it("meets both conditions where it says so", async () => {
    for (const line of Object.values(lines)) {
      for (const first of [1e-4, 0.5, 2, 50]) {
        const { point, start, satisfied } = await searchOn(line, first);
        expect(point.loss).toBeLessThan(start.loss);
        if (!satisfied) continue;
        expect(point.loss).toBeLessThanOrEqual(start.loss + 1e-4 * point.step * start.slope);
        expect(Math.abs(point.slope)).toBeLessThanOrEqual(-0.9 * start.slope);
      }
    }
  });

  it("takes a loss that is not finite for a step too long", async () => {
    const wall = (t: number) =>
      (t < 3 ? [(t - 2) ** 2, 2 * (t - 2)] : [Number.NaN, Number.NaN]) as [number, number];
    const { point, satisfied } = await searchOn(wall, 100);
    expect(satisfied).toBe(true);
    expect(point.step).toBeLessThan(3);
  });

  it("gives the start back where nothing is lower", async () => {
    // A slope that is not the loss's: along it everything rises.
    const { point, satisfied } = await searchOn((t) => [t, -1], 1);
    expect([point.step, satisfied]).toEqual([0, false]);
  });

  it("ends after so many evaluations, on a loss without bound, too", async () => {
    const { point, evaluations, satisfied } = await searchOn((t) => [-t, -1], 1, 5);
    expect([evaluations, satisfied]).toEqual([5, false]);
    expect(point.step).toBeGreaterThan(1);
  });
});

describe("the minimum of a cubic", () => {
  // (t - 1)^2 (t + 2): least at 1, greatest at -1
  const cubic = (t: number) => pointOf((x) => [(x - 1) ** 2 * (x + 2), 3 * (x * x - 1)], t);

  it("is found from any two points, in any order", () => {
    for (const [a, b] of [
      [0, 3],
      [3, 0],
      [-0.5, 0.25],
    ]) {
      expect(cubicMinimum(cubic(a!), cubic(b!), -10, 10)).toBeCloseTo(1, 12);
    }
  });

  it("stays within bounds, and is their middle where there is none", () => {
    expect(cubicMinimum(cubic(0), cubic(3), 2, 5)).toBe(2);
    const [rising, infinite] = [
      { step: 0, loss: 0, slope: 1 },
      { step: 1, loss: Number.POSITIVE_INFINITY, slope: 1 },
    ];
    expect(cubicMinimum(rising, { step: 1, loss: 1.4, slope: 2 }, 0, 4)).toBe(2);
    expect(cubicMinimum(rising, infinite, 0, 1)).toBe(0.5);
  });
});
