import { execFileSync } from "node:child_process";
import { beforeAll, describe, expect, it } from "vitest";
import { loadDigits } from "../../src/cli/data/sources.node.js";
import { mnistImage, type PixelImage } from "../../src/data/image.js";
import type { LabelledImages } from "../../src/data/labelled-images.js";
import { RandomStream } from "../../src/random/stream.js";

let train: LabelledImages;
let test: LabelledImages;

beforeAll(async () => {
  execFileSync(process.execPath, ["scripts/build-digits.mjs"]);
  ({ train, test } = await loadDigits());
}, 60_000);

interface Photograph {
  readonly width: number;
  readonly height: number;
  /** Pixels of the photograph in a pixel of the digit. */
  readonly scale: number;
  readonly left: number;
  readonly top: number;
  /** Reflectance, 0 to 1. */
  readonly paper: number;
  readonly ink: number;
  /** Brightness at a place, each coordinate from -1 to 1. */
  readonly light: (u: number, v: number) => number;
  readonly noise: number;
}

const plain: Photograph = {
  width: 280,
  height: 280,
  scale: 10,
  left: 0,
  top: 0,
  paper: 0.95,
  ink: 0.1,
  light: () => 250,
  noise: 0,
};

/** Light falls on paper and ink alike; the camera adds its noise. */
function photograph(index: number, changes: Partial<Photograph> = {}): PixelImage {
  const { width, height, scale, left, top, paper, ink, light, noise } = { ...plain, ...changes };
  const digit = test.pixels.subarray(index * 784, (index + 1) * 784);
  const random = new RandomStream(11, index);
  const data = new Uint8ClampedArray(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const u = Math.floor((x - left) / scale);
      const v = Math.floor((y - top) / scale);
      const inside = u >= 0 && u < 28 && v >= 0 && v < 28;
      const share = inside ? digit[v * 28 + u]! / 255 : 0;
      const reflected = paper + share * (ink - paper);
      const grain = noise === 0 ? 0 : noise * random.normal();
      data[y * width + x] = reflected * light((2 * x) / width - 1, (2 * y) / height - 1) + grain;
    }
  }
  return { width, height, channels: 1, data };
}

const neighbours = 1000;

/** The class of the nearest of the first training digits. */
function nearestClass(image: Uint8Array): number {
  let least = Number.POSITIVE_INFINITY;
  let label = -1;
  for (let i = 0; i < neighbours; i++) {
    let distance = 0;
    for (let j = 0; j < 784 && distance < least; j++)
      distance += (image[j]! - train.pixels[i * 784 + j]!) ** 2;
    if (distance < least) {
      least = distance;
      label = train.labels[i]!;
    }
  }
  return label;
}

const count = 30;
const indices = Array.from({ length: count }, (_, i) => i);

/** How many digits are classified right. */
function correct(convert: (index: number) => Uint8Array): number {
  return indices.filter((index) => nearestClass(convert(index)) === test.labels[index]).length;
}

describe("photographed digits", () => {
  const lamp = (u: number, v: number) => 215 + 30 * u - 20 * v;
  const vignette = (u: number, v: number) => 240 - 35 * (u * u + v * v);

  let originals = 0;

  beforeAll(() => {
    originals = correct((index) => test.pixels.subarray(index * 784, (index + 1) * 784));
    // So few neighbours know between eight and nine digits in ten.
    expect(originals).toBeGreaterThan(0.8 * count);
  });

  it.each<[string, Partial<Photograph>]>([
    ["clean", {}],
    ["grey ink on grey paper", { paper: 0.6, ink: 0.35, noise: 2 }],
    ["under a lamp at one side, with noise", { light: lamp, noise: 8 }],
    ["shaded towards the corners, with noise", { light: vignette, noise: 8 }],
    ["chalk on a board, with noise", { paper: 0.2, ink: 0.8, light: vignette, noise: 8 }],
    [
      "small, in the corner of a large sheet",
      { width: 400, height: 300, scale: 3, left: 300, top: 190, light: lamp, noise: 4 },
    ],
    [
      "cut so that the strokes touch the edges",
      { width: 220, height: 220, left: -40, top: -40, light: lamp, noise: 4 },
    ],
  ])("stay separable: %s", (_, changes) => {
    expect(correct((index) => mnistImage(photograph(index, changes)))).toBeGreaterThanOrEqual(originals - 3);
  });
});

describe("sizes", () => {
  it("are taken from a few pixels", () => {
    // A seven of 3 x 5 pixels.
    const image = mnistImage({
      width: 5,
      height: 7,
      channels: 1,
      data: Uint8Array.from(
        [".....", ".###.", "...#.", "...#.", "...#.", "...#.", "....."].join(""),
        (mark) => (mark === "#" ? 0 : 255),
      ),
    });
    expect(nearestClass(image)).toBe(7);
    expect(image.filter((value) => value === 255).length).toBe(7 * 16);
  });

  it("are taken from many megapixels", () => {
    const changes = { width: 3000, height: 2000, scale: 60, left: 700, top: 150 };
    const small = mnistImage(photograph(0));
    const large = mnistImage(photograph(0, changes));
    const difference = large.reduce((sum, value, i) => sum + Math.abs(value - small[i]!), 0) / 784;
    expect(difference).toBeLessThan(6);
  });

  it("are taken from strips", () => {
    for (const [width, height] of [
      [2000, 3],
      [3, 2000],
      [9, 1],
    ] as const) {
      const data = new Uint8Array(width * height).fill(255);
      data.fill(0, Math.floor(data.length * 0.45), Math.ceil(data.length * 0.55));
      const image = mnistImage({ width, height, channels: 1, data });
      expect(image).toHaveLength(784);
      expect(Math.max(...image)).toBe(255);
    }
  });
});
