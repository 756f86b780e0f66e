import { describe, expect, test } from "vitest";
import type { PixelImage } from "../../src/data/image.js";
import { inspect, ShapeError } from "../../src/index.js";

const pixels = (image: PixelImage) => {
  const { width, height, channels, data } = image;
  expect(data).toHaveLength(width * height * channels);
  return Array.from({ length: width * height }, (_, i) =>
    Array.from(data.subarray(i * channels, (i + 1) * channels)),
  );
};

describe("heatMap", () => {
  test("grey goes from black, the least value, to white, the greatest", () => {
    const image = inspect.heatMap([-1, 0, 1, 3], { width: 2, height: 2 });
    expect(image).toMatchObject({ width: 2, height: 2, channels: 1 });
    expect(pixels(image)).toEqual([[0], [64], [128], [255]]);
  });

  test("a range decides, and what lies beyond gets the colour of its end", () => {
    const image = inspect.heatMap([-5, 0, 0.5, 9], { width: 4, height: 1, range: [0, 1] });
    expect(pixels(image).flat()).toEqual([0, 0, 128, 255]);
  });

  test("equal values are all in the middle", () => {
    expect(pixels(inspect.heatMap([7, 7], { width: 1, height: 2 }))).toEqual([[128], [128]]);
    expect(pixels(inspect.heatMap([0], { width: 1, height: 1, colors: "diverging" }))).toEqual([
      [247, 247, 247],
    ]);
  });

  test("in diverging colours 0 is neutral whatever the range, and the signs are blue and red", () => {
    for (const range of [undefined, [-1, 4], [-2, 0.5]] as const) {
      const [zero, negative, positive] = pixels(
        inspect.heatMap([0, -1, 4], { width: 3, height: 1, colors: "diverging", ...(range && { range }) }),
      ) as number[][];
      expect(new Set(zero).size).toBe(1);
      expect(negative![2]).toBeGreaterThan(negative![0]!);
      expect(positive![0]).toBeGreaterThan(positive![2]!);
    }
  });

  test("in diverging colours equal distances from 0 are equally far along", () => {
    const [red, blue, paler] = pixels(
      inspect.heatMap([2, -2, -1], { width: 3, height: 1, colors: "diverging", range: [-1, 2] }),
    );
    expect(red).toEqual([103, 0, 31]);
    expect(blue).toEqual([5, 48, 97]);
    expect(paler).toEqual([107, 172, 209]); // halfway between two colours of the table
  });

  test("sequential colours grow lighter from end to end", () => {
    const image = inspect.heatMap(
      Array.from({ length: 64 }, (_, i) => i),
      { width: 64, height: 1, colors: "sequential" },
    );
    const light = pixels(image).map(([red, green, blue]) => 0.299 * red! + 0.587 * green! + 0.114 * blue!);
    expect(light).toEqual([...light].sort((a, b) => a - b));
    expect(light.at(-1)! - light[0]!).toBeGreaterThan(150);
  });

  test("refuses what it cannot draw", () => {
    expect(() => inspect.heatMap([1, 2, 3], { width: 2, height: 2 })).toThrow(
      new ShapeError("heatMap: 3 values do not fill [2, 2]"),
    );
    expect(() => inspect.heatMap([1, Number.NaN], { width: 2, height: 1 })).toThrow(
      "heatMap: value 1 is NaN, which has no colour",
    );
    expect(() => inspect.heatMap([1], { width: 1, height: 1, range: [2, 1] })).toThrow("the range is [2, 1]");
    expect(() => inspect.heatMap([1], { width: 1, height: 1, range: [0, Number.NaN] })).toThrow(
      "the range is [0, NaN]",
    );
  });
});

