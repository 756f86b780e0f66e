import { describe, expect, it } from "vitest";
import { compile, grad, inspect, losses, nn, optim, type Tensor, tensor } from "../../src/index.js";
import { RandomStream } from "../../src/random/stream.js";
import { expectClose } from "../support/close.js";

const stream = new RandomStream(31);
const noise = (size: number, scale = 1) => Float32Array.from({ length: size }, () => scale * stream.normal());

/** Two scores that are linear in six values: what attacks should find is known. */
const linear = nn.dense(2);
linear.build([6]);
const weights = noise(12);
linear.weight.write(weights);
linear.bias!.write([0.1, -0.2]);
const wide = [-100, 100] as const;
const x = tensor(noise(24, 0.5), { shape: [4, 6] });
const labels = tensor([0, 1, 0, 1], { dtype: "int32" });
const others = tensor([1, 0, 1, 0], { dtype: "int32" });

/** Weights of the other class less those of the label: the direction in which the label's loss grows. */
const uphill = (label: number) =>
  Array.from({ length: 6 }, (_, i) => (weights[6 + i]! - weights[i]!) * (label ? -1 : 1));

const network = nn.sequential([nn.conv2d(4, 3), nn.tanh(), nn.maxPool2d(2), nn.flatten(), nn.dense(3)]);
network.build([1, 8, 8], { seed: 5 });
const images = tensor(
  Float32Array.from(noise(5 * 64, 0.2), (value) => Math.max(-0.5, Math.min(0.5, value))),
  { shape: [5, 1, 8, 8] },
);
const classes = tensor([0, 1, 2, 0, 1], { dtype: "int32" });
const lossOf = (batch: Tensor) => losses.crossEntropy(network.forward(batch), classes).item();
const greatest = async (change: Tensor) => change.abs().max().item();

describe("fgsm", () => {
  it("moves every value by epsilon along the sign of the gradient", async () => {
    const moved = inspect.fgsm(linear, x, labels, { epsilon: 0.25, range: wide });
    const expected = [0, 1, 0, 1].flatMap((label) => uphill(label).map((slope) => 0.25 * Math.sign(slope)));
    expectClose(await moved.subtract(x).data(), expected, 1e-6);
    const towards = inspect.fgsm(linear, x, others, { epsilon: 0.25, range: wide, targeted: true });
    expectClose(await towards.data(), await moved.data(), 1e-6);
  });

  it("stays in the range, raises the loss, and is constant to differentiation", async () => {
    const moved = inspect.fgsm(network, images, classes, { epsilon: 0.1 });
    expect(await greatest(moved)).toBeLessThanOrEqual(0.5);
    expect(await greatest(moved.subtract(images))).toBeCloseTo(0.1, 6);
    expect(await lossOf(moved)).toBeGreaterThan(await lossOf(images));
    const [through] = grad(moved.sum(), [images]);
    expect(await greatest(through)).toBe(0);
  });
});

describe("pgd", () => {
  it("finds the farthest point of the ball for a linear model", async () => {
    const options = { epsilon: 0.5, range: wide, steps: 40, stepSize: 0.3 };
    const [cube, sphere] = await Promise.all([
      inspect.pgd(linear, x, labels, options),
      inspect.pgd(linear, x, labels, { ...options, norm: "2" }),
    ]);
    const corner = [0, 1, 0, 1].flatMap((label) => uphill(label).map((slope) => 0.5 * Math.sign(slope)));
    expectClose(await cube.subtract(x).data(), corner, 1e-5);
    const length = Math.hypot(...uphill(0));
    const along = [0, 1, 0, 1].flatMap((label) => uphill(label).map((slope) => (0.5 * slope) / length));
    expectClose(await sphere.subtract(x).data(), along, 1e-3);
  });

  it.each(["infinity", "2"] as const)(
    "stays in the ball and in the range, and beats one step: %s",
    async (norm) => {
      const epsilon = norm === "2" ? 0.8 : 0.1;
      const attacked = await inspect.pgd(network, images, classes, { epsilon, norm, steps: 10 });
      const change = attacked.subtract(images);
      const sizes = norm === "2" ? change.reshape([5, 64]).norm(2, 1) : change.reshape([5, 64]).abs().max(1);
      for (const size of await sizes.data()) expect(size).toBeLessThanOrEqual(epsilon * (1 + 1e-5));
      expect(await greatest(attacked)).toBeLessThanOrEqual(0.5);
      const once = inspect.fgsm(network, images, classes, { epsilon: 0.1 });
      if (norm === "infinity") expect(await lossOf(attacked)).toBeGreaterThan(0.99 * (await lossOf(once)));
      else expect(await lossOf(attacked)).toBeGreaterThan(await lossOf(images));
    },
  );

  it("is the same for the same seed, and begins elsewhere for another", async () => {
    const run = async (seed: number) =>
      Array.from(
        await (
          await inspect.pgd(network, images, classes, { epsilon: 0.1, steps: 1, stepSize: 1e-4, seed })
        ).data(),
      );
    expect(await run(3)).toEqual(await run(3));
    expect(await run(3)).not.toEqual(await run(4));
    const still = await inspect.pgd(network, images, classes, {
      epsilon: 0.1,
      steps: 1,
      stepSize: 1e-4,
      randomStart: false,
    });
    expect(await greatest(still.subtract(images))).toBeLessThan(1.01e-4);
  });

  it("refuses options that make no sense", async () => {
    await expect(inspect.pgd(network, images, classes, { epsilon: 0 })).rejects.toThrow(/epsilon is 0/);
    await expect(inspect.pgd(network, images, classes, { epsilon: 1, steps: 1.5 })).rejects.toThrow(
      /steps is 1.5/,
    );
    await expect(inspect.pgd(network, images, classes, { epsilon: 1, range: [1, 0] })).rejects.toThrow(
      /range is \[1, 0\]/,
    );
    expect(() => inspect.fgsm(network, images, classes, { epsilon: Number.NaN })).toThrow(/epsilon is NaN/);
  });
});

