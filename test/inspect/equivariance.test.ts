import { describe, expect, it } from "vitest";
import { inspect, nn, ShapeError, tensor } from "../../src/index.js";
import { RandomStream } from "../../src/random/stream.js";

const stream = new RandomStream(2);
const images = tensor(
  Float32Array.from({ length: 2 * 30 * 32 }, () => stream.normal()),
  { shape: [2, 1, 30, 32] },
);

const build = (layers: nn.Module[]) => {
  const model = nn.sequential(layers);
  model.build([1, 24, 24], { seed: 1 });
  return model;
};

describe("equivariance", () => {
  it("of convolutions and activations is exact for every shift", async () => {
    const model = build([nn.conv2d(4, 5), nn.relu(), nn.conv2d(3, 3, { dilation: 2 }), nn.tanh()]);
    for (const shift of [
      [1, 0],
      [3, 5],
      [-2, -7],
      [0, 0],
    ] as const) {
      const { error, shift: moved, units } = await inspect.equivariance(model, images, { shift });
      expect(error).toBeLessThan(1e-6);
      expect(moved).toEqual(shift);
      expect(units).toBe(3 * (16 - Math.abs(shift[0])) * (16 - Math.abs(shift[1])));
    }
  });

  it("of a padded convolution is exact but for units that see the padding", async () => {
    const model = build([nn.conv2d(4, 5, { padding: "same" })]);
    const inside = await inspect.equivariance(model, images, { shift: [0, 1] });
    expect(inside.error).toBeLessThan(1e-6);
    expect(inside.units).toBe(4 * 20 * 19);
    const all = await inspect.equivariance(model, images, { shift: [0, 1], borders: true });
    expect(all.error).toBeGreaterThan(0.05);
    expect(all.units).toBe(4 * 24 * 23);
  });

  it("of pooling and strides holds for multiples of the stride", async () => {
    const model = build([nn.conv2d(4, 3), nn.relu(), nn.maxPool2d(2), nn.conv2d(4, 3, { stride: 2 })]);
    const whole = await inspect.equivariance(model, images, { path: "3", shift: [4, -4] });
    expect(whole.error).toBeLessThan(1e-6);
    expect(whole.shift).toEqual([1, -1]);
    for (const shift of [1, 2, 3]) {
      const broken = await inspect.equivariance(model, images, { path: "3", shift: [shift, 0] });
      expect(broken.error).toBeGreaterThan(0.1);
      expect(broken.shift).toEqual([shift / 4, 0]);
    }
    expect((await inspect.equivariance(model, images, { path: "2", shift: [2, 2] })).error).toBeLessThan(
      1e-6,
    );
  });

  it("of a dense layer says how far it is from not noticing", async () => {
    const blind = build([nn.conv2d(2, 3), nn.flatten(), nn.dense(5)]);
    const { error, units } = await inspect.equivariance(blind, images, { shift: [0, 3] });
    expect(error).toBeGreaterThan(0.5);
    expect(units).toBe(5);
    expect((await inspect.equivariance(blind, images, { shift: [0, 0] })).error).toBe(0);
  });

  it("says what does not fit", async () => {
    const model = build([nn.conv2d(1, 24)]);
    await expect(inspect.equivariance(model, images, { shift: [7, 0] })).rejects.toThrow(
      /at least \[31, 24\]/,
    );
    await expect(inspect.equivariance(model, images, { shift: [1] })).rejects.toThrow(ShapeError);
    await expect(inspect.equivariance(model, images, { shift: [1, 0], path: "x" })).rejects.toThrow(
      /no layer "x"/,
    );
    const padded = build([nn.conv2d(1, 23, { padding: "same" })]);
    await expect(inspect.equivariance(padded, images, { shift: [3, 0] })).rejects.toThrow(/borders: true/);
  });
});
