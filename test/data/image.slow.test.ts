import { execFileSync } from "node:child_process";
import { beforeAll, describe, expect, it } from "vitest";
import { loadDigits } from "../../src/cli/data/sources.node.js";
import { DataError } from "../../src/data/errors.js";
import { mnistImage, type PixelImage } from "../../src/data/image.js";
import type { LabelledImages } from "../../src/data/labelled-images.js";
import { areaAverage, luminance } from "../../src/data/pixels.js";
import { RandomStream } from "../../src/random/stream.js";

let digits: LabelledImages;

beforeAll(async () => {
  execFileSync(process.execPath, ["scripts/build-digits.mjs"]);
  digits = (await loadDigits()).test;
}, 60_000);

const original = (index: number) => digits.pixels.subarray(index * 784, (index + 1) * 784);

function grey(pixels: Uint8Array, width = 28, height = 28): PixelImage {
  return { width, height, channels: 1, data: pixels };
}

function meanDifference(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((sum, value, i) => sum + Math.abs(value - (b[i] as number)), 0) / a.length;
}

/** Mean over the first digits of how far the conversion of their disguises is from them. */
function differences(disguise: (digit: Uint8Array, index: number) => PixelImage, count = 20): number[] {
  return Array.from({ length: count }, (_, i) =>
    meanDifference(mnistImage(disguise(original(i), i)), original(i)),
  );
}

/** The difference after the best shift by at most one pixel, and whether that shift is any. */
function nearestShift(found: Uint8Array, expected: Uint8Array): { difference: number; isMoved: boolean } {
  const inPlace = meanDifference(found, expected);
  let difference = inPlace;
  for (const shift of [-29, -28, -27, -1, 1, 27, 28, 29]) {
    // The outermost pixels are black, so what wraps around is black too.
    const shifted = found.map((_, i) => found[(i + shift + 784) % 784] as number);
    difference = Math.min(difference, meanDifference(shifted, expected));
  }
  return { difference, isMoved: difference < inPlace };
}

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The digit times `scale` on a sheet of 400 x 360, drawn in `ink` on `paper`, as floats. */
function drawn(
  digit: Uint8Array,
  paper: (x: number, y: number) => number,
  ink: number,
  left: number,
  top: number,
) {
  const [width, height, scale] = [400, 360, 10];
  const values = new Float64Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [u, v] = [Math.floor((x - left) / scale), Math.floor((y - top) / scale)];
      const inside = u >= 0 && u < 28 && v >= 0 && v < 28;
      const share = inside ? (digit[v * 28 + u] as number) / 255 : 0;
      values[y * width + x] = (1 - share) * paper(x, y) + share * ink;
    }
  }
  return { width, height, values };
}

function bytes({ width, height, values }: ReturnType<typeof drawn>): PixelImage {
  return { width, height, channels: 1, data: Uint8ClampedArray.from(values) };
}

