import { expect, it } from "vitest";
import example from "../../examples/normalization.js";
import { runExample } from "./support.js";

it("normalizations even out what they should, and rescue training from small weights", async () => {
  const { values, files, pixels } = await runExample(example);
  expect(values.zeros).toBe(4);
  const light = values.light as { before: number; after: number };
  expect(light.before).toBeGreaterThan(5);
  expect(light.after).toBeLessThan(light.before / 2);
  const response = values.response as { alone: number; among: number };
  expect(response.among).toBeLessThan(response.alone / 5);
  const accuracies = values.accuracies as Record<string, { good: number; small: number }>;
  expect(Object.keys(accuracies)).toHaveLength(8);
  expect(accuracies.none!.small).toBeLessThan(0.4);
  for (const name of ["batch", "group", "instance"]) expect(accuracies[name]!.small).toBeGreaterThan(0.6);
  const company = values.batchmates as { difference: number; running: number; batch: number };
  expect(company.difference).toBeLessThan(1e-4);
  expect(company.running).toBeGreaterThan(company.batch);
  expect(files).toEqual(["competition.svg", "light.png", "training.svg"]);
  expect(new Set(Array.from(pixels("light.png").data)).size).toBeGreaterThan(100);
});
