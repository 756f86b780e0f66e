import { expect, it } from "vitest";
import mistakes from "../../examples/mistakes.js";
import { runExample } from "./support.js";

interface Figures {
  accuracy: number;
  mistakes: number;
  among358: number;
  pairs: { pair: string; count: number }[];
}

it("mistakes are more often among 3, 5 and 8 than by chance, and are drawn", async () => {
  const { values, measured, files, pixels } = await runExample(mistakes);
  const [linear, network] = values.networks as unknown as [Figures, Figures];
  expect(network.accuracy).toBeGreaterThan(linear.accuracy);
  expect(network.accuracy).toBeGreaterThan(0.91);
  for (const { mistakes: count, accuracy, pairs } of [linear, network]) {
    expect(count).toBe(Math.round(2000 * (1 - accuracy)));
    expect(pairs).toHaveLength(8);
    expect(pairs[0]!.count).toBeGreaterThan(count / 45);
  }
  expect(linear.among358 / linear.mistakes).toBeGreaterThan(0.12);
  expect(files).toEqual([
    "confusion-convolutional-network.png",
    "confusion-softmax-regression.png",
    "surest.png",
    "threes-fives-eights.png",
  ]);
  for (const file of files) expect(new Set(Array.from(pixels(file).data)).size).toBeGreaterThan(20);
  expect(measured).toContain(`of its ${network.mistakes} mistakes`);
});
