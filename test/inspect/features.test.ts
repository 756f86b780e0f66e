import { describe, expect, it } from "vitest";
import { data, inspect, losses, nn, ShapeError, tensor } from "../../src/index.js";
import { RandomStream } from "../../src/random/stream.js";
import { expectClose } from "../support/close.js";

const stream = new RandomStream(32);
const set: data.LabelledImages = {
  name: "noise",
  pixels: Uint8Array.from({ length: 7 * 36 }, () => stream.integer(256)),
  labels: Uint8Array.from({ length: 7 }, (_, i) => i % 3),
  count: 7,
  channels: 1,
  height: 6,
  width: 6,
  classes: ["a", "b", "c"],
};

describe("features", () => {
  const model = nn.sequential([nn.conv2d(2, 3), nn.relu(), nn.flatten(), nn.dense(3)]);
  model.build([1, 6, 6], { seed: 1 });

  it("are a layer's activations for each image, in order, however they are batched", async () => {
    const batch = new data.Batches(set, { size: 7, seed: 0, shuffle: false }).batch(0, 0);
    const { outputs } = inspect.activations(model, batch.images);
    for (const batchSize of [1, 3, 7, 100]) {
      const found = await inspect.features(model, set, { path: "1", batchSize });
      expect(found.shape).toEqual([7, 2 * 4 * 4]);
      expectClose(await found.data(), await outputs["1"]!.data(), 1e-6);
    }
    expectClose(await (await inspect.features(model, set)).data(), await outputs[""]!.data(), 1e-6);
  });

  it("take crops and scalings, and name layers that do not exist", async () => {
    const small = nn.sequential([nn.conv2d(1, 3)]);
    small.build([1, 4, 4]);
    const found = await inspect.features(small, set, { crop: 4, scaling: { scale: 1, offset: 0 } });
    expect(found.shape).toEqual([7, 4]);
    await expect(inspect.features(model, set, { path: "5" })).rejects.toThrow(/no layer "5"/);
  });
});

describe("linearSvm", () => {
  it("puts the border in the middle between two classes, for points given in any unit", async () => {
    for (const unit of [1, 1000]) {
      const points = tensor(
        [
          [-3, 0],
          [-1, 1],
          [-1, -1],
          [1, 1],
          [1, -1],
          [3, 0],
        ].map((row) => row.map((x) => unit * (x + 5))),
      );
      const labels = tensor([0, 0, 0, 1, 1, 1], { dtype: "int32" });
      const svm = await inspect.linearSvm(points, labels, { classes: 2, cost: 1e4 });
      const scores = (await svm.forward(points).array()) as number[][];
      // The four points nearest to the border are on the margin, on either side of it.
      expectClose(scores.slice(1, 5).flat(), [1, -1, 1, -1, -1, 1, -1, 1], 0.02);
    }
  });

  it("meets the optimum's condition: the gradient of its objective is 0", async () => {
    // One feature, three examples: the minimum is where the derivatives by w and b vanish.
    const x = [-1, 0, 2];
    const y = [-1, 1, 1];
    const svm = await inspect.linearSvm(tensor(x.map((v) => [v])), tensor([0, 1, 1], { dtype: "int32" }), {
      classes: 2,
      cost: 2,
    });
    const mean = 1 / 3;
    const length = Math.sqrt(x.reduce((sum, v) => sum + (v - mean) ** 2, 0) / 3);
    const [weight, bias] = [(await svm.weight.data())[1]!, (await svm.bias!.data())[1]!];
    const w = weight * length;
    const b = bias + weight * mean;
    const lack = x.map((v, i) => Math.max(0, 1 - y[i]! * ((w * (v - mean)) / length + b)));
    const byWeight = w - 2 * 2 * lack.reduce((sum, l, i) => sum + (l * y[i]! * (x[i]! - mean)) / length, 0);
    const byBias = -2 * 2 * lack.reduce((sum, l, i) => sum + l * y[i]!, 0);
    expect(byWeight).toBeCloseTo(0, 4);
    expect(byBias).toBeCloseTo(0, 4);
  });

  it("classifies several classes", async () => {
    const centres = [
      [0, 4],
      [4, 0],
      [-4, -4],
      [5, 5],
    ];
    const labels = Array.from({ length: 80 }, (_, i) => i % 4);
    const points = tensor(labels.map((label) => centres[label]!.map((x) => x + stream.normal())));
    const wanted = tensor(labels, { dtype: "int32" });
    const svm = await inspect.linearSvm(points, wanted, { classes: 4 });
    expect(await losses.accuracy(svm.forward(points), wanted).item()).toBeGreaterThan(0.95);
  });

  it("says what does not fit", async () => {
    const two = tensor([0, 1], { dtype: "int32" });
    await expect(inspect.linearSvm(tensor([[1], [2], [3]]), two, { classes: 2 })).rejects.toThrow(ShapeError);
    await expect(inspect.linearSvm(tensor([[1], [2]]), two, { classes: 2, cost: 0 })).rejects.toThrow(
      /cost is 0/,
    );
  });
});
