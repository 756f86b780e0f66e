import {
  buildModel,
  buildOptimizer,
  checkRecipe,
  datasetOf,
  inputShape,
  parseRecipe,
  recipeJsonSchema,
  recipes,
} from "gradus/recipe";
import { describe, expect, it } from "vitest";
import { codeOf } from "../../lab/src/parts/train/code.js";
import { keysAt, wordsAt } from "../../lab/src/parts/train/completion.js";
import { changed, inserted, type Json, moved, pretty, valueAt } from "../../lab/src/parts/train/draft.js";
import {
  beginningOf,
  layerTypes,
  readText,
  type Schema,
  writeText,
} from "../../lab/src/parts/train/layer-schema.js";
import { optimizers } from "../../lab/src/parts/train/optimizers.js";
import { fitted, forOwnImages, presets } from "../../lab/src/presets.js";
import { checkNetwork } from "../../lab/src/worker/check.js";

const schema = recipeJsonSchema() as Schema;
const json = (value: unknown) => JSON.parse(JSON.stringify(value)) as Json;
const set = {
  name: "digits",
  classes: Array.from("0123456789"),
  channels: 1,
  height: 28,
  width: 28,
  count: 3200,
  own: false,
};

describe("the presets of the page", () => {
  it("are recipes whose networks fit their data", () => {
    for (const { recipe } of presets) {
      const checked = parseRecipe(recipe, recipe.name);
      const data = datasetOf(checked);
      buildModel(checked, inputShape(checked, data), data);
    }
    expect(new Set(presets.map(({ id }) => id)).size).toBe(presets.length);
  });

  it("can be made to fit few small images of few classes", () => {
    for (const side of [8, 28, 64]) {
      const own = {
        ...set,
        name: "own",
        classes: ["a", "b", "c"],
        channels: 3,
        height: side,
        width: side,
        count: 12,
      };
      expect(checkNetwork(fitted(forOwnImages, own), own).problems).toEqual([]);
    }
    const few = fitted(recipes.digits!, { ...set, classes: ["a", "b"], height: 20, width: 20 });
    expect(few.preprocessing).toEqual({ scale: 1 / 255, offset: -0.5 });
    expect(few.layers?.at(-1)).toEqual({ type: "dense", units: 2 });
  });
});

describe("the optimizers of the page", () => {
  it("are all that recipes know, with options that they have", () => {
    const known = schema.properties?.optimizer?.oneOf?.map(({ properties }) => properties?.type?.const);
    expect(optimizers.map(({ type }) => type).sort()).toEqual([...(known ?? [])].sort());
    const base = parseRecipe(
      { ...recipes.digits, layers: [{ type: "flatten" }, { type: "dense", units: 10 }] },
      "x",
    );
    const model = buildModel(base, inputShape(base, set), set);
    for (const { start, options, switches = [] } of optimizers) {
      const numbers = options.map(({ name, fallback }) => [name, fallback]);
      const written = {
        ...Object.fromEntries(numbers),
        ...Object.fromEntries(switches.map(({ name }) => [name, false])),
        ...start,
      };
      for (const optimizer of [start, written])
        buildOptimizer(parseRecipe({ ...base, optimizer }, String(start.type)), model);
    }
  });
});

describe("the check while typing", () => {
  it("gives what the running network says of itself, also for layers that are made of others", () => {
    const layers = [
      { type: "separableConv2d", filters: 4, kernelSize: 3 },
      {
        type: "residual",
        layers: [{ type: "conv2d", filters: 8, kernelSize: 1 }],
        shortcut: [{ type: "conv2d", filters: 8, kernelSize: 1 }],
      },
      { type: "flatten" },
      { type: "dense", units: 10 },
    ];
    const { problems, layers: costs } = checkNetwork({ ...recipes.digits, layers }, set);
    expect(problems).toEqual([]);
    expect(costs.map(({ place, outputShape, parameters }) => [place, outputShape, parameters])).toEqual([
      [["layers", 0], [4, 22, 22], 9 + 8],
      [["layers", 1], [8, 22, 22], 40 + 40],
      [["layers", 1, "layers", 0], [8, 22, 22], 40],
      [["layers", 1, "shortcut", 0], [8, 22, 22], 40],
      [["layers", 2], [8 * 22 * 22], 0],
      [["layers", 3], [10], 8 * 22 * 22 * 10 + 10],
    ]);
  });

  it("describes what comes before a layer that does not fit, or is written wrong", () => {
    const layers = [
      { type: "relu" },
      { type: "conv2d", filters: 4, kernelSize: 99 },
      { type: "flatten" },
      { type: "dense", units: 10 },
    ];
    const big = checkNetwork({ ...recipes.digits, layers }, set);
    expect([big.problems.map(({ path }) => path), big.layers.length]).toEqual([[["layers", 1]], 1]);
    const wrong = checkNetwork({ ...recipes.digits, layers: [...layers.slice(0, 1), { type: "no" }] }, set);
    expect([wrong.problems.map(({ path }) => path), wrong.layers.length, wrong.inputShape]).toEqual([
      [["layers", 1, "type"]],
      1,
      [1, 24, 24],
    ]);
    const nothing = checkNetwork(3, set);
    expect([nothing.problems.length, nothing.layers]).toEqual([1, []]);
  });

  it("sees batches that the data cannot fill, files that cannot be opened, crops that are too large", () => {
    const paths = (change: object) =>
      checkNetwork({ ...recipes.digits, ...change }, set).problems.map(({ path }) => path);
    expect(paths({ batchSize: 4000 })).toEqual([["batchSize"]]);
    expect(paths({ preprocessing: { crop: 40 } })).toEqual([["preprocessing", "crop"]]);
    const files = { images: "a", labels: "b", testImages: "c", testLabels: "d" };
    expect(paths({ dataset: files })).toEqual([["dataset"]]);
    expect(paths({ model: { name: "resnet20" }, layers: undefined })).toEqual([]);
  });
});

