import { expect, it } from "vitest";
import example from "../../examples/convolution-variants.js";
import { runExample } from "./support.js";

it("sizes follow the formula, the flip decides when echoes come, and kernels follow motions", async () => {
  const { values, measured, text, pixels, files } = await runExample(example);
  expect(values.sizesAgree).toBe(values.variants);
  expect(values.flip).toMatchObject({ convolved: 0, correlated: -180, withFlippedKernel: 0 });
  expect(values.groupsApart).toBeLessThan(1e-5);
  const [right, other, mirroredOther, mirrored] = (values.contrastKept as number[][]).flat();
  expect(right).toBeGreaterThan(0.99);
  expect(mirrored).toBeGreaterThan(0.99);
  expect(Math.max(other!, mirroredOther!)).toBeLessThan(0.6);
  expect(measured).toContain("8 of 8 variants");
  expect(text).toMatch(/stride 1 x 2 +84 x 56/);
  expect(files).toEqual(["edges.png", "sound.svg", "video.png"]);
  for (const name of ["edges.png", "video.png"]) {
    expect(new Set(Array.from(pixels(name).data)).size).toBeGreaterThan(20);
  }
});
