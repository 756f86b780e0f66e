import { afterAll, describe, expect, it } from "vitest";
import {
  compile,
  device,
  inspect,
  losses,
  nn,
  optim,
  type Tensor,
  tensor,
  useDevice,
  type Variable,
} from "../../../src/index.js";
import { RandomStream } from "../../../src/random/stream.js";

// In float64, and without the time to compile; examiner.slow.test.ts holds the other backend against it.
useDevice({ backend: "reference" });
afterAll(() => device().close());

const stream = new RandomStream(11);
const noise = (size: number) => Float32Array.from({ length: size }, () => stream.normal());
const images = tensor(noise(12 * 36), { shape: [12, 1, 6, 6] });
const labels = tensor([0, 2, 1, 0, 2, 1, 0, 0, 1, 2, 2, 1], { dtype: "int32" });

function network(seed = 3) {
  const model = nn.sequential([
    nn.conv2d(4, 3),
    nn.batchNorm(),
    nn.relu(),
    nn.flatten(),
    nn.dropout(0.25),
    nn.dense(5, { initializer: nn.init.xavierNormal }),
    nn.tanh(),
    nn.dense(3),
  ]);
  model.build([1, 6, 6], { seed });
  return model;
}

const layerOf = ({ layers }: inspect.Examination, path: string) =>
  layers.find((layer) => layer.path === path)!;
const parameterOf = ({ parameters }: inspect.Examination, name: string) =>
  parameters.find((parameter) => parameter.name === name)!;
const read = async (variables: Iterable<Variable>) =>
  Promise.all(Array.from(variables, async (variable) => Array.from(await variable.data())));
const length = (values: ArrayLike<number>) => Math.hypot(...Array.from(values));
/** Weights and biases, in row-major order. */
const write = (model: nn.Module, name: string, values: ArrayLike<number>) =>
  model.variables().get(name)!.write(values);

