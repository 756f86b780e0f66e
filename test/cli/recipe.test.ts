import { describe, expect, it } from "vitest";
import { datasetOf } from "../../src/cli/datasets.js";
import { UserError } from "../../src/cli/errors.js";
import { buildModel, inputShape } from "../../src/cli/model.js";
import { editDistance, nearest } from "../../src/cli/nearest.js";
import { buildOptimizer, buildSchedule } from "../../src/cli/optimizer.js";
import { parseRecipe } from "../../src/cli/recipe.js";
import { recipes } from "../../src/cli/recipes/index.js";
import { summaryTable } from "../../src/cli/summary.js";

const small = {
  name: "small",
  dataset: "mnist",
  layers: [{ type: "flatten" }, { type: "dense", units: 10 }],
  optimizer: { type: "sgd", learningRate: 0.1 },
  batchSize: 20,
  epochs: 1,
};
const own = { images: "a.idx", labels: "b.idx", testImages: "c.idx", testLabels: "d.idx" };
const image = { channels: 1, height: 28, width: 28 };

function build(changes: object) {
  const recipe = parseRecipe({ ...small, ...changes }, "r.json");
  return buildModel(recipe, inputShape(recipe, image), datasetOf(recipe));
}

describe("recipes", () => {
  it("get their defaults", () => {
    expect(parseRecipe(small, "r")).toEqual({
      ...small,
      preprocessing: { scale: 1 / 255, offset: -0.5, mirror: false, testCrops: "centre" },
      validation: 0.1,
      schedule: { type: "constant" },
      seed: 1,
    });
  });

  it("survive being written to a run's configuration and read again", () => {
    for (const recipe of Object.values(recipes)) {
      const parsed = parseRecipe(recipe, "r");
      expect(parseRecipe(JSON.parse(JSON.stringify(parsed)), "r")).toEqual(parsed);
    }
  });

  it.each<[string, object, RegExp]>([
    [
      "an unknown key",
      { epoch: 3 },
      /^recipe r\.json: unknown key "epoch"; did you mean "epochs"\? \(known: name, dataset/,
    ],
    [
      "an unknown key of a layer",
      { layers: [{ type: "dense", unit: 10, units: 10 }] },
      /layers\[0\]: unknown key "unit"; did you mean "units"\?/,
    ],
    [
      "an unknown key of the preprocessing",
      { preprocessing: { crops: 3 } },
      /preprocessing: unknown key "crops"; did you mean "crop"\?/,
    ],
    [
      "an unknown data set",
      { dataset: "cifar" },
      /dataset: expected one of "digits"\|"mnist", or expected object \(it is "cifar"\)/,
    ],
    [
      "an unknown layer",
      { layers: [{ type: "conv2" }] },
      /layers\[0\]\.type: there is no layer "conv2"; did you mean "conv2d"\? \(known: conv2d,/,
    ],
    ["a layer without a type", { layers: [{}] }, /layers\[0\]\.type: a layer needs a "type": conv2d,/],
    ["a softmax", { layers: [{ type: "softmax" }] }, /layers\[0\]\.type: .*the loss applies softmax/],
    [
      "an unknown optimizer",
      { optimizer: { type: "adadelt" } },
      /optimizer\.type: there is no optimizer "adadelt"; did you mean "adadelta"/,
    ],
    [
      "an unknown schedule",
      { schedule: { type: "linear" } },
      /schedule\.type: there is no schedule "linear" \(known: constant, step, cosine, plateau\)/,
    ],
    [
      "a fraction of a unit",
      { layers: [{ type: "dense", units: 1.5 }] },
      /layers\[0\]\.units: expected int.* \(it is 1\.5\)/,
    ],
    [
      "a wrong kernel",
      { layers: [{ type: "conv2d", filters: 3, kernelSize: 0 }] },
      /layers\[0\]\.kernelSize: .*>=1.*\(it is 0\)/,
    ],
    ["a rate of 1", { layers: [{ type: "dropout", rate: 1 }] }, /layers\[0\]\.rate: .*<1 \(it is 1\)/],
    [
      "no learning rate",
      { optimizer: { type: "adam" } },
      /optimizer\.learningRate: missing; expected number$/,
    ],
    ["no layers", { layers: [] }, /layers: .*>=1/],
    [
      "no data set",
      { dataset: undefined },
      /dataset: missing; expected one of "digits"\|"mnist", or expected object$/,
    ],
    [
      "a kernel of one side of two",
      { layers: [{ type: "conv2d", filters: 3, kernelSize: [3] }] },
      /layers\[0\]\.kernelSize: Too small: expected array to have >=2 items$/,
    ],
    [
      "a wrong side of a kernel",
      { layers: [{ type: "conv2d", filters: 3, kernelSize: [3, -1] }] },
      /layers\[0\]\.kernelSize\[1\]: Too small.* \(it is -1\)/,
    ],
    [
      "a kernel in quotes",
      { layers: [{ type: "conv2d", filters: 3, kernelSize: "3" }] },
      /kernelSize: expected number, or expected tuple \(it is "3"\)/,
    ],
    [
      "an infinite rate",
      { optimizer: { type: "adam", learningRate: Number.POSITIVE_INFINITY } },
      /learningRate: .*\(it is Infinity\)/,
    ],
    [
      "an unknown key of one's own data",
      { dataset: { ...own, image: "x" } },
      /dataset: unknown key "image"; did you mean "images"\? \(known: images, labels, testImages, testLabels,/,
    ],
    [
      "one's own data without labels",
      { dataset: { ...own, labels: undefined } },
      /^recipe r\.json: dataset\.labels: missing; expected string$/,
    ],
    ["a single class", { dataset: { ...own, classes: 1 } }, /dataset\.classes: .*>=2 \(it is 1\)/],
    [
      "neither layers nor a model",
      { layers: undefined },
      /^recipe r\.json: it needs either "layers" or a "model"/,
    ],
    ["both layers and a model", { model: { name: "lenet5" } }, /it needs either "layers" or a "model"/],
    [
      "a network that there is not",
      { layers: undefined, model: { name: "resnet21" } },
      /model\.name: there is no network "resnet21"; did you mean "resnet\d+"\? \(known: lenet5, lenet, alexnet/,
    ],
    ["a model without a name", { layers: undefined, model: {} }, /model\.name: missing/],
    [
      "a width of nothing",
      { layers: undefined, model: { name: "vgg11", width: 0 } },
      /model\.width: .*>0 \(it is 0\)/,
    ],
    ["a name that is no folder's", { name: "a/b" }, /name: must consist of letters/],
  ])("refuse %s, saying where and what would fit", (_, changes, message) => {
    expect(() => parseRecipe({ ...small, ...changes }, "r.json")).toThrow(UserError);
    expect(() => parseRecipe({ ...small, ...changes }, "r.json")).toThrow(message);
  });

  it("list all problems", () => {
    expect(() => parseRecipe({ ...small, epochs: 0, batchSize: "x" }, "r")).toThrow(
      /has 2 problems:\n {2}batchSize: .*\n {2}epochs: /,
    );
    expect(() => parseRecipe([], "r")).toThrow(/recipe r: expected object, received array/);
  });
});

describe("models of recipes", () => {
  it.each<[string, object, RegExp]>([
    [
      "a crop that is too large",
      { preprocessing: { crop: 29 } },
      /preprocessing\.crop is 29, but the images are 28 x 28; at most 28 fits/,
    ],
    [
      "a window that does not fit",
      {
        layers: [
          { type: "maxPool2d", window: 5 },
          { type: "conv2d", filters: 2, kernelSize: 7 },
          { type: "flatten" },
          { type: "dense", units: 10 },
        ],
      },
      /layers\[1\]: .*window of \[7, 7\].*only 5.*at least 2 of padding/,
    ],
    [
      "groups that do not divide",
      { layers: [{ type: "conv2d", filters: 3, kernelSize: 3, groups: 2 }] },
      /layers\[0\]: conv2d: 3 filters do not split into 2 groups/,
    ],
    [
      "a convolution after flattening",
      { layers: [{ type: "flatten" }, { type: "conv2d", filters: 3, kernelSize: 3 }] },
      /layers\[1\]: conv2d: an example is \[784\]/,
    ],
    [
      "too few outputs",
      { layers: [{ type: "flatten" }, { type: "dense", units: 9 }] },
      /layers\[1\]: .*output for one image is \[9\], but mnist has 10 classes, so it must be \[10\]; use 10 units/,
    ],
    [
      "parameters beyond all memory",
      { layers: [{ type: "flatten" }, { type: "dense", units: 1e15 }, { type: "dense", units: 10 }] },
      /r?: the network's parameters do not fit into memory .*use fewer units or filters/,
    ],
    [
      "classes that are not the data's",
      {
        dataset: { ...own, classes: ["cat", "dog"] },
        layers: [{ type: "flatten" }, { type: "dense", units: 10 }],
      },
      /the data of small has 2 classes, so it must be \[2\]; use 2 units/,
    ],
    [
      "a named network whose input is too large",
      { layers: undefined, model: { name: "vgg11", width: 0.1 } },
      /small: model: layer features\.20: maxPool: .*covers 2/,
    ],
    [
      "a width that a named network has not",
      { layers: undefined, model: { name: "lenet5", width: 0.5 } },
      /small: model: lenet5: width is 0\.5, but this network has only width 1/,
    ],
    [
      "an output that is an image",
      { layers: [{ type: "relu" }] },
      /layers\[0\]: .*\[1, 28, 28\].*add \{"type": "flatten"\}/,
    ],
  ])("are refused for %s, naming the layer", (_, changes, message) => {
    expect(() => build(changes)).toThrow(UserError);
    expect(() => build(changes)).toThrow(message);
  });

  it("can be named networks, with the data's classes", () => {
    const model = build({
      layers: undefined,
      model: { name: "resnet20", width: 0.25 },
      dataset: { ...own, classes: 3 },
    });
    expect(model.outputShape).toEqual([3]);
    expect(model.parameters()[0]!.shape).toEqual([4, 1, 3, 3]);
    const lines = summaryTable(model, [1, 28, 28]).split("\n");
    expect(lines.some((line) => line.startsWith("layer1.0.conv1 "))).toBe(true);
    expect(build({ layers: undefined, model: { name: "lenet5" } }).outputShape).toEqual([10]);
  });

  it("know every type of layer", () => {
    const model = build({
      layers: [
        {
          type: "conv2d",
          filters: 4,
          kernelSize: [3, 5],
          stride: 2,
          padding: "same",
          dilation: 1,
          bias: false,
          initializer: "xavierUniform",
        },
        { type: "batchNorm", momentum: 0.2, epsilon: 1e-3 },
        { type: "leakyRelu", slope: 0.1 },
        { type: "conv2d", filters: 4, kernelSize: 3, groups: 2, padding: [1, 0] },
        { type: "elu", alpha: 0.5 },
        { type: "averagePool2d", window: 2 },
        { type: "gelu" },
        { type: "silu" },
        { type: "softplus" },
        { type: "sigmoid" },
        { type: "tanh" },
        { type: "maxPool2d", window: 3, stride: 2, padding: 1 },
        { type: "relu" },
        { type: "globalAveragePool" },
        { type: "dropout", rate: 0.5 },
        { type: "dense", units: 10, bias: false },
      ],
    });
    expect(model.describe().map(({ outputShape }) => outputShape.join("x"))).toEqual([
      ...["4x14x14", "4x14x14", "4x14x14", "4x14x12", "4x14x12", "4x7x6"],
      ...["4x7x6", "4x7x6", "4x7x6", "4x7x6", "4x7x6", "4x4x3", "4x4x3", "4", "4", "10"],
    ]);
  });

  it("have ConvNetJS's sizes", () => {
    const recipe = parseRecipe(recipes.mnist, "mnist");
    const model = buildModel(recipe, [1, 24, 24], datasetOf(recipe));
    const text = summaryTable(model, [1, 24, 24]);
    expect(text).toMatch(/layers\[0\] +conv2d 5x5 +8 x 24 x 24 +208 +115,200 +5 x 5/);
    expect(text).toMatch(/layers\[3\] +conv2d 5x5 +16 x 12 x 12 +3,216 +460,800 +14 x 14/);
    expect(text).toMatch(/layers\[7\] +dense +10 +2,570 +2,560 +24 x 24/);
    expect(text).toMatch(/total +5,994 +578,560/);
  });
});

describe("optimizers and schedules of recipes", () => {
  const rates = (schedule: object, steps: number[]) => {
    const recipe = parseRecipe({ ...small, epochs: 4, schedule }, "r");
    const built = buildSchedule(recipe, buildOptimizer(recipe, build({})), 10);
    return typeof built === "function" ? steps.map(built) : built;
  };

  it("follow the epochs", () => {
    expect(rates({ type: "constant" }, [0, 39])).toEqual([0.1, 0.1]);
    expect(rates({ type: "step", everyEpochs: 2, factor: 0.5 }, [0, 19, 20, 39])).toEqual([
      0.1, 0.1, 0.05, 0.05,
    ]);
    const cosine = rates({ type: "cosine", finalFactor: 0.1 }, [0, 20, 40]) as number[];
    for (const [i, rate] of [0.1, 0.055, 0.01].entries()) expect(cosine[i]).toBeCloseTo(rate, 12);
    expect(rates({ type: "plateau", patienceEpochs: 2, factor: 0.5 }, [])).toMatchObject({ rate: 0.1 });
  });

  it.each(["sgd", "adadelta", "adam", "adamw"])("know %s", (type) => {
    const recipe = parseRecipe(
      { ...small, clipNorm: 1, optimizer: { type, learningRate: 0.5, weightDecay: 0.1 } },
      "r",
    );
    expect(buildOptimizer(recipe, build({})).learningRate).toBe(0.5);
  });
});

describe("suggestions", () => {
  it("count edits", () => {
    expect(editDistance("digits", "digits")).toBe(0);
    expect(editDistance("digts", "digits")).toBe(1);
    expect(editDistance("idgits", "digits")).toBe(1);
    expect(editDistance("", "abc")).toBe(3);
    expect(editDistance("kitten", "sitting")).toBe(3);
  });

  it("are made only when something is near", () => {
    expect(nearest("mnits", ["digits", "mnist"])).toBe("mnist");
    expect(nearest("imagenet", ["digits", "mnist"])).toBeUndefined();
  });
});
