import { expect, it } from "vitest";
import transferFunctions from "../../examples/transfer-functions.js";
import { runExample } from "./support.js";

it("gradients are exact, conventions as stated, and all but the step learn", async () => {
  const { values, files, measured } = await runExample(transferFunctions);
  const { accuracies, errors, slopesAtZero } = values as Record<string, Record<string, number>>;
  expect(Object.keys(accuracies!)).toHaveLength(10);
  expect(Math.max(...Object.values(errors!))).toBeLessThan(1e-8);
  expect(slopesAtZero).toMatchObject({
    step: 0,
    sigmoid: 0.25,
    tanh: 1,
    ReLU: 0,
    PReLU: 0.25,
    ELU: 1,
    GELU: 0.5,
  });
  const { step, ...others } = accuracies!;
  for (const [name, accuracy] of Object.entries(others)) {
    expect(accuracy, name).toBeGreaterThan(0.85);
    expect(accuracy, name).toBeGreaterThan(step! + 0.1);
  }
  const slopes = values.learntSlopes as number[];
  expect(slopes).toHaveLength(2);
  for (const slope of slopes) expect(slope).not.toBe(0.25);
  expect(measured).toContain("network step gives");
  expect(files).toEqual([
    "rectifying-slopes.svg",
    "rectifying.svg",
    "saturating-slopes.svg",
    "saturating.svg",
  ]);
});