describe("examiner", () => {
  it("measures every layer and parameter, in order, in numbers that survive JSON", async () => {
    const model = network();
    const found = await inspect.examiner(model)(images, labels);
    expect(found.layers.map(({ path, kind }) => `${path} ${kind}`)).toEqual([
      "0 conv2d",
      "1 batchNorm",
      "2 relu",
      "3 flatten",
      "4 dropout",
      "5 dense",
      "6 tanh",
      "7 dense",
    ]);
    expect(found.layers.map(({ units }) => units)).toEqual([4, 4, 4, 64, 64, 5, 5, 3]);
    expect(found.parameters.map(({ name, layer, shape }) => [name, layer, shape])).toEqual([
      ["0.weight", "0", [4, 1, 3, 3]],
      ["0.bias", "0", [4]],
      ["1.weight", "1", [4]],
      ["1.bias", "1", [4]],
      ["5.weight", "5", [5, 64]],
      ["5.bias", "5", [5]],
      ["7.weight", "7", [3, 5]],
      ["7.bias", "7", [3]],
    ]);
    expect(found).toMatchObject({ examples: 12, classes: 3, imagesFinite: true });
    expect(found.parameters.every(({ updateRatio }) => updateRatio === null)).toBe(true);
    expect(JSON.parse(JSON.stringify(found))).toEqual(found);
    expect(structuredClone(found)).toEqual(found);
  });

  it("gives the figures of `statistics`, `correlation` and `activations`", async () => {
    const model = nn.sequential([nn.conv2d(4, 3), nn.relu(), nn.flatten(), nn.dense(3)]);
    model.build([1, 6, 6], { seed: 2 });
    const found = await inspect.examiner(model)(images, labels);
    const { outputs, gradients } = inspect.activations(model, images, {
      gradientOf: (logits) => losses.crossEntropy(logits, labels),
    });
    for (const { path, ...layer } of found.layers) {
      const { mean, standardDeviation, minimum, maximum, sparsity } = inspect.statistics(outputs[path]!);
      expect(layer.mean).toBeCloseTo(await mean.item(), 6);
      expect(layer.standardDeviation).toBeCloseTo(await standardDeviation.item(), 5);
      expect([layer.minimum, layer.maximum]).toEqual([await minimum.item(), await maximum.item()]);
      expect(layer.sparsity).toBeCloseTo(await sparsity.item(), 6);
      expect(layer.gradientNorm).toBeCloseTo(length(await gradients[path]!.data()), 6);
    }
    const matrix = await inspect.correlation(outputs["1"]!).data();
    const apart = Array.from(matrix).filter((_, i) => i % 5 !== 0);
    const expected = apart.reduce((sum, value) => sum + Math.abs(value), 0) / apart.length;
    expect(layerOf(found, "1").correlation).toBeCloseTo(expected, 5);
    expect(layerOf(found, "2").correlation).toBeNull();
    const logits = await outputs[""]!.data();
    const loss = await losses.crossEntropy(outputs[""]!, labels).item();
    expect(found.loss).toBeCloseTo(loss, 6);
    const answers = Array.from({ length: 12 }, (_, i) => {
      const row = Array.from(logits.slice(3 * i, 3 * i + 3));
      return row.indexOf(Math.max(...row));
    });
    const right = Array.from(await labels.data()).filter((label, i) => answers[i] === label).length;
    expect(found.accuracy).toBeCloseTo(right / 12, 6);
    const counts = [0, 1, 2].map((answer) => answers.filter((one) => one === answer).length);
    expect(found.commonestPrediction).toBeCloseTo(Math.max(...counts) / 12, 6);
  });

  it.each([
    ["sgd", (parameters: readonly Variable[]) => optim.sgd(parameters, { learningRate: 0.1, momentum: 0.9 })],
    [
      "adam",
      (parameters: readonly Variable[]) => optim.adam(parameters, { learningRate: 0.01, clipNorm: 0.5 }),
    ],
    ["adadelta", (parameters: readonly Variable[]) => optim.adadelta(parameters, { weightDecay: 1e-2 })],
  ])("foretells the step of %s, and makes none", async (_, make) => {
    const model = network();
    const optimizer = make(model.parameters());
    const examine = inspect.examiner(model, { optimizer });
    const step = compile((x: Tensor, y: Tensor) => {
      const loss = losses.crossEntropy(model.forward(x, { training: true }), y);
      optimizer.minimize(loss);
      return loss;
    });
    // Not the first step alone: the optimizer's memory counts.
    for (let i = 0; i < 3; i++) {
      const all = [...model.variables().values(), ...optimizer.variables().values()];
      const before = await read(all);
      const found = await examine(images, labels);
      expect(await read(all)).toEqual(before);

      const old = await read(model.parameters());
      // Dropout included: the same random numbers.
      expect(found.loss).toBeCloseTo(await step(images, labels).item(), 6);
      const now = await read(model.parameters());
      for (const [p, { name, norm, updateRatio }] of found.parameters.entries()) {
        const was = length(old[p]!);
        expect(norm, name).toBeCloseTo(was, 4);
        if (was === 0) expect(updateRatio).toBeNull();
        else {
          const change = length(now[p]!.map((value, at) => value - old[p]![at]!)) / was;
          expect(Math.abs(updateRatio! - change), name).toBeLessThan(1e-3 * change + 1e-9);
        }
      }
    }
  });

  it("counts dead and saturated units where these mean something", async () => {
    const model = nn.sequential([
      nn.conv2d(4, 3),
      nn.relu(),
      nn.flatten(),
      nn.dense(4),
      nn.sigmoid(),
      nn.dense(3),
    ]);
    model.build([1, 6, 6], { seed: 2 });
    write(model, "0.bias", [-100, 0, -100, -100]);
    // Slopes of 0.04 and 0.039 of the greatest: on both sides of the bound.
    const logit = (y: number) => Math.log(y / (1 - y));
    write(model, "3.weight", new Float32Array(4 * 64));
    write(model, "3.bias", [logit(0.9899), logit(0.9901), logit(0.0101), logit(0.0099)]);
    const found = await inspect.examiner(model)(images, labels);
    expect(layerOf(found, "1").dead).toBeCloseTo(0.75, 6);
    expect(layerOf(found, "4").saturated).toBeCloseTo(0.5, 6);
    for (const path of ["0", "2", "3", "5"]) {
      expect([layerOf(found, path).dead, layerOf(found, path).saturated]).toEqual([null, null]);
    }
    // None of its units varies.
    expect(layerOf(found, "4").correlation).toBeNull();
  });

  it("sees whether units and their gradients differ", async () => {
    const model = nn.sequential([
      nn.flatten(),
      nn.dense(4, { initializer: nn.init.constant(0.1) }),
      nn.sigmoid(),
      nn.dense(3, { initializer: nn.init.zeros }),
    ]);
    model.build([1, 6, 6]);
    const found = await inspect.examiner(model)(images, labels);
    // The units are the same, and no gradient reaches them yet.
    expect(parameterOf(found, "1.weight")).toMatchObject({ unitDifference: 0, gradientUnitDifference: 0 });
    // The last layer begins with zeros, but its gradients tell the classes apart.
    const last = parameterOf(found, "3.weight");
    expect(last).toMatchObject({ norm: 0, unitDifference: 0, updateRatio: null });
    expect(last.gradientUnitDifference).toBeGreaterThan(0.1);
    expect(parameterOf(found, "1.bias").unitDifference).toBeNull();
    const other = await inspect.examiner(network())(images, labels);
    expect(parameterOf(other, "5.weight").unitDifference).toBeGreaterThan(0.5);
  });

  it("compares some units and positions where there are many", async () => {
    const model = nn.sequential([nn.conv2d(34, 1), nn.maxPool2d(8), nn.flatten(), nn.dense(3)]);
    model.build([1, 40, 40], { seed: 1 });
    const large = tensor(noise(3 * 1600), { shape: [3, 1, 40, 40] });
    const some = tensor([0, 1, 2], { dtype: "int32" });
    // Multiples of one plane: all are correlated, whichever are chosen.
    expect(layerOf(await inspect.examiner(model)(large, some), "0").correlation).toBeCloseTo(1, 4);
  });

  it("says what is not finite, and gives null for it", async () => {
    const model = network();
    const examine = inspect.examiner(model);
    const weights = (await model.variables().get("5.weight")!.data()).slice();
    weights[7] = Number.NaN;
    write(model, "5.weight", weights);
    const found = await examine(images, labels);
    expect(found.layers.map(({ finite }) => finite)).toEqual([
      true,
      true,
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
    expect(found.loss).toBeNull();
    expect(layerOf(found, "5").mean).toBeNull();
    expect(parameterOf(found, "5.weight")).toMatchObject({ norm: null, updateRatio: null });
    expect(inspect.diagnose(found)[0]).toMatchObject({ what: "not finite", layer: "5" });
    const infinite = await inspect.examiner(network())(images.divide(0), labels);
    expect(infinite.imagesFinite).toBe(false);
  });

  it("takes classifiers only", () => {
    const model = nn.sequential([nn.conv2d(4, 3)]);
    model.build([1, 6, 6]);
    expect(() => inspect.examiner(model)).toThrow(
      /examiner: .* \[4, 4, 4\], but .* a classifier, \[classes\]/,
    );
  });
});
