import { beforeAll, describe, expect, it } from "vitest";
import {
  type Augmentation,
  affine,
  brightness,
  colorJitter,
  contrast,
  cutout,
  elastic,
  flip,
  noise,
  saturation,
  shift,
} from "../../src/data/augment.js";
import { Batches, type BatchOptions } from "../../src/data/batches.js";
import type { LabelledImages } from "../../src/data/labelled-images.js";
import { gaussianBlur, resample } from "../../src/data/resample.js";
import { Generator } from "../../src/random/generator.js";
import { RandomStream } from "../../src/random/stream.js";
import { useDevice } from "../../src/runtime/device.js";
import { tensor } from "../../src/tensor/creation.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { expectClose } from "../support/close.js";

/** Images of random pixels, of which no two in one image are equal where there are no more than 256. */
function speckled(
  count: number,
  [channels, height, width]: readonly [number, number, number],
): LabelledImages {
  const size = channels * height * width;
  const pixels = new Uint8Array(count * size);
  for (let i = 0; i < count; i++) {
    const order = new RandomStream(7, i).permutation(Math.max(256, size));
    pixels.set(order.subarray(0, size), i * size);
  }
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 3);
  return { name: "speckled", pixels, labels, count, channels, height, width, classes: ["x", "y", "z"] };
}

const asTheyAre = { scale: 1, offset: 0 };

/** All images of one epoch, in the set's order, as pixels from 0 to 255. */
async function augmented(
  set: LabelledImages,
  augment: readonly Augmentation[],
  options: Partial<BatchOptions> = {},
) {
  const batches = new Batches(set, {
    size: set.count,
    seed: 1,
    shuffle: false,
    scaling: asTheyAre,
    augment,
    ...options,
  });
  const size = batches.imageShape.reduce((product, extent) => product * extent);
  const data = await batches.batch(0, 0).images.data();
  return Array.from({ length: set.count }, (_, i) => data.subarray(i * size, (i + 1) * size));
}

/** Which of `candidates` an image is, to within rounding; -1 if none. */
function indexOf(image: ArrayLike<number>, candidates: readonly ArrayLike<number>[]): number {
  return candidates.findIndex((candidate) =>
    Array.from(candidate).every((value, i) => Math.abs(value - image[i]!) < 1e-3),
  );
}

/** Chi-squared of counts that should be equal. */
function unevenness(counts: readonly number[]): number {
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - mean) ** 2 / mean, 0);
}

const rows = (image: ArrayLike<number>, width: number) =>
  Array.from({ length: image.length / width }, (_, y) => Array.from(image).slice(y * width, (y + 1) * width));

/** The image moved down and right, 0 coming in. */
function moved(image: ArrayLike<number>, width: number, down: number, right: number): number[] {
  const lines = rows(image, width);
  return lines.flatMap((line, y) => line.map((_, x) => lines[y - down]?.[x - right] ?? 0));
}

beforeAll(() => {
  useDevice({ backend: "wasm", threads: 1 });
});

