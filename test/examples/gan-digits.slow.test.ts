import { expect, it } from "vitest";
import ganDigits from "../../examples/gan-digits.js";
import { runExample } from "./support.js";

it("draws digits of many classes that a classifier recognizes", async () => {
  const { values, files, pixels } = await runExample(ganDigits);
  const { score, scoreBefore, scoreOfReal, sure, evenness, classes } = values as Record<string, number>;
  expect(scoreBefore).toBeLessThan(1.5);
  expect(scoreOfReal).toBeGreaterThan(8);
  expect(score).toBeGreaterThan(3);
  expect(sure).toBeGreaterThan(0.2);
  expect(evenness).toBeGreaterThan(0.8);
  expect(classes).toBeGreaterThan(6);
  expect(files).toEqual(["between.png", "drawn.png", "score.svg"]);
  expect(new Set(pixels("drawn.png").data as Uint8Array).size).toBeGreaterThan(100);
});
