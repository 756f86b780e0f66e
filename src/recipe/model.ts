import { networks } from "../models/catalog.js";
import * as nn from "../nn/index.js";
import { ShapeError } from "../shape/shape.js";
import type { Dataset } from "./datasets.js";
import { RecipeError, type RecipePath } from "./errors.js";
import { type LayerRecipe, makeLayer } from "./layers/index.js";
import type { Recipe } from "./schema.js";

/**
 * What a recipe's network is given: `[channels, height, width]` of an image after cropping.
 * @throws RecipeError if the images are smaller than the crop
 */
export function inputShape(
  recipe: Recipe,
  images: Pick<Dataset, "channels" | "height" | "width">,
): [number, number, number] {
  const { crop } = recipe.preprocessing;
  const { channels, height, width } = images;
  if (crop === undefined) return [channels, height, width];
  if (crop > Math.min(height, width)) {
    throw problem(
      recipe,
      ["preprocessing", "crop"],
      `${crop} is too large: the images are ${height} x ${width}, so at most ${Math.min(height, width)} fits`,
    );
  }
  return [channels, crop, crop];
}

/** What WebAssembly can address, in bytes. Building a network allocates nothing, so it would not notice. */
const memoryLimit = 2 ** 32;

/** The network of a recipe, not built yet. */
function makeModel(recipe: Recipe, classes: number): nn.Module {
  const { layers, model } = recipe;
  if (model === undefined) return makeLayers(recipe, layers ?? [], ["layers"]);
  const network = networks.find((candidate) => candidate.name === model.name)!;
  const width = model.width === undefined ? {} : { width: model.width };
  return at(recipe, ["model"], () => network.make({ classes, ...width }));
}

function makeLayers(recipe: Recipe, layers: readonly LayerRecipe[], path: RecipePath): nn.Module {
  const modules = layers.map((layer, i) => {
    const place = [...path, i];
    if (layer.type !== "residual") return at(recipe, place, () => makeLayer(layer));
    const body = makeLayers(recipe, layer.layers, [...place, "layers"]);
    return nn.residual(body, layer.shortcut && makeLayers(recipe, layer.shortcut, [...place, "shortcut"]));
  });
  return nn.sequential(modules);
}

/** Where a recipe has the layer at a path of its network, `3` or, in a residual layer, `3.body.1`. */
function placeOf(layers: readonly LayerRecipe[], modulePath: string): RecipePath {
  const place: (string | number)[] = ["layers"];
  let list = layers;
  const names = modulePath.split(".");
  for (let i = 0; i < names.length; i += 2) {
    const index = Number(names[i]);
    const layer = list[index];
    place.push(index);
    if (layer?.type !== "residual" || names[i + 2] === undefined) break;
    const inBody = names[i + 1] === "body";
    place.push(inBody ? "layers" : "shortcut");
    list = (inBody ? layer.layers : layer.shortcut) ?? [];
  }
  return place;
}

/**
 * The built network of a recipe.
 * @throws RecipeError with the path of the layer that does not fit, `["layers", 3]`
 */
export function buildModel(
  recipe: Recipe,
  shape: readonly number[],
  dataset: Pick<Dataset, "name" | "classes">,
): nn.Module {
  const classes = dataset.classes.length;
  const model = makeModel(recipe, classes);
  let output: readonly number[];
  try {
    output = model.build(shape, { seed: recipe.seed });
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    const { layers } = recipe;
    if (layers === undefined) throw problem(recipe, ["model"], error.message, error);
    const [, layer, message] = /^layer (\S+): (.*)$/s.exec(error.message) ?? [];
    if (layer === undefined || message === undefined) throw problem(recipe, [], error.message, error);
    throw problem(recipe, placeOf(layers, layer), message, error);
  }
  const bytes = 4 * model.parameters().reduce((sum, { size }) => sum + size, 0);
  if (bytes > memoryLimit) {
    throw problem(
      recipe,
      [],
      `the network's parameters do not fit into memory (they take ${Math.ceil(bytes / 2 ** 30)} GiB, and there are ` +
        `at most ${memoryLimit / 2 ** 30}); use fewer units or filters`,
    );
  }
  if (output.length !== 1 || output[0] !== classes) {
    const advice =
      output.length === 1
        ? `use ${classes} units`
        : `add {"type": "flatten"} and {"type": "dense", "units": ${classes}}`;
    throw problem(
      recipe,
      recipe.layers === undefined ? ["model"] : ["layers", recipe.layers.length - 1],
      `the network's output for one image is [${output.join(", ")}], but ${dataset.name} has ${classes} classes, ` +
        `so it must be [${classes}]; ${advice}`,
    );
  }
  return model;
}

function problem({ name }: Recipe, path: RecipePath, message: string, cause?: unknown): RecipeError {
  return new RecipeError(name, [{ path, message }], cause === undefined ? {} : { cause });
}

/** Runs `make`, whose errors belong to a place of the recipe. */
function at<T>(recipe: Recipe, path: RecipePath, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof ShapeError || error instanceof RangeError)) throw error;
    throw problem(recipe, path, error.message, error);
  }
}
