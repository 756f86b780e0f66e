import { expect, it } from "vitest";
import example from "../../examples/schedules.js";
import { runExample } from "./support.js";

it("rates that fall end lower than a constant one, and clamping keeps a recurrent network learning", async () => {
  const { values, files, read, measured } = await runExample(example);
  const { schedules, recurrent } = values as {
    schedules: { name: string; accuracy: number; loss: number; trainingLoss: number; lastRate: number }[];
    recurrent: Record<"steps" | "longSteps" | "greatestNorm" | "loss" | "clampedLoss", number>;
  };
  const [constant, ...others] = schedules;
  expect(constant!.lastRate).toBe(0.2);
  expect(others).toHaveLength(4);
  for (const { name, loss, lastRate } of others) {
    expect(lastRate, name).toBeLessThan(0.15);
    expect(loss, name).toBeLessThan(constant!.loss);
  }
  expect(Math.max(...others.map(({ accuracy }) => accuracy))).toBeGreaterThan(constant!.accuracy);

  expect(recurrent.greatestNorm).toBeGreaterThan(1000);
  expect(recurrent.loss < 2).toBe(false);
  expect(recurrent.clampedLoss).toBeLessThan(1.8);
  expect(recurrent.longSteps).toBeGreaterThan(0);
  expect(recurrent.longSteps).toBeLessThan(0.2 * recurrent.steps);
  expect(measured).toContain(recurrent.clampedLoss.toFixed(2));

  expect(files).toEqual(["losses.svg", "norms.svg", "rates.svg", "recurrent.svg"]);
  expect(read("rates.svg").match(/stroke-width="2"/g)).toHaveLength(5);
});