describe("a recipe while it is edited", () => {
  it("offers every type of layer with inputs; what it begins with is valid", () => {
    const types = layerTypes(schema);
    expect(types.length).toBeGreaterThan(40);
    for (const type of types) {
      const recipe = { ...recipes.digits, layers: [beginningOf(type)] };
      expect(checkRecipe(recipe).problems, type.type).toEqual([]);
    }
    const conv = types.find(({ type }) => type === "conv2d")!;
    expect(conv.options.map(({ name, input, required }) => [name, input, required]).slice(0, 4)).toEqual([
      ["filters", "number", true],
      ["kernelSize", "text", true],
      ["stride", "text", false],
      ["padding", "text", false],
    ]);
  });

  it("changes, inserts, moves and removes, and leaves the old one as it was", () => {
    const draft = json({ layers: [{ type: "a" }, { type: "b", x: 1 }] });
    const before = JSON.stringify(draft);
    expect(valueAt(changed(draft, ["layers", 1, "x"], 2), ["layers", 1])).toEqual({ type: "b", x: 2 });
    expect(valueAt(changed(draft, ["layers", 1, "x"], undefined), ["layers", 1])).toEqual({ type: "b" });
    expect(valueAt(changed(draft, ["layers", 0], undefined), ["layers"])).toEqual([{ type: "b", x: 1 }]);
    expect(valueAt(inserted(draft, ["layers"], 1, "c"), ["layers", 1])).toBe("c");
    expect(valueAt(moved(draft, ["layers"], 0, 1), ["layers", 0])).toEqual({ type: "b", x: 1 });
    expect(moved(draft, ["layers"], 0, 2)).toBe(draft);
    expect(JSON.stringify(draft)).toBe(before);
  });

  it("is written so that it can be read again, layers on a line each", () => {
    for (const { recipe } of presets) expect(JSON.parse(pretty(json(recipe)))).toEqual(json(recipe));
    expect(pretty(json(recipes.digits))).toContain('\n    { "type": "relu" },\n');
    for (const text of ["3", "3, 5", "same", "0.5"]) expect(writeText(readText(text))).toBe(text);
    expect([readText(" "), readText("3x5"), readText("3,")]).toEqual([undefined, [3, 5], "3,"]);
  });

  it("knows what may stand at a place", () => {
    const value = json({
      layers: [
        { type: "conv2d", filters: 1 },
        { type: "residual", layers: [{ type: "gelu" }] },
      ],
    });
    expect(keysAt(schema, value, ["layers", 0])).toEqual(
      expect.arrayContaining(["kernelSize", "initializer"]),
    );
    expect(keysAt(schema, value, ["layers", 0])).not.toContain("filters");
    expect(keysAt(schema, value, ["layers", 0])).not.toContain("units");
    expect(wordsAt(schema, value, ["layers", 1, "layers", 0, "type"])).toEqual(
      expect.arrayContaining(["conv2d", "gelu"]),
    );
    expect(wordsAt(schema, value, ["layers", 1, "layers", 0, "form"])).toEqual(["erf", "tanh"]);
    expect(wordsAt(schema, value, ["dataset"])).toEqual(["digits", "mnist", "cifar10"]);
  });

  it("becomes a program", () => {
    const recipe = parseRecipe(presets.find(({ id }) => id === "residual")!.recipe, "x");
    const code = codeOf(recipe, [1, 28, 28]);
    expect(code).toContain('nn.conv2d(16, 3, { stride: 2, padding: "same", bias: false })');
    expect(code).toContain(
      "optim.adam(model.parameters(), { learningRate: 0.001, decays: ({ shape }) => shape.length > 1 })",
    );
    const init = parseRecipe(
      {
        ...recipes.digits,
        layers: [{ type: "dense", units: 10, initializer: { type: "normal", standardDeviation: 0.1 } }],
        optimizer: { type: "adadelta" },
      },
      "x",
    );
    expect(codeOf(init, [1])).toContain("nn.dense(10, { initializer: nn.init.normal(undefined, 0.1) })");
    expect(codeOf(init, [1])).toContain("optim.adadelta(model.parameters(), { decays:");
  });
});
