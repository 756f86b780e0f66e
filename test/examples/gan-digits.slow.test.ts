import { expect, it } from "vitest";
import ganDigits from "../../examples/gan-digits.js";
import { runExample } from "./support.js";

it("draws digits of many classes that a classifier recognizes", async () => {
  const { values, files, pixels } = await runExample(ganDigits);
  const { sure, sureBefore, sureOfReal, evenness, classes } = values as Record<string, number>;
  expect(sureBefore).toBeLessThan(0.05);
  expect(sureOfReal).toBeGreaterThan(0.8);
  expect(sure).toBeGreaterThan(0.25);
  expect(evenness).toBeGreaterThan(0.75);
  expect(classes).toBeGreaterThan(5);
  expect(files).toEqual(["between.png", "drawn.png", "quality.svg"]);
  expect(new Set(pixels("drawn.png").data as Uint8Array).size).toBeGreaterThan(100);
});
