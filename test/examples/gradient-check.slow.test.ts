import { expect, it } from "vitest";
import gradientCheck from "../../examples/gradient-check.js";
import { runExample } from "./support.js";

it("the right network passes, and every planted bug is found and named", async () => {
  const { values, text, files } = await runExample(gradientCheck);
  const reports = values.reports as Record<string, { agree: boolean; worst: string; error: number }>;
  const [right, ...wrong] = Object.values(reports);
  expect(right).toMatchObject({ agree: true });
  expect(right!.error).toBeLessThan(1e-8);
  expect(wrong).toHaveLength(3);
  expect(values.found).toBe(3);
  for (const { agree, error } of wrong) {
    expect(agree).toBe(false);
    expect(error).toBeGreaterThan(1e-3);
  }
  // The channel whose gradient is missing is the last of four.
  expect(reports["last channel forgotten"]!.worst).toMatch(/^0\.bias \[3\]$|^0\.weight \[3,/);
  expect(text).toMatch(/gradients differ in \d+ of 538 elements; the worst is element/);
  const { double, single } = values as Record<string, { error: number; step: number }>;
  expect(double!.error).toBeLessThan(1e-4 * single!.error);
  expect(double!.step).toBeLessThan(single!.step);
  expect(files).toEqual(["steps.svg"]);
});
