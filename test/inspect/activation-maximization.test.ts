import { describe, expect, it } from "vitest";
import { inspect, nn, ShapeError } from "../../src/index.js";
import { expectClose } from "../support/close.js";

const model = nn.sequential([
  nn.conv2d(4, 3, { padding: "same" }),
  nn.relu(),
  nn.maxPool2d(2),
  nn.conv2d(3, 3),
  nn.flatten(),
  nn.dense(3),
]);
model.build([1, 10, 10], { seed: 6 });

describe("activationMaximization", () => {
  it.each<inspect.ActivationMaximizationOptions>([
    { channel: 1 },
    { path: "3", channel: 2 },
    { path: "3", channel: 0, position: [1, 1] },
    { channel: 0, jitter: 1, blur: { sigma: 0.6, every: 4 } },
  ])("raises the score: %o", async (options) => {
    const { image, scores } = await inspect.activationMaximization(model, { ...options, steps: 20 });
    expect(image.shape).toEqual([1, 1, 10, 10]);
    expect(scores).toHaveLength(21);
    expect(scores[20]!).toBeGreaterThan(scores[0]! + 0.2);
    expect(Math.max(...(await image.data()).map(Math.abs))).toBeLessThanOrEqual(0.5);
  });

  it("of a linear score ends where the weights say: at the borders of the range", async () => {
    const linear = nn.sequential([nn.flatten(), nn.dense(2)]);
    linear.build([1, 3, 3], { seed: 2 });
    const weights = Array.from((await linear.parameters()[0]!.data()).slice(9));
    const { image, scores } = await inspect.activationMaximization(linear, {
      channel: 1,
      decay: 0,
      steps: 5,
      learningRate: 1000,
      range: [-1, 2],
    });
    const expected = weights.map((weight) => (weight > 0 ? 2 : -1));
    expectClose(await image.data(), expected, 1e-6);
    expect(scores.at(-1)).toBeCloseTo(
      expected.reduce((sum, x, i) => sum + x * weights[i]!, (await linear.parameters()[1]!.data())[1]!),
      4,
    );
  });

  it("is the same for the same seed, step by step or at once, and other for others", async () => {
    const options = { path: "3", channel: 1, jitter: 2, blur: { sigma: 1, every: 3 }, seed: 4 };
    const { image, scores } = await inspect.activationMaximization(model, { ...options, steps: 5 });
    const slow = new inspect.ActivationMaximization(model, options);
    expect(slow.image).toBeUndefined();
    for (let i = 0; i < 5; i++) expect(await slow.step()).toBe(scores[i + 1]);
    expect(await slow.image!.data()).toEqual(await image.data());
    const other = await inspect.activationMaximization(model, { ...options, seed: 5, steps: 5 });
    expect(await other.image.data()).not.toEqual(await image.data());
  });

  it("says what does not fit", async () => {
    const make = (options: Partial<inspect.ActivationMaximizationOptions>) => () =>
      new inspect.ActivationMaximization(model, { channel: 0, ...options });
    expect(make({ path: "8" })).toThrow(/no layer "8"/);
    expect(make({ channel: 3 })).toThrow(/unit \[3\]/);
    expect(make({ path: "3", position: [3, 0] })).toThrow(ShapeError);
    expect(make({ learningRate: 0 })).toThrow(/learningRate is 0/);
    expect(make({ decay: 1 })).toThrow(/decay is 1/);
    expect(make({ noise: -1 })).toThrow(/noise is -1/);
    expect(make({ jitter: 0.5 })).toThrow(/jitter is 0.5.*integer/);
    expect(make({ jitter: 10 })).toThrow(/jitter is 10.*below the image's 10/);
    expect(make({ blur: { sigma: 0, every: 1 } })).toThrow(/blur.sigma is 0/);
    expect(make({ blur: { sigma: 1, every: 0 } })).toThrow(/blur.every is 0/);
    const rows = nn.sequential([nn.dense(2)]);
    rows.build([4]);
    expect(() => new inspect.ActivationMaximization(rows, { channel: 0, jitter: 1 })).toThrow(
      /\[4\].*\[C, H, W\]/,
    );
    await expect(inspect.activationMaximization(model, { channel: 0, steps: 0 })).rejects.toThrow(
      /steps is 0/,
    );
  });
});
