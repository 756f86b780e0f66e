import { expect, it } from "vitest";
import features from "../../examples/features.js";
import { runExample } from "./support.js";

it("features beat pixels, and the convolutional network is ahead of both", async () => {
  const { values, measured, files, pixels } = await runExample(features);
  const [raw, edges, hog, learnt] = Object.values(values.accuracies as Record<string, number>);
  expect(raw).toBeGreaterThan(0.8);
  expect(edges).toBeGreaterThan(raw! + 0.05);
  expect(hog).toBeGreaterThan(raw! + 0.05);
  expect(learnt).toBeGreaterThan(0.965);
  expect(learnt).toBeGreaterThan(edges!);
  expect(measured).toContain(`${(100 * learnt!).toFixed(1)} percent as the last layer`);
  expect((values.order as string[])[0]).toBe("pixels");

  expect(files).toEqual(["edges.png", "histograms.png"]);
  expect(pixels("edges.png")).toMatchObject({ width: 9 * 86 + 2, height: 4 * 86 + 2 });
  expect(pixels("histograms.png")).toMatchObject({ width: 4 * 114 + 2, height: 2 * 114 + 2 });
  for (const name of files) {
    const shades = new Set(Array.from(pixels(name).data));
    expect(shades.size, name).toBeGreaterThan(50);
  }
});
