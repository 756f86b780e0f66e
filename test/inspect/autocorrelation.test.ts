import { describe, expect, test } from "vitest";
import { compile, inspect, random, type Tensor, tensor } from "../../src/index.js";

const image = (height: number, width: number, at: (y: number, x: number) => number, count = 1) =>
  tensor(
    Float32Array.from({ length: count * height * width }, (_, i) => at(Math.floor(i / width), i % width)),
    { shape: [count, 1, height, width] },
  );

const both = async (images: Tensor, distance: number) => {
  const { horizontal, vertical } = inspect.autocorrelation(images, distance);
  return { horizontal: Array.from(await horizontal.data()), vertical: Array.from(await vertical.data()) };
};

/** Pearson's correlation of two lists, as its formula says. */
function pearson(a: number[], b: number[]): number {
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [ma, mb] = [mean(a), mean(b)];
  const sum = (f: (i: number) => number) => a.reduce((total, _, i) => total + f(i), 0);
  return (
    sum((i) => (a[i]! - ma) * (b[i]! - mb)) /
    Math.sqrt(sum((i) => (a[i]! - ma) ** 2) * sum((i) => (b[i]! - mb) ** 2))
  );
}

describe("autocorrelation", () => {
  test("is Pearson's correlation of all pairs, over images and channels", async () => {
    const values = Float32Array.from({ length: 2 * 3 * 4 * 5 }, (_, i) => Math.sin(i * i) + 0.2 * i);
    const at = (n: number, y: number, x: number) => values[(n * 4 + y) * 5 + x]!;
    const { horizontal, vertical } = await both(tensor(values, { shape: [2, 3, 4, 5] }), 3);
    for (let d = 0; d <= 3; d++) {
      const [left, right, above, below] = [[], [], [], []] as [number[], number[], number[], number[]];
      for (let n = 0; n < 6; n++) {
        for (let y = 0; y < 4; y++) {
          for (let x = 0; x < 5; x++) {
            if (x + d < 5) left.push(at(n, y, x));
            if (x + d < 5) right.push(at(n, y, x + d));
            if (y + d < 4) above.push(at(n, y, x));
            if (y + d < 4) below.push(at(n, y + d, x));
          }
        }
      }
      expect(horizontal[d]).toBeCloseTo(pearson(left, right), 5);
      expect(vertical[d]).toBeCloseTo(pearson(above, below), 5);
    }
  });

  test("tells directions apart, and sees stripes", async () => {
    const { horizontal, vertical } = await both(
      image(9, 9, (_, x) => x % 2),
      3,
    );
    for (const [d, r] of horizontal.entries()) expect(r).toBeCloseTo(d % 2 === 0 ? 1 : -1, 5);
    for (const r of vertical) expect(r).toBeCloseTo(1, 5);
  });

  test("does not depend on brightness and contrast, and is 0 where nothing varies", async () => {
    const wave = (y: number, x: number) => Math.sin(x + 0.5 * y);
    const plain = await both(image(8, 8, wave), 4);
    const other = await both(
      image(8, 8, (y, x) => 20 - 3 * wave(y, x)),
      4,
    );
    for (const [d, r] of plain.horizontal.entries()) expect(other.horizontal[d]).toBeCloseTo(r, 4);
    expect(
      await both(
        image(4, 4, () => 7),
        2,
      ),
    ).toEqual({ horizontal: [0, 0, 0], vertical: [0, 0, 0] });
  });

  test("of random pixels is 1 at distance 0, and near 0 everywhere else", async () => {
    const stream = new random.RandomStream(1);
    const { horizontal, vertical } = await both(
      image(32, 32, () => stream.uniform(), 20),
      5,
    );
    for (const [first, ...rest] of [horizontal, vertical]) {
      expect(first).toBeCloseTo(1, 5);
      for (const r of rest) expect(Math.abs(r)).toBeLessThan(0.03); // four standard deviations of 20 x 32 x 27 pairs
    }
  });

  test("can be compiled", async () => {
    const images = image(6, 7, (y, x) => (x * 7 + y * 3) % 5);
    const { horizontal } = compile((x: Tensor) => inspect.autocorrelation(x, 2))(images);
    expect(Array.from(await horizontal.data())).toEqual((await both(images, 2)).horizontal);
  });

  test("refuses what is no batch of images, and distances that do not fit", () => {
    expect(() => inspect.autocorrelation(tensor([[1, 2]]), 1)).toThrow("autocorrelation: images are [1, 2]");
    const small = image(3, 5, (_, x) => x);
    expect(() => inspect.autocorrelation(small, 3)).toThrow(
      "maximumDistance is 3, but in images of 3 x 5 pixels must be an integer from 0 to 2",
    );
    expect(() => inspect.autocorrelation(small, 0.5)).toThrow("maximumDistance is 0.5");
  });
});
