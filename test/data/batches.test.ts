import { describe, expect, it } from "vitest";
import { type Batch, Batches, batches } from "../../src/data/batches.js";
import type { LabelledImages } from "../../src/data/labelled-images.js";
import { centreCrop, randomPlace, testPlaces } from "../../src/data/preprocess.js";
import { ShapeError } from "../../src/shape/shape.js";

/** Image i is 4 x 5, its pixels `10 i + position`, so that every value tells where it came from. */
function numbered(count: number): LabelledImages {
  const pixels = Uint8Array.from({ length: count * 20 }, (_, i) => 10 * Math.floor(i / 20) + (i % 20));
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 3);
  return {
    name: "numbered",
    pixels,
    labels,
    count,
    channels: 1,
    height: 4,
    width: 5,
    classes: ["x", "y", "z"],
  };
}

const asTheyAre = { scale: 1, offset: 0 };

async function all(set: LabelledImages, options: Parameters<typeof batches>[1]) {
  const found: (Omit<Batch, "images" | "labels"> & { images: number[]; labels: number[] })[] = [];
  for await (const { images, labels, ...rest } of batches(set, options)) {
    found.push({ ...rest, images: [...(await images.data())], labels: [...(await labels.data())] });
  }
  return found;
}

describe("batches", () => {
  it("hold every example once an epoch, with its label, in another order each epoch", async () => {
    const found = await all(numbered(10), { size: 4, seed: 1, epochs: 2, scaling: asTheyAre });
    expect(found.map(({ epoch, step }) => [epoch, step])).toEqual([
      [0, 0],
      [0, 1],
      [0, 2],
      [1, 0],
      [1, 1],
      [1, 2],
    ]);
    const orders = [0, 1].map((epoch) =>
      found.filter((b) => b.epoch === epoch).flatMap((b) => [...b.indices]),
    );
    for (const order of orders)
      expect([...order].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(orders[0]).not.toEqual(orders[1]);
    for (const { images, labels, indices } of found) {
      expect(labels).toEqual([...indices].map((index) => index % 3));
      expect(images).toHaveLength(indices.length * 20);
      expect(images.filter((_, i) => i % 20 === 0)).toEqual([...indices].map((index) => 10 * index));
    }
  });

  it("are tensors of the stated types", async () => {
    const { images, labels } = new Batches(numbered(3), { size: 2, seed: 1 }).batch(0, 1);
    expect([images.dtype, images.shape]).toEqual(["float32", [1, 1, 4, 5]]);
    expect([labels.dtype, labels.shape]).toEqual(["int32", [1]]);
  });

  it("scale pixels from -0.5 to 0.5 unless told otherwise", async () => {
    const set = { ...numbered(1), pixels: Uint8Array.from({ length: 20 }, (_, i) => (i === 0 ? 255 : 0)) };
    const [batch] = await all(set, { size: 1, seed: 1 });
    expect(batch?.images.slice(0, 2)).toEqual([0.5, -0.5]);
  });

  it("keep the set's order without shuffling, and leave out what does not fill a batch if asked", async () => {
    const found = await all(numbered(7), { size: 3, seed: 1, shuffle: false, dropLast: true });
    expect(found.map(({ indices }) => [...indices])).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
  });

  it("are a pure function of seed, epoch and step", async () => {
    const options = { size: 3, seed: 5, crop: 3, augment: { crop: true, mirror: true } };
    const inOrder = await all(numbered(9), { ...options, epochs: 3 });
    const jumping = new Batches(numbered(9), options);
    for (const place of [7, 2, 8, 0, 4]) {
      const { images, indices } = jumping.batch(Math.floor(place / 3), place % 3);
      expect(indices).toEqual(inOrder[place]?.indices);
      expect([...(await images.data())]).toEqual(inOrder[place]?.images);
    }
    const other = await all(numbered(9), { ...options, seed: 6 });
    expect(other).not.toEqual(inOrder.slice(0, 3));
  });

  it("crop at the centre, or at random places that all occur", async () => {
    const [fixed] = await all(numbered(1), {
      size: 1,
      seed: 1,
      crop: { height: 2, width: 3 },
      scaling: asTheyAre,
    });
    expect(fixed?.images).toEqual([6, 7, 8, 11, 12, 13]);
    const corners = new Set<number>();
    const options = {
      size: 1,
      seed: 1,
      crop: { height: 2, width: 3 },
      augment: { crop: true },
      scaling: asTheyAre,
    };
    for (const { images } of await all(numbered(1), { ...options, epochs: 200 })) {
      const corner = images[0] as number;
      corners.add(corner);
      expect(images.map((value) => value - corner)).toEqual([0, 1, 2, 5, 6, 7]);
    }
    expect([...corners].sort((a, b) => a - b)).toEqual([0, 1, 2, 5, 6, 7, 10, 11, 12]);
  });

  it("mirror about half of the images, left to right", async () => {
    const options = { size: 1, seed: 1, augment: { mirror: true }, scaling: asTheyAre, epochs: 200 };
    const firsts = (await all(numbered(1), options)).map(({ images }) => images.slice(0, 5).join());
    const mirrored = firsts.filter((row) => row === "4,3,2,1,0").length;
    expect(mirrored + firsts.filter((row) => row === "0,1,2,3,4").length).toBe(200);
    expect(mirrored).toBeGreaterThan(70);
    expect(mirrored).toBeLessThan(130);
  });

  it("refuse what cannot be", () => {
    expect(() => new Batches(numbered(3), { size: 0, seed: 1 })).toThrow(/size is 0.*integer of at least 1/);
    expect(() => new Batches(numbered(3), { size: 4, seed: 1, dropLast: true })).toThrow(/only 3 examples/);
    expect(() => new Batches(numbered(0), { size: 4, seed: 1 })).toThrow(/no examples/);
    expect(() => new Batches(numbered(3), { size: 1, seed: 1, crop: 5 })).toThrow(ShapeError);
    expect(() => new Batches(numbered(3), { size: 1, seed: 1, crop: 5 })).toThrow(/1 to 4 and 1 to 5/);
    expect(() => new Batches(numbered(3), { size: 1, seed: 1 }).batch(0, 3)).toThrow(/an epoch has 3/);
  });
});

describe("crops", () => {
  it("at random are spread evenly", () => {
    const counts = new Array<number>(25).fill(0);
    for (let index = 0; index < 25_000; index++) {
      const { top, left } = randomPlace(1, 0, index, { height: 4, width: 4 }, false);
      counts[top * 5 + left] = (counts[top * 5 + left] as number) + 1;
    }
    // Chi-squared with 24 degrees of freedom is below 51 with a probability of 0.999.
    const chi = counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    expect(chi).toBeLessThan(51);
  });

  it("to test are the centre, or it and its neighbours, as far as they fit", () => {
    const places = (size: { height: number; width: number }, crops: "centre" | "neighbours") =>
      testPlaces(numbered(1), size, crops).map(({ top, left }) => [top, left]);
    expect(places({ height: 2, width: 2 }, "centre")).toEqual([[1, 1]]);
    expect(places({ height: 2, width: 2 }, "neighbours")).toEqual(
      [0, 1, 2].flatMap((y) => [0, 1, 2].map((x) => [y, x])),
    );
    expect(places({ height: 3, width: 5 }, "neighbours")).toEqual([
      [0, 0],
      [1, 0],
    ]);
    expect(places({ height: 4, width: 5 }, "neighbours")).toEqual([[0, 0]]);
  });

  it("of whole sets keep the centre", () => {
    const cut = centreCrop(numbered(2), { height: 2, width: 3 });
    expect([...cut.pixels]).toEqual([6, 7, 8, 11, 12, 13, 16, 17, 18, 21, 22, 23]);
    expect([cut.height, cut.width, cut.count]).toEqual([2, 3, 2]);
  });
});