describe("imagesOf", () => {
  test("one channel is grey, on one range for all", () => {
    const images = inspect.imagesOf([0, 1, 2, 4], [2, 1, 1, 2]);
    expect(images.map(pixels)).toEqual([
      [[0], [64]],
      [[128], [255]],
    ]);
  });

  test("each on its own range, if asked", () => {
    const images = inspect.imagesOf([0, 1, 2, 4], [2, 1, 1, 2], { range: "each" });
    expect(images.map(pixels)).toEqual([
      [[0], [255]],
      [[0], [255]],
    ]);
  });

  test("three channels are planes of red, green and blue", () => {
    const [image, ...others] = inspect.imagesOf([0, 1, 2, 3, 4, 5], [1, 3, 1, 2], { range: [0, 5] });
    expect(others).toEqual([]);
    expect(image).toMatchObject({ width: 2, height: 1, channels: 3 });
    expect(pixels(image!)).toEqual([
      [0, 102, 204],
      [51, 153, 255],
    ]);
  });

  test("any other number of channels, and three in a colour scale, come one by one", () => {
    expect(inspect.imagesOf(new Float32Array(2 * 2 * 6), [2, 2, 2, 3])).toHaveLength(4);
    const images = inspect.imagesOf([-1, 0, 1], [1, 3, 1, 1], { colors: "diverging" });
    expect(images.map(pixels)).toEqual([[[5, 48, 97]], [[247, 247, 247]], [[103, 0, 31]]]);
  });

  test("no images give none", () => {
    expect(inspect.imagesOf([], [0, 3, 4, 4])).toEqual([]);
  });

  test("refuses other shapes", () => {
    expect(() => inspect.imagesOf([1, 2], [1, 2])).toThrow(
      "imagesOf: the shape is [1, 2], but must be [N, C, height, width]",
    );
    expect(() => inspect.imagesOf([1, 2], [1, 1, 1, 3])).toThrow("2 values do not fill [1, 1, 1, 3]");
  });
});

describe("enlarge and tile", () => {
  const dot = (level: number): PixelImage => ({
    width: 1,
    height: 1,
    channels: 1,
    data: Uint8Array.of(level),
  });

  test("enlarge repeats pixels in both directions", () => {
    const image = inspect.heatMap([0, 1], { width: 2, height: 1 });
    const large = inspect.enlarge(image, 2);
    expect(large).toMatchObject({ width: 4, height: 2, channels: 1 });
    expect(pixels(large).flat()).toEqual([0, 0, 255, 255, 0, 0, 255, 255]);
    expect(() => inspect.enlarge(image, 1.5)).toThrow("enlarge: factor is 1.5");
    expect(() => inspect.enlarge({ ...image, height: 3 }, 2)).toThrow("2 values do not fill [3, 2, 1]");
  });

  test("tile puts images in rows, with gaps between and around", () => {
    const sheet = inspect.tile([dot(1), dot(2), dot(3)], { columns: 2, gap: 1, background: 9 });
    expect(sheet).toMatchObject({ width: 5, height: 5, channels: 1 });
    const rows = Array.from({ length: 5 }, (_, y) => Array.from(sheet.data.subarray(5 * y, 5 * y + 5)));
    expect(rows).toEqual([
      [9, 9, 9, 9, 9],
      [9, 1, 9, 2, 9],
      [9, 9, 9, 9, 9],
      [9, 3, 9, 9, 9],
      [9, 9, 9, 9, 9],
    ]);
  });

  test("tile is about square by default, and never wider than its images", () => {
    expect(inspect.tile([1, 2, 3, 4, 5].map(dot), { gap: 0 })).toMatchObject({ width: 3, height: 2 });
    expect(inspect.tile([dot(1)], { gap: 0, columns: 10, scale: 4 })).toMatchObject({ width: 4, height: 4 });
  });

  test("tile joins grey, coloured and transparent images, small ones in the middle", () => {
    const red: PixelImage = {
      width: 3,
      height: 1,
      channels: 4,
      data: Uint8Array.of(255, 0, 0, 255, 255, 0, 0, 0, 255, 0, 0, 51),
    };
    const sheet = inspect.tile([red, dot(7)], { columns: 1, gap: 0, background: 100 });
    expect(sheet).toMatchObject({ width: 3, height: 2, channels: 3 });
    expect(pixels(sheet)).toEqual([
      [255, 0, 0],
      [100, 100, 100],
      [131, 80, 80],
      [100, 100, 100],
      [7, 7, 7],
      [100, 100, 100],
    ]);
  });

  test("tile refuses nothing to draw and sizes that are none", () => {
    expect(() => inspect.tile([])).toThrow("tile: there must be at least one image");
    expect(() => inspect.tile([dot(1)], { columns: 0 })).toThrow(
      "tile: columns is 0, but must be a whole number from 1 on",
    );
    expect(() => inspect.tile([dot(1)], { gap: -1 })).toThrow("tile: gap is -1");
    expect(() => inspect.tile([dot(1)], { background: 256 })).toThrow(
      "tile: background is 256, but must be a whole number from 0 to 255",
    );
  });
});
