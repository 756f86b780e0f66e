import { expect, it } from "vitest";
import collapse from "../../examples/collapse.js";
import { runExample } from "./support.js";

it("deep linear networks are one linear map; rectifiers make depth count", async () => {
  const { values, text, files, pixels } = await runExample(collapse);
  const { depths, linear, rectified } = values as Record<string, number[]>;
  expect(depths).toEqual([1, 2, 4]);
  expect(values.worstDifference).toBeGreaterThan(0);
  expect(values.worstDifference).toBeLessThan(2e-5);
  expect(Math.max(...linear!)).toBeLessThan(0.94);
  expect(rectified![2]).toBeGreaterThan(linear![2]! + 0.007);
  // Gates: both ways for the corners of truth, and between them.
  expect(text).toMatch(/^ *1 +0 +0 +0 +1 +1$/m);
  expect(text).toMatch(/^ *0\.3 +0\.8 +0 +0\.3 +1 +0\.8$/m);
  const { starCover, starExact } = values as Record<string, number>;
  expect(Math.abs(starCover! - starExact!)).toBeLessThan(0.004);

  expect(files).toEqual(["shapes.png"]);
  // In the last of four pictures the star's middle is red and the corner blue.
  const { width, data } = pixels("shapes.png");
  const at = (x: number, y: number) => ((4 + y) * width + 4 + 3 * 244 + x) * 3;
  expect(data[at(120, 120)]! > data[at(120, 120) + 2]!).toBe(true);
  expect(data[at(5, 5)]! < data[at(5, 5) + 2]!).toBe(true);
});
