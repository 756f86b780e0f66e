import { beforeAll, describe, expect, it } from "vitest";
import {
  type ClassifyFixed,
  type ClassifyLive,
  classify,
} from "../../lab/src/worker/playgrounds/classify.js";
import type { LayerSpec } from "../../lab/src/worker/playgrounds/network.js";
import { batchIndices } from "../../lab/src/worker/playgrounds/point-batches.js";
import { classPoints, classSets, reach, valuePoints } from "../../lab/src/worker/playgrounds/point-sets.js";
import { type RegressionLive, regression } from "../../lab/src/worker/playgrounds/regression.js";
import { useDevice } from "../../src/index.js";
import { advanced } from "./playground-steps.js";

const layers = (...units: number[]): LayerSpec[] =>
  units.map((count) => ({ units: count, activation: "tanh" }));
const nowhere = { base: "http://localhost/" };

beforeAll(() => {
  useDevice({ threads: 1 });
});

describe("points of classes", () => {
  const fixed: ClassifyFixed = { classes: 2, layers: layers(8, 8, 2), optimizer: "adam", seed: 1 };
  const live: ClassifyLive = {
    points: classPoints("circle", 1),
    learningRate: 0.01,
    decay: 0,
    batchSize: 16,
    layer: 2,
    neurons: [0, 1],
  };

  it("are learned", async () => {
    const game = await classify(fixed, live, nowhere);
    expect((await game.frame()).accuracy).toBeLessThan(0.8);
    const { accuracy, probabilities, size, warped, warpedPoints } = await advanced(game, 300);
    expect(accuracy).toBeGreaterThan(0.95);
    for (let i = 0; i < size * size; i += 97) {
      expect((probabilities[2 * i] as number) + (probabilities[2 * i + 1] as number)).toBeCloseTo(1, 5);
    }
    expect(warped.length).toBe(2 * 25 * 25);
    expect(warpedPoints.length).toBe(2 * live.points.length);
    expect(Math.max(...warped.map(Math.abs))).toBeLessThanOrEqual(1);
  });

  it("give the same losses for the same seed, and others for another", async () => {
    const runs = await Promise.all(
      [1, 1, 2].map(async (seed) => advanced(await classify({ ...fixed, seed }, live, nowhere), 40)),
    );
    const [first, again, other] = runs.map(({ curve }) => [...curve.y]);
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });

  it("may be few, change on the way, and must be there", async () => {
    const two = { ...live, points: live.points.slice(0, 2) };
    const game = await classify(fixed, two, nowhere);
    expect((await advanced(game, 100)).accuracy).toBe(1);
    game.change({ ...live, points: [] });
    await expect(game.step()).rejects.toThrow("There are no points");
    game.change(live);
    await game.step();
  });

  it("shrink the weights by decay, and stop at a loss that is no number", async () => {
    const plain = await advanced(await classify(fixed, live, nowhere), 100);
    const decayed = await advanced(await classify(fixed, { ...live, decay: 1 }, nowhere), 100);
    const spread = ({ probabilities }: typeof plain) =>
      Math.max(...probabilities) - Math.min(...probabilities);
    expect(spread(decayed)).toBeLessThan(0.5 * spread(plain));
    const wild = await classify({ ...fixed, optimizer: "sgd" }, { ...live, learningRate: 1e39 }, nowhere);
    await expect(advanced(wild, 20)).rejects.toThrow("The loss is not finite");
  });

  it("come in sets of both or three classes, inside of the plane", () => {
    for (const [name, { classes }] of Object.entries(classSets)) {
      const points = classPoints(name as keyof typeof classSets, 3);
      expect(new Set(points.map(({ label }) => label)).size).toBe(classes);
      expect(Math.max(...points.flatMap(({ x, y }) => [Math.abs(x), Math.abs(y)]))).toBeLessThanOrEqual(
        reach,
      );
      expect(classPoints(name as keyof typeof classSets, 3)).toEqual(points);
    }
  });
});

describe("batches of points", () => {
  it("go through all in each epoch, in another order", () => {
    const epoch = (first: number) => [0, 1, 2].flatMap((i) => [...batchIndices(5, 10, 4, first + i)]);
    expect(epoch(0).toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(epoch(3).toSorted((a, b) => a - b)).toEqual(epoch(0).toSorted((a, b) => a - b));
    expect(epoch(3)).not.toEqual(epoch(0));
    expect(batchIndices(5, 10, 4, 2)).toHaveLength(2);
  });
});

describe("points of a function", () => {
  const live: RegressionLive = {
    points: valuePoints("sine", 1),
    learningRate: 0.01,
    decay: 0,
    batchSize: 16,
    layer: 0,
  };

  it("are learned, and each neuron has its curve", async () => {
    const game = await regression({ layers: layers(16, 16), optimizer: "adam", seed: 1 }, live, nowhere);
    expect((await game.frame()).error).toBeGreaterThan(0.5);
    const { error, neurons, units, x } = await advanced(game, 400);
    expect(error).toBeLessThan(0.1);
    expect([units, neurons.length]).toEqual([16, 16 * x.length]);
    game.change({ ...live, layer: 2 });
    const output = await game.frame();
    expect(output.units).toBe(1);
    expect(output.neurons).toEqual(output.y);
  });
});
