import { expect, it } from "vitest";
import example from "../../examples/pooling.js";
import { runExample } from "./support.js";

it("pooling forgives shifts and, across channels, turns", async () => {
  const { values, measured, files, pixels } = await runExample(example);
  const shift = values.shift as Record<string, number>;
  expect(shift.maximum).toBeLessThan(0.8 * shift["every nth pixel"]!);
  expect(shift.average).toBeLessThan(0.8 * shift["every nth pixel"]!);
  const turn = values.turn as { before: number; after: number };
  expect(turn.before).toBeGreaterThan(0.5);
  expect(turn.after).toBeLessThan(1e-4);
  expect(values.ties).toEqual([1, 0, 0, 0]);
  const accuracies = Object.values(values.accuracies as Record<string, number[]>).flat();
  expect(accuracies).toHaveLength(6);
  expect(Math.min(...accuracies)).toBeGreaterThan(0.7);
  expect(measured).toContain("the gradient goes to the first");
  expect(files).toEqual(["channels.png", "windows.png"]);
  for (const name of files) expect(new Set(Array.from(pixels(name).data)).size).toBeGreaterThan(20);
});
