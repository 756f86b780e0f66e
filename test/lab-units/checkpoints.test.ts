import { describe, expect, it } from "vitest";
import { Checkpoints } from "../../lab/src/worker/checkpoints.js";

const arrays = () => new Map([["w", { dtype: "float32" as const, shape: [10], data: new Float32Array(10) }]]);

function filled(budget: number, steps: number): Checkpoints {
  const checkpoints = new Checkpoints(budget);
  checkpoints.add(0, arrays());
  for (let step = 1; step <= steps; step++) if (checkpoints.wants(step)) checkpoints.add(step, arrays());
  return checkpoints;
}

describe("kept weights", () => {
  it("use the budget and no more however long it trains, spread over all of it, with the first among them", () => {
    for (const steps of [100, 176, 180, 200, 300, 1000, 20_000, 20_512]) {
      const checkpoints = filled(40 * 12, steps);
      expect(checkpoints.steps.length).toBe(Math.min(12, 1 + Math.floor(steps / 16)));
      expect(checkpoints.bytes).toBe(40 * checkpoints.steps.length);
      expect(checkpoints.steps[0]).toBe(0);
      const distances = checkpoints.steps.slice(1).map((step, i) => step - (checkpoints.steps[i] as number));
      // The older ones lie twice as far apart as the later ones; where that begins anew, four times.
      expect(Math.max(...distances)).toBeLessThanOrEqual(4 * Math.min(...distances));
      expect(Math.max(...distances)).toBeLessThanOrEqual((4 * steps) / 12 + 16);
    }
  });

  it("make room where some were put in out of turn", () => {
    const checkpoints = new Checkpoints(40 * 4);
    for (const step of [0, 5, 7, 11, 13, 16, 17]) {
      checkpoints.add(step, arrays());
      expect(checkpoints.bytes).toBeLessThanOrEqual(40 * 4);
      expect(checkpoints.steps.at(-1)).toBe(step);
    }
    expect(checkpoints.steps[0]).toBe(0);
  });

  it("finds the nearest before a step", () => {
    const checkpoints = filled(1e6, 100);
    expect(checkpoints.before(63)?.step).toBe(48);
    expect(checkpoints.before(64)?.step).toBe(64);
    expect(checkpoints.before(5)?.step).toBe(0);
  });

  it("forgets what comes after a step, and forks without copying", () => {
    const checkpoints = filled(1e6, 100);
    const fork = checkpoints.fork(50);
    expect(fork.steps).toEqual([0, 16, 32, 48]);
    expect(fork.before(20)?.arrays).toBe(checkpoints.before(20)?.arrays);
    checkpoints.truncate(31);
    expect(checkpoints.steps).toEqual([0, 16]);
    expect(fork.steps).toEqual([0, 16, 32, 48]);
    expect(fork.bytes).toBe(160);
  });
});
