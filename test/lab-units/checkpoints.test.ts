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
  it("stay within the budget however long it trains, evenly spread, with the first among them", () => {
    for (const steps of [100, 1000, 20_000]) {
      const checkpoints = filled(40 * 12, steps);
      expect(checkpoints.bytes).toBeLessThanOrEqual(40 * 12);
      expect(checkpoints.steps[0]).toBe(0);
      const distances = new Set(
        checkpoints.steps.slice(1).map((step, i) => step - (checkpoints.steps[i] as number)),
      );
      expect(distances.size).toBe(1);
      expect(checkpoints.steps.length).toBeGreaterThanOrEqual(Math.min(6, 1 + Math.floor(steps / 16)));
    }
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