describe("lbfgsAttack", () => {
  it("finds the nearest point that a linear model takes for the target", async () => {
    const {
      images: found,
      found: success,
      distortion,
    } = await inspect.lbfgsAttack(linear, x, others, { range: wide, searches: 14 });
    const scores = (await linear.forward(x).array()) as number[][];
    const length = Math.hypot(...uphill(0));
    for (const [i, label] of [0, 1, 0, 1].entries()) {
      const lead = scores[i]![label]! - scores[i]![1 - label]!;
      expect(success[i]).toBe(true);
      // Already taken for the target: nothing need change. Else, the distance from the line between the classes.
      const distance = Math.max(0, lead) / length / Math.sqrt(6);
      expect(distortion[i]).toBeGreaterThanOrEqual(distance * 0.999);
      expect(distortion[i]).toBeLessThan(distance * 1.05 + 0.02);
    }
    expect(await linear.forward(found).argmax(1).array()).toEqual([1, 0, 1, 0]);
  });

  it("keeps to the range, and to the image where nothing is found", async () => {
    const few = images.slice([0], [2]);
    const targets = tensor([1, 2], { dtype: "int32" });
    const attack = await inspect.lbfgsAttack(network, few, targets, { searches: 3, iterations: 20 });
    expect(await greatest(attack.images)).toBeLessThanOrEqual(0.5);
    expect(attack.found).toEqual([true, true]);
    expect(await network.forward(attack.images).argmax(1).array()).toEqual([1, 2]);
    const narrow = await inspect.lbfgsAttack(
      network,
      tensor(new Float32Array(64), { shape: [1, 1, 8, 8] }),
      targets.slice([0], [1]),
      {
        range: [-1e-6, 1e-6],
        searches: 2,
      },
    );
    if (!narrow.found[0]) {
      expect(await greatest(narrow.images)).toBe(0);
      expect(narrow.distortion).toEqual([0]);
    }
  });
});

describe("adversarialLoss", () => {
  it("is the weighted loss on images and on attacked images", async () => {
    const options = { epsilon: 0.1, weight: 0.25 };
    const attacked = inspect.fgsm(network, images, classes, options);
    const expected = 0.25 * (await lossOf(images)) + 0.75 * (await lossOf(attacked));
    expect(await inspect.adversarialLoss(network, images, classes, options).item()).toBeCloseTo(expected, 5);
  });

  it("trains in a compiled step", async () => {
    const model = nn.sequential([nn.flatten(), nn.dense(8), nn.relu(), nn.dense(3)]);
    model.build([1, 8, 8], { seed: 1 });
    const optimizer = optim.adam(model.parameters(), { learningRate: 0.01 });
    const step = compile((batch: Tensor, labels: Tensor) => {
      const loss = inspect.adversarialLoss(model, batch, labels, { epsilon: 0.05 });
      optimizer.minimize(loss);
      return loss;
    });
    const first = await step(images, classes).item();
    for (let i = 0; i < 30; i++) await step(images, classes).item();
    expect(await step(images, classes).item()).toBeLessThan(0.8 * first);
  });
});
