import { describe, expect, it } from "vitest";
import { compile, inspect, losses, nn, type Tensor, tensor, tensor as values } from "../../src/index.js";
import { RandomStream } from "../../src/random/stream.js";
import { expectClose } from "../support/close.js";

const stream = new RandomStream(7);
const noise = (size: number) => Float32Array.from({ length: size }, () => stream.normal());
const images = tensor(noise(3 * 36), { shape: [3, 1, 6, 6] });
const labels = tensor([0, 2, 1], { dtype: "int32" });
const model = nn.sequential([nn.conv2d(2, 3), nn.relu(), nn.flatten(), nn.dense(3)]);
model.build([1, 6, 6], { seed: 2 });

describe("activations", () => {
  it("are every layer's outputs, and what a loss changes with them", async () => {
    const look = compile((x: Tensor) =>
      inspect.activations(model, x, { gradientOf: (output) => losses.crossEntropy(output, labels) }),
    );
    const { outputs, gradients } = look(images);
    expect(Object.keys(outputs).sort()).toEqual(["", "0", "1", "2", "3"]);
    for (const [path, output] of Object.entries(outputs))
      expect(gradients[path]!.shape).toEqual(output.shape);
    expect(await outputs[""]!.array()).toEqual(await model.forward(images).array());
    expect(await outputs["1"]!.data()).toEqual(
      (await outputs["0"]!.data()).map((value) => Math.max(0, value)),
    );
    // The derivative of cross-entropy by its logits.
    const expected = outputs[""]!.softmax(1)
      .subtract(
        tensor([
          [1, 0, 0],
          [0, 0, 1],
          [0, 1, 0],
        ]),
      )
      .divide(3);
    expectClose(await gradients["3"]!.data(), await expected.data(), 1e-6);
    const behind = await gradients["1"]!.data();
    const before = (await outputs["0"]!.data()).map((value, i) => (value > 0 ? behind[i]! : 0));
    expectClose(await gradients["0"]!.data(), before, 1e-6);
  });

  it("are those of the layers asked for; it names the others", () => {
    expect(Object.keys(inspect.activations(model, images, { paths: ["3", "0"] }).outputs)).toHaveLength(2);
    expect(() => inspect.activations(model, images, { paths: ["4"] })).toThrow(/"0", "1", "2", "3"/);
  });
});

describe("statistics", () => {
  it("describe values and units", async () => {
    const x = values([
      [
        [1, -2],
        [0, 0],
        [0, 3],
      ],
      [
        [0, 4],
        [0, 0],
        [0, 0],
      ],
    ]);
    const figures = inspect.statistics(x);
    const numbers = Object.fromEntries(
      await Promise.all(
        Object.entries(figures).map(async ([name, figure]) => [name, await figure.item()] as const),
      ),
    );
    expect(numbers.mean).toBeCloseTo(0.5, 6);
    expect(numbers.standardDeviation).toBeCloseTo(Math.sqrt(30 / 12 - 0.25), 6);
    expect([numbers.minimum, numbers.maximum]).toEqual([-2, 4]);
    expect(numbers.sparsity).toBeCloseTo(8 / 12, 6);
    expect(numbers.dead).toBeCloseTo(1 / 3, 6);
    expect(() => inspect.statistics(tensor([1, 2]))).toThrow(/\[2\].*\[N, units/);
  });
});

describe("histogram", () => {
  const count = async (list: number[], options?: inspect.HistogramOptions) => {
    const { counts, edges } = inspect.histogram(tensor(list), options);
    return { counts: Array.from(await counts.data()), edges: Array.from(await edges.data()) };
  };

  it("counts every value once, the greatest in the last bin", async () => {
    expect(await count([0, 1, 1.5, 2, 3.9, 4], { bins: 4 })).toEqual({
      counts: [1, 2, 1, 2],
      edges: [0, 1, 2, 3, 4],
    });
    const list = Array.from(noise(1000));
    expect((await count(list, { bins: 7 })).counts.reduce((sum, n) => sum + n)).toBe(1000);
  });

  it("leaves out what is outside the range, and NaN", async () => {
    const { counts } = await count([-1, 0, 0.5, 1, 1.1, Number.NaN], { bins: 2, range: [0, 1] });
    expect(counts).toEqual([1, 2]);
  });

  it("takes values that are all equal", async () => {
    expect((await count([5, 5, 5], { bins: 3 })).counts).toEqual([0, 0, 3]);
  });

  it("refuses bins and ranges that are none", () => {
    expect(() => inspect.histogram(tensor([1]), { bins: 0 })).toThrow(/bins is 0/);
    expect(() => inspect.histogram(tensor([1]), { range: [1, 1] })).toThrow(/range is \[1, 1\]/);
  });
});

describe("correlation", () => {
  it("is 1 for equal units, -1 for opposite ones, and 0 for those that never change", async () => {
    const unit = noise(8);
    const columns = [unit, unit.map((x) => 3 * x + 1), unit.map((x) => -x), unit.map(() => 2)];
    const x = tensor(
      Float32Array.from({ length: 32 }, (_, i) => columns[(i >> 1) % 4]![2 * (i >> 3) + (i & 1)]!),
      { shape: [4, 4, 2] },
    );
    expectClose(
      await inspect.correlation(x).data(),
      [1, 1, -1, 0, 1, 1, -1, 0, -1, -1, 1, 0, 0, 0, 0, 0],
      1e-5,
    );
  });

  it("is 0 for units that never change, also where the mean of equal numbers is rounded", async () => {
    const x = values(Array.from({ length: 12 }, () => [0.98, 0.9899, 0.0101]));
    expect(Array.from(await inspect.correlation(x).data())).toEqual(new Array(9).fill(0));
  });

  it("is that of the textbook", async () => {
    const [a, b] = [noise(50), noise(50)];
    const mean = (list: Float32Array) => list.reduce((sum, x) => sum + x, 0) / list.length;
    const covariance = (p: Float32Array, q: Float32Array) =>
      mean(p.map((x, i) => (x - mean(p)) * (q[i]! - mean(q))));
    const x = tensor(
      Float32Array.from({ length: 100 }, (_, i) => (i % 2 ? b : a)[i >> 1]!),
      { shape: [50, 2] },
    );
    const expected = covariance(a, b) / Math.sqrt(covariance(a, a) * covariance(b, b));
    expect((await inspect.correlation(x).data())[1]).toBeCloseTo(expected, 5);
  });
});
