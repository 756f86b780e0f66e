import { expect, it } from "vitest";
import segmenter from "../../examples/segmenter.js";
import { runExample } from "./support.js";

it("a classifier slides as it would be cropped, only faster, and finds most digits", async () => {
  const { values, measured, pixels } = await runExample(segmenter);
  const { difference, time, digits, pixelAccuracy, windowAccuracy } = values as {
    difference: number;
    time: { sliding: number; cutting: number };
    digits: { count: number; found: number };
    pixelAccuracy: number;
    windowAccuracy: number;
  };
  expect(difference).toBeLessThan(1e-5);
  expect(time.cutting).toBeGreaterThan(time.sliding);
  expect(windowAccuracy).toBeGreaterThan(0.85);
  expect(digits.count).toBe(40);
  expect(digits.found).toBeGreaterThanOrEqual(28);
  expect(pixelAccuracy).toBeGreaterThan(0.7);
  expect(measured).toContain(`At ${digits.found} of the 40 digits`);
  const picture = pixels("segments.png");
  // The colours of most classes are there.
  const samples = Array.from(picture.data);
  const colors = new Set(samples.flatMap((_, i) => (i % 3 === 0 ? [samples.slice(i, i + 3).join()] : [])));
  expect(colors.size).toBeGreaterThan(50);
});
