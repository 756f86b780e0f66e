import { expect, it } from "vitest";
import example from "../../examples/denoise-signal.js";
import { runExample } from "./support.js";

it("a recurrent net takes off more noise than the best moving average", async () => {
  const { values, files, text, read, measured } = await runExample(example);
  const { raw, average, past, both, width } = values as Record<string, number>;
  // The noise's own deviation.
  expect(raw).toBeGreaterThan(0.78);
  expect(raw).toBeLessThan(0.82);
  expect(average).toBeLessThan(0.6 * raw!);
  expect(past).toBeLessThan(average!);
  expect(both).toBeLessThan(0.85 * average!);
  expect(both).toBeLessThan(past!);
  expect(width! % 2).toBe(1);
  expect(text).toContain(`moving average of ${width}, the best`);
  expect(measured).toContain(`to ${both!.toFixed(3)}`);
  expect(files).toEqual(["learning.svg", "signal.svg"]);
  expect(read("signal.svg")).toContain("GRU in both directions");
});