describe("augmentation moves pixels where it says", () => {
  const set = speckled(500, [1, 4, 5]);
  const images = Array.from({ length: 500 }, (_, i) => set.pixels.subarray(i * 20, (i + 1) * 20));
  /** How often each of the results that are possible came out. */
  const counted = async (augment: readonly Augmentation[], results: (image: Uint8Array) => number[][]) => {
    const found = await augmented(set, augment);
    const counts = new Array<number>(results(images[0]!).length).fill(0);
    for (const [i, image] of found.entries()) {
      const which = indexOf(image, results(images[i]!));
      expect(which, `image ${i}`).toBeGreaterThanOrEqual(0);
      counts[which]!++;
    }
    return counts;
  };

  it("shift: by every whole number of pixels alike", async () => {
    const offsets = [-2, -1, 0, 1, 2];
    const counts = await counted([shift(2)], (image) =>
      offsets.flatMap((down) => offsets.map((right) => moved(image, 5, down, right))),
    );
    // Chi-squared with 24 degrees of freedom is below 51 with a probability of 0.999.
    expect(unevenness(counts)).toBeLessThan(51);
  });

  it("flip: half of them, or the share asked for, either way", async () => {
    const mirrored = (image: Uint8Array) => rows(image, 5).flatMap((row) => row.reverse());
    const inverted = (image: Uint8Array) => rows(image, 5).reverse().flat();
    const half = await counted([flip()], (image) => [Array.from(image), mirrored(image)]);
    expect(Math.abs(half[0]! - 250)).toBeLessThan(40);
    const most = await counted([flip("vertical", 0.9)], (image) => [inverted(image), Array.from(image)]);
    expect(Math.abs(most[0]! - 450)).toBeLessThan(25);
  });

  it("cutout: squares around every pixel, cut off at the borders", async () => {
    const around = (image: Uint8Array) =>
      Array.from(image, (_, centre) =>
        Array.from(image, (value, i) => {
          const [down, right] = [Math.floor(i / 5) - Math.floor(centre / 5), (i % 5) - (centre % 5)];
          return Math.abs(down) <= 1 && Math.abs(right) <= 1 ? 51 : value;
        }),
      );
    const counts = await counted([cutout(3, { fill: 0.2 })], around);
    // With 19 degrees of freedom.
    expect(unevenness(counts)).toBeLessThan(44);
  });

  it("affine: by quarter turns and movements exactly, about the centre", async () => {
    const square = speckled(1, [1, 3, 3]);
    const [a, b, c, d, e, f, g, h, i] = Array.from(square.pixels);
    // A generator whose every uniform draw is the same, so that the greatest angle is taken.
    const turn = (rotate: number) => resampledBy(affine({ rotate }), square.pixels, 1 - 2 ** -24);
    expectClose(await turn(90), [c!, f!, i!, b!, e!, h!, a!, d!, g!], 1e-2);
    expectClose(await turn(180), [i!, h!, g!, f!, e!, d!, c!, b!, a!], 1e-2);
    const [leftUp] = [await resampledBy(affine({ shift: 1 }), square.pixels, 0)];
    expectClose(leftUp!, [e!, f!, 0, h!, i!, 0, 0, 0, 0], 1e-4);
  });

  it("affine: enlarges and shears", async () => {
    const dot = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 90, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    const large = await resampledBy(affine({ scale: 2 }), dot, 1 - 2 ** -24, 5);
    expectClose(large.slice(10, 15), [0, 45, 90, 45, 0], 1e-3);
    const line = Array.from({ length: 25 }, (_, i) => (i % 5 === 2 ? 90 : 0));
    const leaning = await resampledBy(affine({ shear: 45 }), line, 1 - 2 ** -24, 5);
    expectClose(
      leaning,
      rows(line, 5).flatMap((_, y) => Array.from({ length: 5 }, (_, x) => (x === 4 - y ? 90 : 0))),
      1e-2,
    );
  });

  /** What an augmentation makes of one square image, when every uniform draw gives `draw`. */
  async function resampledBy(
    augmentation: Augmentation,
    pixels: ArrayLike<number>,
    draw: number,
    side = 3,
  ): Promise<number[]> {
    class Fixed extends Generator {
      override uniform(shape: readonly number[]): Tensor {
        return tensor(draw).broadcastTo(shape);
      }
    }
    const image = tensor(Float32Array.from(pixels), { shape: [1, 1, side, side] });
    return Array.from(await augmentation(image, new Fixed(1)).data());
  }
});

