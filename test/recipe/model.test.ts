import { describe, expect, it } from "vitest";
import { RecipeError } from "../../src/recipe/errors.js";
import { build, own, thrownBy } from "./support.js";

describe("models of recipes", () => {
  it.each<[string, object, RegExp]>([
    [
      "a crop that is too large",
      { preprocessing: { crop: 29 } },
      /preprocessing\.crop: 29 is too large: the images are 28 x 28, so at most 28 fits/,
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
    expect(() => build(changes)).toThrow(RecipeError);
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
    expect(model.describe().map(({ path }) => path)).toContain("layer1.0.conv1");
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

  it.each<[string, object, (string | number)[]]>([
    ["of the crop", { preprocessing: { crop: 29 } }, ["preprocessing", "crop"]],
    [
      "of a layer",
      { layers: [{ type: "relu" }, { type: "conv2d", filters: 1, kernelSize: 30 }] },
      ["layers", 1],
    ],
    [
      "of a layer whose options exclude each other",
      { layers: [{ type: "hardTanh", low: 2 }, { type: "flatten" }] },
      ["layers", 0],
    ],
    [
      "of a layer of two modules",
      { layers: [{ type: "relu" }, { type: "separableConv2d", filters: 1, kernelSize: 30 }] },
      ["layers", 1],
    ],
    [
      "of a layer within a residual layer",
      {
        layers: [
          {
            type: "residual",
            layers: [{ type: "residual", layers: [{ type: "relu" }, { type: "maxout", pieces: 2 }] }],
          },
        ],
      },
      ["layers", 0, "layers", 0, "layers", 1],
    ],
    [
      "of a layer within a shortcut",
      {
        layers: [
          {
            type: "residual",
            layers: [{ type: "relu" }],
            shortcut: [{ type: "conv2d", filters: 1, kernelSize: 30 }],
          },
        ],
      },
      ["layers", 0, "shortcut", 0],
    ],
    [
      "of a layer within a residual layer whose options exclude each other",
      { layers: [{ type: "residual", layers: [{ type: "relu" }, { type: "hardTanh", low: 2 }] }] },
      ["layers", 0, "layers", 1],
    ],
    [
      "of a residual layer whose parts cannot be added",
      { layers: [{ type: "residual", layers: [{ type: "conv2d", filters: 2, kernelSize: 1 }] }] },
      ["layers", 0],
    ],
    ["of the last layer", { layers: [{ type: "relu" }, { type: "flatten" }] }, ["layers", 1]],
    ["of a named network", { layers: undefined, model: { name: "vgg11", width: 0.1 } }, ["model"]],
  ])("say where, for an editor: the path %s", (_, changes, path) => {
    expect(thrownBy(() => build(changes))).toMatchObject({ name: "RecipeError", path });
  });
});
