import { expect, it } from "vitest";
import linearModels from "../../examples/linear-models.js";
import { runExample } from "./support.js";

it("all linear models learn the digits, softmax regression better than the lecture's 80 percent", async () => {
  const { values, text, measured, files, pixels } = await runExample(linearModels);
  const accuracies = values.accuracies as Record<string, number>;
  expect(Object.keys(accuracies)).toHaveLength(4);
  expect(accuracies["softmax regression"]).toBeGreaterThan(0.86);
  expect(accuracies["logistic regression"]).toBeGreaterThan(0.85);
  expect(accuracies["linear regression"]).toBeGreaterThan(0.8);
  expect(accuracies.perceptron).toBeGreaterThan(0.82);
  expect(Math.max(...Object.values(accuracies))).toBeLessThan(0.95);
  const softmax = (100 * accuracies["softmax regression"]!).toFixed(1);
  expect(measured).toContain(`softmax regression gets ${softmax} percent`);
  expect(text).toContain("softmax regression");

  expect(files).toEqual(["weights.png"]);
  const sheet = pixels("weights.png");
  expect(sheet).toMatchObject({ width: 10 * 58 + 2, height: 4 * 58 + 2, channels: 3 });
  expect(new Set(Array.from(sheet.data)).size).toBeGreaterThan(100);
});
