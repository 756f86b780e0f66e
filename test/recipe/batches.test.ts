import { describe, expect, it } from "vitest";
import { Batches } from "../../src/data/batches.js";
import type { LabelledImages } from "../../src/data/labelled-images.js";
import { batchOptionsOf } from "../../src/recipe/batches.js";
import { parseRecipe } from "../../src/recipe/parse.js";
import { small } from "./support.js";

const [count, channels, side] = [20, 3, 6];

/** Coloured images in which every pixel is another and none is 0. */
const set: LabelledImages = {
  name: "coloured",
  pixels: Uint8Array.from({ length: count * channels * side * side }, (_, i) => 1 + (i % 253)),
  labels: new Uint8Array(count),
  count,
  channels,
  height: side,
  width: side,
  classes: ["thing"],
};

type Place = { readonly top: number; readonly left: number; readonly mirrored: boolean };

/** The image as seen through a window at a place, then perhaps mirrored: dark outside. */
function seen(index: number, extent: number, { top, left, mirrored }: Place): string {
  const values: number[] = [];
  for (let channel = 0; channel < channels; channel++) {
    for (let y = top; y < top + extent; y++) {
      for (let column = 0; column < extent; column++) {
        const x = left + (mirrored ? extent - 1 - column : column);
        const inside = x >= 0 && x < side && y >= 0 && y < side;
        values.push(inside ? set.pixels[((index * channels + channel) * side + y) * side + x]! : 0);
      }
    }
  }
  return values.join();
}

/** Where each image of the first epoch's batch was taken from: all places within reach are tried. */
async function places(preprocessing: object, extent: number): Promise<(Place | undefined)[]> {
  const recipe = parseRecipe({ ...small, batchSize: count, preprocessing }, "r");
  const { images, indices } = new Batches(set, batchOptionsOf(recipe)).batch(0, 0);
  const { scale, offset } = recipe.preprocessing;
  const pixels = Array.from(await images.data(), (value) => Math.round((Number(value) - offset) / scale));
  expect(images.shape).toEqual([count, channels, extent, extent]);
  const size = channels * extent * extent;
  const offsets = [-2, -1, 0, 1, 2];
  const all = offsets.flatMap((top) =>
    offsets.flatMap((left) => [false, true].map((mirrored) => ({ top, left, mirrored }))),
  );
  return Array.from(indices, (index, i) => {
    const image = pixels.slice(i * size, (i + 1) * size).join();
    return all.find((place) => seen(index, extent, place) === image);
  });
}

const distinct = (values: readonly unknown[]) => [...new Set(values)].sort();

describe("batches of recipes, of images in colour", () => {
  it("are whole images by default", async () => {
    const whole = Array.from({ length: count }, () => ({ top: 0, left: 0, mirrored: false }));
    expect(await places({}, side)).toEqual(whole);
  });

  it("are cut at random places and half of them mirrored", async () => {
    const found = await places({ crop: 4, mirror: true }, 4);
    expect(found).not.toContain(undefined);
    expect(distinct(found.map((place) => place!.mirrored))).toEqual([false, true]);
    expect(distinct(found.map((place) => place!.top))).toEqual([0, 1, 2]);
    expect(distinct(found.map((place) => place!.left))).toEqual([0, 1, 2]);
  });

  it("are moved and half of them mirrored", async () => {
    const found = await places({ shift: 2, mirror: true, scale: 1 / 128, offset: -1 }, side);
    expect(found).not.toContain(undefined);
    expect(distinct(found.map((place) => place!.mirrored))).toEqual([false, true]);
    expect(found.map((place) => place!.top)).toEqual(expect.arrayContaining([-2, 2]));
    expect(found.map((place) => place!.left)).toEqual(expect.arrayContaining([-2, 2]));
    const still = await places({ shift: 2 }, side);
    expect(distinct(still.map((place) => place!.mirrored))).toEqual([false]);
  });
});
