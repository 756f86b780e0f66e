import { beforeAll, describe, expect, it } from "vitest";
import * as nn from "../../src/nn/index.js";
import { useDevice } from "../../src/runtime/device.js";
import { tensor } from "../../src/tensor/creation.js";
import { Evaluator, summarize } from "../../src/train/evaluate.js";
import { bars, network } from "./support.js";

beforeAll(() => void useDevice({ backend: "reference" }));

describe("summarize", () => {
  const set = { ...bars(4), labels: Uint8Array.of(0, 1, 2, 2) };
  const probabilities = Float64Array.of(
    ...[0.7, 0.1, 0.1, 0.1],
    ...[0.6, 0.2, 0.1, 0.1],
    ...[0.0, 0.0, 1.0, 0.0],
    ...[0.1, 0.0, 0.0, 0.9],
  );

  it("counts", () => {
    const { accuracy, confusion, count, loss, mistakes } = summarize(set, probabilities);
    expect(count).toBe(4);
    expect(accuracy).toBe(0.5);
    expect(confusion).toEqual([
      [1, 0, 0, 0],
      [1, 0, 0, 0],
      [0, 0, 1, 1],
      [0, 0, 0, 0],
    ]);
    expect(loss).toBeCloseTo(-(Math.log(0.7) + Math.log(0.2) + Math.log(1e-38)) / 4, 10);
    expect(mistakes).toEqual([
      { index: 3, label: 2, predicted: 3, probability: 0.9, labelProbability: 0 },
      { index: 1, label: 1, predicted: 0, probability: 0.6, labelProbability: 0.2 },
    ]);
  });

  it("counts a network that gives NaN as wrong", () => {
    const { accuracy, mistakes } = summarize({ ...set, count: 1 }, new Float64Array(4).fill(Number.NaN));
    expect(accuracy).toBe(0);
    expect(mistakes).toHaveLength(1);
  });
});

describe("Evaluator", () => {
  it("gives the softmax of the model's output, whatever the batch size", async () => {
    const set = bars(7);
    const model = network();
    const pixels = Float32Array.from(set.pixels, (pixel) => pixel / 255 - 0.5);
    const direct = await model
      .forward(tensor(pixels, { shape: [7, 1, 8, 8] }))
      .softmax(1)
      .data();
    for (const batchSize of [3, 7, 20]) {
      const probabilities = await new Evaluator(model, { batchSize }).probabilities(set);
      expect(probabilities).toHaveLength(28);
      for (const [i, p] of probabilities.entries()) expect(p).toBeCloseTo(direct[i] as number, 6);
    }
  });

  it("averages over the centre and its neighbours", async () => {
    const set = bars(5);
    const model = network(1, 6);
    const all = await new Evaluator(model, { crop: 6, crops: "neighbours" }).probabilities(set);
    const sums = new Float64Array(20);
    for (const place of [0, 1, 2, 3, 4, 5, 6, 7, 8]) {
      const [top, left] = [Math.floor(place / 3), place % 3];
      const pixels = new Float32Array(5 * 36);
      for (let i = 0; i < 5; i++) {
        for (let y = 0; y < 6; y++) {
          for (let x = 0; x < 6; x++) {
            pixels[i * 36 + y * 6 + x] =
              (set.pixels[i * 64 + (top + y) * 8 + left + x] as number) / 255 - 0.5;
          }
        }
      }
      const one = await model
        .forward(tensor(pixels, { shape: [5, 1, 6, 6] }))
        .softmax(1)
        .data();
      for (const [i, p] of one.entries()) sums[i] = (sums[i] as number) + p / 9;
    }
    for (const [i, p] of all.entries()) expect(p).toBeCloseTo(sums[i] as number, 6);
  });

  it("refuses a model with another number of classes", async () => {
    const model = nn.sequential([nn.flatten(), nn.dense(3)]);
    model.build([1, 8, 8]);
    await expect(new Evaluator(model).evaluate(bars(5))).rejects.toThrow(/must be \[batch, 4\]/);
  });
});
