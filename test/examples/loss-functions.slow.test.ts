import { expect, it } from "vitest";
import lossFunctions from "../../examples/loss-functions.js";
import { runExample } from "./support.js";

it("outliers move squares only, large logits overflow only in the formula, and L1 is sparse", async () => {
  const { values, text, files, pixels } = await runExample(lossFunctions);
  const { centres, accuracies, small } = values as Record<string, Record<string, number>>;
  expect(centres!["squared error / 2"]).toBeCloseTo(22.1, 2);
  expect(centres!["absolute error"]).toBeCloseTo(3, 2);
  expect(centres!.Huber).toBeCloseTo(19 / 6, 2);

  const [formula, computed, exact] = values.softmax as number[];
  expect(formula).toBeNaN();
  expect(Math.abs(computed! - exact!)).toBeLessThan(1e-6);
  const [formulaOfSure, computedOfSure, exactOfSure] = values.logistic as number[];
  expect(formulaOfSure).toBe(0);
  expect(computedOfSure! / exactOfSure!).toBeCloseTo(1, 5);
  expect(text).toContain("NaN");

  expect(Math.min(...Object.values(accuracies!))).toBeGreaterThan(0.85);
  expect(small!.none).toBeLessThan(0.1);
  expect(small!.L1).toBeGreaterThan(small!.L2! + 0.15);
  expect(files).toEqual([
    "margin-gradients.svg",
    "margin.svg",
    "penalties.png",
    "residual-gradients.svg",
    "residual.svg",
  ]);
  expect(new Set(Array.from(pixels("penalties.png").data)).size).toBeGreaterThan(100);
});