describe("mnistImage", () => {
  it("gives an MNIST image back nearly unchanged", () => {
    const found = differences((digit) => grey(digit), 200);
    expect(mean(found)).toBeLessThan(3);
  });

  it("inverts dark digits on a light background", () => {
    const found = differences((digit) => grey(digit.map((value) => 255 - value)));
    expect(mean(found)).toBeLessThan(3);
  });

  it("finds, scales and centres a digit drawn large, off centre, on white paper", () => {
    const found = differences((digit) => bytes(drawn(digit, () => 255, 0, 85, 20)));
    expect(mean(found)).toBeLessThan(4);
  });

  it("sees through noise, uneven lighting and low contrast", () => {
    const found: number[] = [];
    let moved = 0;
    for (let index = 0; index < 30; index++) {
      const digit = original(index);
      // A few MNIST images have flecks of their own, which are removed even from the clean image.
      if (meanDifference(mnistImage(grey(digit)), digit) > 5) continue;
      const random = new RandomStream(7, index);
      const paper = (x: number, y: number) => 225 - 0.14 * x - 0.06 * y - 0.0003 * (x - 200) ** 2;
      const sheet = drawn(digit, paper, 40, 15, 60);
      const noisy = { ...sheet, values: sheet.values.map((value) => value + 5 * random.normal()) };
      const { difference, isMoved } = nearestShift(mnistImage(bytes(noisy)), digit);
      found.push(difference);
      if (isMoved) moved += 1;
    }
    expect(found.length).toBeGreaterThanOrEqual(27);
    expect(mean(found)).toBeLessThan(4);
    expect(Math.max(...found)).toBeLessThan(8);
    // The centre of mass is rounded to whole pixels: where it lies near a half, noise may tip it.
    expect(moved).toBeLessThanOrEqual(6);
  });

  it("drops specks far from the digit", () => {
    const found = differences((digit) => {
      const sheet = drawn(digit, () => 240, 20, 100, 60);
      for (const start of [5 * 400 + 8, 340 * 400 + 385]) {
        for (let k = 0; k < 5; k++) sheet.values.fill(20, start + k * 400, start + k * 400 + 5);
      }
      return bytes(sheet);
    });
    expect(mean(found)).toBeLessThan(4);
  });

  it("puts the centre of mass at pixel 14 and fits the digit into 20 x 20", () => {
    const sheet = new Uint8Array(60 * 90).fill(255);
    for (let y = 20; y < 70; y++) sheet.fill(0, y * 60 + 5, y * 60 + 15);
    const image = mnistImage(grey(sheet, 60, 90));
    const rows: number[] = [];
    const columns: number[] = [];
    image.forEach((value, i) => {
      if (value > 0) {
        rows.push(Math.floor(i / 28));
        columns.push(i % 28);
      }
    });
    expect([Math.min(...rows), Math.max(...rows)]).toEqual([5, 24]);
    expect(Math.max(...columns) - Math.min(...columns) + 1).toBe(4);
    expect(Math.max(...image)).toBe(255);
  });

  it.each([
    ["black strokes on a transparent canvas", 0],
    ["white strokes on a transparent canvas", 255],
  ])("reads %s", (_, level) => {
    const found = differences((digit) => ({
      width: 28,
      height: 28,
      channels: 4,
      data: Uint8Array.from({ length: 28 * 28 * 4 }, (_, i) =>
        i % 4 === 3 ? (digit[i >> 2] as number) : level,
      ),
    }));
    expect(mean(found)).toBeLessThan(3);
  });

  it("refuses blank images, with noise and without", () => {
    const random = new RandomStream(3);
    const noisy = Uint8Array.from({ length: 300 * 300 }, () => Math.round(200 + 8 * random.normal()));
    expect(() => mnistImage(grey(new Uint8Array(784).fill(255)), "sheet.png")).toThrow(
      /^sheet\.png: .*blank/,
    );
    expect(() => mnistImage(grey(noisy, 300, 300))).toThrow(DataError);
    expect(() => mnistImage(grey(new Uint8Array(1), 1, 1))).toThrow(/blank/);
  });

  it("refuses data that does not fit the size", () => {
    expect(() => mnistImage(grey(new Uint8Array(783)), "a.png")).toThrow(
      "a.png: 783 values for 28 x 28 pixels",
    );
    expect(() => mnistImage(grey(new Uint8Array(0), 0, 5))).toThrow(/0 x 5 pixels/);
  });
});

describe("luminance", () => {
  it("weighs colours as ITU-R BT.601 does", () => {
    const { values } = luminance({ width: 1, height: 1, channels: 3, data: Uint8Array.of(100, 50, 200) });
    expect(values[0]).toBeCloseTo(0.299 * 100 + 0.587 * 50 + 0.114 * 200, 10);
  });

  it("lays a mostly opaque image over its own median", () => {
    const { values } = luminance({
      width: 3,
      height: 1,
      channels: 2,
      data: Uint8Array.of(90, 255, 90, 255, 0, 0),
    });
    expect([...values]).toEqual([90, 90, 90]);
  });
});

describe("areaAverage", () => {
  it("averages fractions of pixels and keeps the mean", () => {
    const { values } = areaAverage({ width: 3, height: 1, values: Float64Array.of(0, 30, 90) }, 2, 1);
    expect(values[0]).toBeCloseTo(10, 10);
    expect(values[1]).toBeCloseTo(70, 10);
  });
});
