import { describe, expect, it } from "vitest";
import { data, inspect, nn } from "../../src/index.js";
import { RandomStream } from "../../src/random/stream.js";

const stream = new RandomStream(33);
const count = 11;
const set: data.LabelledImages = {
  name: "noise",
  pixels: Uint8Array.from({ length: count * 64 }, () => stream.integer(4) * 60),
  labels: new Uint8Array(count),
  count,
  channels: 1,
  height: 8,
  width: 8,
  classes: ["a"],
};
const model = nn.sequential([nn.conv2d(3, 3), nn.relu(), nn.maxPool2d(2), nn.flatten(), nn.dense(2)]);
model.build([1, 8, 8], { seed: 1 });

describe("topPatches", () => {
  it("are the strongest places of all images, in order, with what they see", async () => {
    const { images } = new data.Batches(set, { size: count, seed: 0, shuffle: false }).batch(0, 0);
    const maps = (await inspect.activations(model, images).outputs["1"]!.array()) as number[][][][];
    const expected = [2, 0].map((channel) => ({
      channel,
      patches: maps
        .map((example, image) => {
          const values = example[channel]!.flat();
          const place = values.indexOf(Math.max(...values));
          const position = [Math.floor(place / 6), place % 6] as const;
          const [y, x] = position;
          const box = { start: [0, y, x], stop: [1, y + 3, x + 3] };
          return { image, position, value: values[place]!, box };
        })
        .sort((a, b) => b.value - a.value || a.image - b.image)
        .slice(0, 4),
    }));
    for (const batchSize of [1, 4, 100]) {
      const found = await inspect.topPatches(model, set, {
        path: "1",
        channels: [2, 0],
        count: 4,
        batchSize,
      });
      const rounded = (list: readonly inspect.ChannelPatches[]) =>
        list.map(({ channel, patches }) => ({
          channel,
          patches: patches.map((patch) => ({ ...patch, value: Math.fround(patch.value).toFixed(5) })),
        }));
      expect(rounded(found)).toEqual(rounded(expected));
    }
  });

  it("prefer earlier images, and places, among equals", async () => {
    const grey = { ...set, pixels: new Uint8Array(count * 64).fill(100) };
    const [first] = await inspect.topPatches(model, grey, { path: "0", count: 3, batchSize: 2 });
    expect(first!.patches.map(({ image, position }) => [image, position])).toEqual([
      [0, [0, 0]],
      [1, [0, 0]],
      [2, [0, 0]],
    ]);
  });

  it("take classes, too, and all images where there are no more", async () => {
    const found = await inspect.topPatches(model, set, { count: 50 });
    expect(found.map(({ channel }) => channel)).toEqual([0, 1]);
    expect(found[1]!.patches).toHaveLength(count);
    expect(found[1]!.patches[0]!.position).toEqual([]);
    expect(found[1]!.patches[0]!.box).toEqual({ start: [0, 0, 0], stop: [1, 8, 8] });
  });

  it("say what does not fit", async () => {
    await expect(inspect.topPatches(model, set, { path: "7" })).rejects.toThrow(/topPatches.*no layer "7"/);
    await expect(inspect.topPatches(model, set, { path: "0", channels: [3] })).rejects.toThrow(
      /no channel 3.*0 to 2/,
    );
    await expect(inspect.topPatches(model, set, { count: 0 })).rejects.toThrow(/count is 0/);
  });
});
