import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encode } from "fast-png";
import { expect, it, onTestFinished } from "vitest";
import statistics from "../../examples/image-statistics.js";
import { runExample, sharedData } from "./support.js";

type Correlations = Record<string, { horizontal: number[]; vertical: number[] }>;

it("pixels of digits tell of their neighbours, random ones do not", async () => {
  const { values, files, read, measured } = await runExample(statistics, { data: "nowhere" });
  const correlations = values as Correlations;
  for (const along of Object.values(correlations["random pixels"]!)) {
    expect(along[0]).toBeCloseTo(1, 4);
    // Four standard deviations of 500 images of 28 x 8 pairs, the fewest.
    for (const r of along.slice(1)) expect(Math.abs(r)).toBeLessThan(0.012);
  }
  for (const along of Object.values(correlations.digits!)) {
    expect(along[1]).toBeGreaterThan(0.7);
    const near = along.slice(0, 6);
    expect(near).toEqual([...near].sort((a, b) => b - a));
    expect(along[5]).toBeLessThan(0.25);
  }
  expect(measured).toContain(`in digits it is ${correlations.digits!.horizontal[1]!.toFixed(2)}`);
  expect(files).toEqual(["autocorrelation.svg", "pairs-digits.svg", "pairs-random-pixels.svg"]);
  expect(read("autocorrelation.svg")).toContain("random pixels");
});

it("takes a picture of the user's own", async () => {
  const folder = mkdtempSync(join(tmpdir(), "gradus-statistics-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const image = join(folder, "stripes.png");
  const data = Uint8Array.from({ length: 30 * 20 }, (_, i) => ((i % 30) % 2 === 0 ? 255 : 0));
  writeFileSync(image, encode({ width: 30, height: 20, channels: 1, data }));
  const { values, files } = await runExample(statistics, { options: { image }, data: folder });
  const { horizontal, vertical } = (values as Correlations)["your image"]!;
  for (const [d, r] of horizontal.entries()) expect(r).toBeCloseTo(d % 2 === 0 ? 1 : -1, 4);
  for (const r of vertical) expect(r).toBeCloseTo(1, 4);
  expect(files).toContain("pairs-your-image.svg");
});

const cifar = sharedData("cifar10");

it.skipIf(cifar === undefined)("photographs correlate further than digits do (needs CIFAR-10)", async () => {
  const { values } = await runExample(statistics, { data: cifar! });
  const { digits, "CIFAR-10": photographs } = values as Correlations;
  for (const distance of [1, 4, 8]) {
    expect(photographs!.horizontal[distance]).toBeGreaterThan(digits!.horizontal[distance]! + 0.1);
  }
});