describe("augmentation changes values as it says", () => {
  const set = speckled(64, [3, 8, 8]);
  const grey = (image: ArrayLike<number>) =>
    Array.from(
      { length: 64 },
      (_, i) => 0.299 * image[i]! + 0.587 * image[i + 64]! + 0.114 * image[i + 128]!,
    );

  it("brightness, contrast and saturation: by one factor an image, within 1 ± amount", async () => {
    const pale = { ...set, pixels: set.pixels.map((value) => 100 + value / 10) };
    const original = await augmented(pale, []);
    for (const [augmentation, levels] of [
      [brightness(0.4), () => [0]],
      [contrast(0.4), (image: ArrayLike<number>) => [mean(grey(image))]],
      [saturation(0.4), grey],
    ] as const) {
      const found = await augmented(pale, [augmentation]);
      const factors = found.map((image, n) => {
        const before = original[n]!;
        const level = levels(before);
        const own = Array.from(before, (value, i) => {
          const base = level[i % level.length]!;
          return Math.abs(value - base) < 3 ? [] : [(image[i]! - base) / (value - base)];
        }).flat();
        expect(Math.max(...own) - Math.min(...own)).toBeLessThan(2e-3);
        return own[0]!;
      });
      expect(Math.min(...factors)).toBeGreaterThan(0.6);
      expect(Math.max(...factors)).toBeLessThan(1.4);
      expect(Math.max(...factors) - Math.min(...factors)).toBeGreaterThan(0.6);
    }
  });

  it("colour jitter: the three one after the other; one grey channel has no colours", async () => {
    const one = speckled(20, [1, 4, 4]);
    const [grey, plain] = [await augmented(one, [saturation(0.9)]), await augmented(one, [])];
    for (const [i, image] of grey.entries()) expectClose(image, plain[i]!, 1e-4);
    const jittered = await augmented(set, [colorJitter(0.2)]);
    const parts = await augmented(set, [brightness(0.2), contrast(0.2), saturation(0.2)]);
    expect(jittered).toEqual(parts);
    const saturated = await augmented(set, [colorJitter({ saturation: 0.5 })]);
    expect(saturated).toEqual(await augmented(set, [saturation(0.5)]));
  });

  it("noise: normal, independent, of the standard deviation asked for", async () => {
    const flat = { ...set, pixels: new Uint8Array(set.pixels.length).fill(128) };
    const differences = (await augmented(flat, [noise(0.05)])).flatMap((image) =>
      Array.from(image, (value) => (value - 128) / 255),
    );
    expect(Math.abs(mean(differences))).toBeLessThan(1e-3);
    expect(Math.sqrt(mean(differences.map((d) => d * d)))).toBeCloseTo(0.05, 3);
    const within = differences.filter((d) => Math.abs(d) < 0.05).length / differences.length;
    expect(within).toBeCloseTo(0.683, 2);
    const neighbours = differences.slice(1).map((d, i) => d * differences[i]!);
    expect(Math.abs(mean(neighbours))).toBeLessThan(5e-5);
  });

  it("elastic: smooth displacements of the size that alpha and sigma give", async () => {
    const side = 32;
    // The place itself as intensity tells by how much it was displaced.
    const ramp = (axis: 0 | 1) => ({
      ...set,
      channels: 1,
      height: side,
      width: side,
      count: 40,
      pixels: Uint8Array.from({ length: 40 * side * side }, (_, i) =>
        axis === 0 ? 4 * Math.floor((i % (side * side)) / side) : 4 * (i % side),
      ),
    });
    for (const axis of [0, 1] as const) {
      const images = await augmented(ramp(axis), [elastic({ alpha: 20, sigma: 4 })]);
      const original = ramp(axis).pixels;
      const inner = (i: number) => [i % side, Math.floor(i / side)].every((at) => at >= 10 && at < side - 10);
      const displacements = images.map((image) =>
        Array.from(image, (value, i) => (inner(i) ? (value - original[i]!) / 4 : Number.NaN)),
      );
      const known = displacements.flat().filter((d) => !Number.isNaN(d));
      const deviation = Math.sqrt(mean(known.map((d) => d * d)));
      const expected = 20 / Math.sqrt(3) / (2 * Math.sqrt(Math.PI) * 4);
      expect(Math.abs(deviation / expected - 1)).toBeLessThan(0.1);
      const steps = displacements.flatMap((field) =>
        field.slice(1).flatMap((d, i) => (Number.isNaN(d - field[i]!) ? [] : [d - field[i]!])),
      );
      // Neighbours move alike: exp(-1 / (4 sigma^2)) correlates them.
      expect(mean(steps.map((d) => d * d)) / deviation ** 2).toBeLessThan(0.1);
    }
  });

  it("keeps within the range of pixels", async () => {
    const values = (await augmented(set, [noise(1), brightness(1)])).flatMap((image) => Array.from(image));
    expect(Math.min(...values)).toBe(0);
    expect(Math.max(...values)).toBeCloseTo(255, 3);
  });
});

