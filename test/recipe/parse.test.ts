import { describe, expect, it } from "vitest";
import { RecipeError } from "../../src/recipe/errors.js";
import { checkRecipe, parseRecipe, recipeJsonSchema } from "../../src/recipe/parse.js";
import { recipes } from "../../src/recipe/recipes/index.js";
import { own, small, thrownBy } from "./support.js";

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
      /dataset: expected one of "digits"\|"mnist"\|"cifar10", or expected object \(it is "cifar"\)/,
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
      /dataset: missing; expected one of "digits"\|"mnist"\|"cifar10", or expected object$/,
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
    [
      "shifts besides crops",
      { preprocessing: { crop: 24, shift: 2 } },
      /^recipe r\.json: preprocessing: leave out "shift" or "crop": random crops move the images already$/,
    ],
    [
      "an unknown initializer",
      { layers: [{ type: "dense", units: 10, initializer: "heNorma" }] },
      /layers\[0\]\.initializer: expected one of "heNormal"\|.*, or expected object \(it is "heNorma"\)/,
    ],
    [
      "an unknown initializer with options",
      { layers: [{ type: "dense", units: 10, initializer: { type: "norm" } }] },
      /layers\[0\]\.initializer\.type: there is no initializer "norm" \(known: normal, uniform,/,
    ],
    [
      "an initializer's option",
      { layers: [{ type: "dense", units: 10, initializer: { type: "normal", standardDeviation: -1 } }] },
      /layers\[0\]\.initializer\.standardDeviation: .*>=0 \(it is -1\)/,
    ],
    [
      "a mistake within a residual layer",
      {
        layers: [
          { type: "residual", layers: [{ type: "relu" }, { type: "conv2d", filter: 3, kernelSize: 3 }] },
        ],
      },
      /layers\[0\]\.layers\[1\]: unknown key "filter"; did you mean "filters"\?/,
    ],
    [
      "an unknown layer within a shortcut",
      { layers: [{ type: "residual", layers: [{ type: "relu" }], shortcut: [{ type: "rel" }] }] },
      /layers\[0\]\.shortcut\[0\]\.type: there is no layer "rel"; did you mean "relu"\?/,
    ],
    [
      "a residual layer of nothing",
      { layers: [{ type: "residual", layers: [] }] },
      /layers\[0\]\.layers: .*>=1/,
    ],
    ["a name that is no folder's", { name: "a/b" }, /name: must consist of letters/],
  ])("refuse %s, saying where and what would fit", (_, changes, message) => {
    expect(() => parseRecipe({ ...small, ...changes }, "r.json")).toThrow(RecipeError);
    expect(() => parseRecipe({ ...small, ...changes }, "r.json")).toThrow(message);
  });

  it("list all problems", () => {
    expect(() => parseRecipe({ ...small, epochs: 0, batchSize: "x" }, "r")).toThrow(
      /has 2 problems:\n {2}batchSize: .*\n {2}epochs: /,
    );
    expect(() => parseRecipe([], "r")).toThrow(/recipe r: expected object, received array/);
  });
});

describe("problems of a recipe", () => {
  it("are data for an editor: a place and what would fit", () => {
    const layers = [{ type: "relu" }, { type: "residual", layers: [{ type: "dense", units: 1.5 }] }];
    const { recipe, problems } = checkRecipe({ ...small, layers, epochs: undefined });
    expect(recipe).toBeUndefined();
    expect(problems).toEqual([
      { path: ["layers", 1, "layers", 0, "units"], message: expect.stringMatching(/int.*\(it is 1\.5\)/) },
      { path: ["epochs"], message: "missing; expected number" },
    ]);
  });

  it("are none where the recipe is right, which then is complete", () => {
    expect(checkRecipe(small)).toEqual({ recipe: parseRecipe(small, "r"), problems: [] });
  });

  it("come with the error, whose path is that of the first", () => {
    const error = thrownBy(() => parseRecipe({ ...small, epochs: 0, batchSize: "x" }, "r"));
    expect(error).toBeInstanceOf(RecipeError);
    expect(error).toMatchObject({
      path: ["batchSize"],
      problems: [{ path: ["batchSize"] }, { path: ["epochs"] }],
    });
  });
});

describe("the JSON Schema of recipes", () => {
  it("knows every key of the recipes that have a name, and requires no more than they have", () => {
    const schema = recipeJsonSchema();
    const { properties, required, additionalProperties } = schema as {
      properties: Record<string, object>;
      required: string[];
      additionalProperties: boolean;
    };
    expect(additionalProperties).toBe(false);
    for (const recipe of Object.values(recipes)) {
      expect(Object.keys(properties)).toEqual(expect.arrayContaining(Object.keys(recipe)));
      expect(Object.keys(recipe)).toEqual(expect.arrayContaining(required));
    }
    expect([...required].sort()).toEqual(["batchSize", "dataset", "epochs", "name", "optimizer"]);
  });

  it("lists the types of layers, and refers to itself within residual layers", () => {
    const text = JSON.stringify(recipeJsonSchema());
    for (const type of ["conv2d", "residual", "groupNorm", "windowedAdagrad"]) {
      expect(text).toContain(`{"type":"string","const":"${type}"}`);
    }
    expect(text).toContain('"$ref"');
  });
});
