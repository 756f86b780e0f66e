import { describe, expect, it } from "vitest";
import { inspect, nn, type Tensor, tensor } from "../../src/index.js";
import { RandomStream } from "../../src/random/stream.js";
import { expectClose } from "../support/close.js";

const stream = new RandomStream(21);
const pixels = Float32Array.from({ length: 3 * 2 * 7 * 5 }, () => stream.normal());
const images = tensor(pixels, { shape: [3, 2, 7, 5] });
const model = nn.sequential([nn.conv2d(3, 3), nn.relu(), nn.flatten(), nn.dense(4)]);
model.build([2, 7, 5], { seed: 5 });
const probabilities = async (x: Tensor) => (await model.forward(x).softmax(1).array()) as number[][];

describe("occlusion", () => {
  it("is what covering the images one place after the other gives, however they are batched", async () => {
    const [size, stride, fill] = [3, 2, 0.25];
    const whole = await probabilities(images);
    const classes = whole.map((row) => row.indexOf(Math.max(...row)));
    const expected = new Array<number>(3 * 3 * 2).fill(Number.NaN);
    for (const [i, top] of [0, 2, 4].entries()) {
      for (const [j, left] of [0, 2].entries()) {
        const covered = pixels.map((value, at) => {
          const [y, x] = [Math.floor(at / 5) % 7, at % 5];
          return y >= top && y < top + size && x >= left && x < left + size ? fill : value;
        });
        const rest = await probabilities(tensor(covered, { shape: images.shape }));
        for (const n of [0, 1, 2]) {
          expected[6 * n + 2 * i + j] = whole[n]![classes[n]!]! - rest[n]![classes[n]!]!;
        }
      }
    }
    for (const batchSize of [1, 7, 100]) {
      const map = await inspect.occlusion(model, images, { size, stride, fill, batchSize });
      expect(map.shape).toEqual([3, 3, 2]);
      expectClose(await map.data(), expected, 1e-6);
    }
  });

  it("covers the last rows and columns also where the stride does not fit", async () => {
    const corner = nn.sequential([nn.flatten(), nn.dense(2, { bias: false })]);
    corner.build([1, 4, 4]);
    // Only the last pixel matters, for class 1.
    corner.parameters()[0]!.write(Float32Array.from({ length: 32 }, (_, i) => (i === 31 ? 2 : 0)));
    const image = tensor(new Float32Array(16).fill(1), { shape: [1, 1, 4, 4] });
    const map = await inspect.occlusion(corner, image, { size: 3, of: 1 });
    const drop = 1 / (1 + Math.exp(-2)) - 0.5;
    expectClose(await map.data(), [0, 0, 0, drop], 1e-6);
    // No place lies outside of the image, and one may be all of it.
    expect((await inspect.occlusion(corner, image, { size: 1, stride: 2 })).shape).toEqual([1, 2, 2]);
    expectClose(await (await inspect.occlusion(corner, image, { size: 9, of: 1 })).data(), [drop], 1e-6);
  });

  it("says what does not fit", async () => {
    await expect(inspect.occlusion(model, images, { size: 0 })).rejects.toThrow(/size is 0/);
    await expect(inspect.occlusion(model, images, { size: 2, stride: 0.5 })).rejects.toThrow(/stride is 0.5/);
    await expect(inspect.occlusion(model, images, { size: 2, of: 9 })).rejects.toThrow(/no class 9/);
    await expect(inspect.occlusion(model, tensor([[1]]), { size: 2 })).rejects.toThrow(
      /\[1, 1\].*\[N, C, H, W\]/,
    );
  });
});