describe("augmented batches", () => {
  const set = speckled(12, [1, 9, 8]);
  const everything = [
    shift(1),
    flip(),
    affine({ rotate: 20, scale: 1.2, shear: 10, shift: 1, fill: 0.5 }),
    elastic({ alpha: 5, sigma: 2 }),
    noise(0.1),
    cutout(2),
    colorJitter(0.3),
  ];
  const options = { size: 5, seed: 3, augment: everything, crop: { height: 7, width: 6 } };

  it("are a pure function of seed, epoch and step, and keep the labels", async () => {
    const all = new Batches(set, options);
    const inOrder: (readonly [number[], number[]])[] = [];
    for (let place = 0; place < 6; place++) {
      const { images, labels, indices } = all.batch(Math.floor(place / 3), place % 3);
      expect(images.shape).toEqual([indices.length, 1, 7, 6]);
      expect([...(await labels.data())]).toEqual([...indices].map((index) => index % 3));
      inOrder.push([[...indices], [...(await images.data())]]);
    }
    expect(new Set(inOrder.map(([, pixels]) => pixels.join())).size).toBe(6);
    const jumping = new Batches(set, options);
    for (const place of [4, 1, 5, 0]) {
      const { images, indices } = jumping.batch(Math.floor(place / 3), place % 3);
      expect([[...indices], [...(await images.data())]]).toEqual(inOrder[place]);
    }
    const other = new Batches(set, { ...options, seed: 4 }).batch(0, 0);
    expect([...(await other.images.data())]).not.toEqual(inOrder[0]![1]);
  });

  it("asked for several at once without awaiting are the same", async () => {
    const all = new Batches(set, options);
    const asked = [0, 1].map((step) => all.batch(0, step).images);
    const together = await Promise.all(asked.map((images) => images.data()));
    const alone = new Batches(set, options);
    for (const step of [1, 0]) expect(await alone.batch(0, step).images.data()).toEqual(together[step]);
  });

  it("have the same bits on any number of threads, and nearly those of the reference", async () => {
    const read = () => new Batches(set, options).batch(1, 0).images.data();
    const one = await read();
    useDevice({ backend: "wasm", threads: 2 });
    expect(await read()).toEqual(one);
    useDevice({ backend: "reference" });
    expectClose(await read(), one, 1e-4);
    useDevice({ backend: "wasm", threads: 1 });
  });

  it("of no augmentation at all are those without", async () => {
    const plain = new Batches(set, { size: 12, seed: 3, crop: 6 }).batch(0, 0);
    const list = new Batches(set, { size: 12, seed: 3, crop: 6, augment: [] }).batch(0, 0);
    expectClose(await list.images.data(), await plain.images.data(), 1e-6);
    expect(await list.labels.data()).toEqual(await plain.labels.data());
  });

  it("crop at random places by a shift", async () => {
    const shifted = await augmented(set, [shift(1)], { crop: { height: 7, width: 6 } });
    const original = await augmented(set, []);
    for (const [i, image] of shifted.entries()) {
      const places = [0, 1, 2].flatMap((top) =>
        [0, 1, 2].map((left) =>
          rows(original[i]!, 8)
            .slice(top, top + 7)
            .flatMap((row) => row.slice(left, left + 6)),
        ),
      );
      expect(indexOf(image, places)).toBeGreaterThanOrEqual(0);
    }
  });

  it("refuse what cannot be", () => {
    expect(() => shift(0.5)).toThrow("shift: pixels is 0.5");
    expect(() => shift(1, { fill: 2 })).toThrow("shift: fill is 2, but must be between 0 and 1");
    expect(() => flip("horizontal", 2)).toThrow("flip: probability is 2");
    expect(() => affine({ scale: 0.5 })).toThrow("affine: scale is 0.5");
    expect(() => affine({ rotate: Number.NaN })).toThrow("affine: rotate is NaN");
    expect(() => elastic({ sigma: 0 })).toThrow("elastic: sigma is 0");
    expect(() => elastic({ alpha: -1 })).toThrow("elastic: alpha is -1, but must be at least 0");
    expect(() => noise(-1)).toThrow("standardDeviation is -1");
    expect(() => cutout(0)).toThrow("cutout: size is 0");
    expect(() => brightness(2)).toThrow("brightness: amount is 2");
    const cropping: Augmentation = (images) => images.slice([0, 0, 1, 1], [5, 1, 9, 8]);
    expect(() => new Batches(set, { ...options, augment: [flip(), cropping] }).batch(0, 0)).toThrow(
      "augment: entry 1 made float32[5, 1, 8, 7] of float32[5, 1, 9, 8]; it must keep shape and type",
    );
  });
});

describe("resampling", () => {
  const image = tensor(Float32Array.of(0, 10, 20, 30, 40, 50), { shape: [1, 1, 2, 3] });
  const read = async (y: number, x: number, fill = 0) => {
    const at = (value: number) => tensor(value).broadcastTo([1, 2, 3]);
    return (await resample(image, { y: at(y), x: at(x) }, fill).data())[0]!;
  };

  it("is exact at pixels, and bilinear between them", async () => {
    expect(await read(1, 2)).toBe(50);
    expect(await read(0.5, 1)).toBe(25);
    expect(await read(0.25, 1.5)).toBeCloseTo(15 + 7.5, 5);
  });

  it("fades into the fill within a pixel, however far outside it is asked", async () => {
    expect(await read(1, 2.5)).toBeCloseTo(25, 5);
    expect(await read(-0.5, 1, 6)).toBeCloseTo(8, 5);
    for (const far of [-1, 2, 3e4, -1e20, 1e20]) expect(await read(far, 1, 7)).toBe(7);
  });

  it("blurs with weights that add up to 1 away from the borders", async () => {
    const matrix = await gaussianBlur(41, 3).data();
    const middle = Array.from(matrix).slice(20 * 41, 21 * 41);
    expect(middle.reduce((sum, weight) => sum + weight)).toBeCloseTo(1, 5);
    expect(middle[23]! / middle[20]!).toBeCloseTo(Math.exp(-0.5), 5);
    expect(
      Array.from(matrix)
        .slice(0, 41)
        .reduce((sum, weight) => sum + weight),
    ).toBeLessThan(0.6);
  });
});

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
