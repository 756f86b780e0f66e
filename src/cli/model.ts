import type { LabelledImages } from "../data/labelled-images.js";
import { networks } from "../models/catalog.js";
import * as nn from "../nn/index.js";
import { ShapeError } from "../shape/shape.js";
import type { Dataset } from "./datasets.js";
import { UserError } from "./errors.js";
import type { LayerRecipe, Recipe } from "./recipe.js";

/** Padding of a pair is rows, columns. */
type Padded = { readonly padding?: "same" | "valid" | number | [number, number] | undefined };
type Strided = { readonly stride?: number | [number, number] | undefined };

function windowOptions({ padding, stride }: Padded & Strided) {
  return { ...(padding === undefined ? {} : { padding }), ...(stride === undefined ? {} : { stride }) };
}

function weightOptions({
  bias,
  initializer,
}: {
  bias?: boolean | undefined;
  initializer?: keyof typeof nn.init | undefined;
}) {
  return {
    ...(bias === undefined ? {} : { bias }),
    ...(initializer === undefined ? {} : { initializer: nn.init[initializer] as nn.Initializer }),
  };
}

type LayerOf<T extends LayerRecipe["type"]> = Extract<LayerRecipe, { type: T }>;

/** How each layer of a recipe is made. */
const makers: { readonly [T in LayerRecipe["type"]]: (layer: LayerOf<T>) => nn.Module } = {
  conv2d: (layer) =>
    nn.conv2d(layer.filters, layer.kernelSize, {
      ...windowOptions(layer),
      ...weightOptions(layer),
      ...(layer.dilation === undefined ? {} : { dilation: layer.dilation }),
      ...(layer.groups === undefined ? {} : { groups: layer.groups }),
    }),
  maxPool2d: (layer) => nn.maxPool2d(layer.window, windowOptions(layer)),
  averagePool2d: (layer) => nn.averagePool2d(layer.window, windowOptions(layer)),
  globalAveragePool: () => nn.globalAveragePool(),
  flatten: () => nn.flatten(),
  dense: (layer) => nn.dense(layer.units, weightOptions(layer)),
  relu: () => nn.relu(),
  leakyRelu: (layer) => nn.leakyRelu(layer.slope),
  elu: (layer) => nn.elu(layer.alpha),
  gelu: () => nn.gelu(),
  silu: () => nn.silu(),
  sigmoid: () => nn.sigmoid(),
  softplus: () => nn.softplus(),
  tanh: () => nn.tanh(),
  dropout: (layer) => nn.dropout(layer.rate),
  batchNorm: ({ momentum, epsilon }) =>
    nn.batchNorm({
      ...(momentum === undefined ? {} : { momentum }),
      ...(epsilon === undefined ? {} : { epsilon }),
    }),
};

function makeLayer<T extends LayerRecipe["type"]>(layer: LayerOf<T>): nn.Module {
  const make: (layer: LayerOf<T>) => nn.Module = makers[layer.type as T];
  return make(layer);
}

/** What a recipe's network is given: `[channels, height, width]` of an image after cropping. */
export function inputShape(
  recipe: Recipe,
  images: Pick<LabelledImages, "channels" | "height" | "width">,
): [number, number, number] {
  const { crop } = recipe.preprocessing;
  const { channels, height, width } = images;
  if (crop === undefined) return [channels, height, width];
  if (crop > Math.min(height, width)) {
    throw new UserError(
      `recipe ${recipe.name}: preprocessing.crop is ${crop}, but the images are ${height} x ${width}; at most ${Math.min(height, width)} fits`,
    );
  }
  return [channels, crop, crop];
}

/** What WebAssembly can address, in bytes. Building a network allocates nothing, so it would not notice. */
const memoryLimit = 2 ** 32;

/** The network of a recipe, not built yet. */
function makeModel({ name, layers, model }: Recipe, classes: number): nn.Module {
  if (model === undefined) {
    return nn.sequential((layers ?? []).map((layer, i) => at(name, `layers[${i}]`, () => makeLayer(layer))));
  }
  const network = networks.find((candidate) => candidate.name === model.name)!;
  const width = model.width === undefined ? {} : { width: model.width };
  return at(name, "model", () => network.make({ classes, ...width }));
}

/**
 * The built network of a recipe.
 * @throws UserError naming the layer that does not fit, as `layers[3]`
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
    const [, path, problem] = /^layer (\S+): (.*)$/s.exec(error.message) ?? [];
    const place = path === undefined ? "" : recipe.model ? `model: layer ${path}: ` : `layers[${path}]: `;
    throw new UserError(`recipe ${recipe.name}: ${place}${problem ?? error.message}`, { cause: error });
  }
  const bytes = 4 * model.parameters().reduce((sum, { size }) => sum + size, 0);
  if (bytes > memoryLimit) {
    throw new UserError(
      `recipe ${recipe.name}: the network's parameters do not fit into memory (they take ` +
        `${Math.ceil(bytes / 2 ** 30)} GiB, and there are at most ${memoryLimit / 2 ** 30}); use fewer units or filters`,
    );
  }
  if (output.length !== 1 || output[0] !== classes) {
    const last = (recipe.layers?.length ?? 0) - 1;
    const advice =
      output.length === 1
        ? `use ${classes} units`
        : `add {"type": "flatten"} and {"type": "dense", "units": ${classes}}`;
    throw new UserError(
      `recipe ${recipe.name}: layers[${last}]: the network's output for one image is [${output.join(", ")}], but ` +
        `${dataset.name} has ${classes} classes, so it must be [${classes}]; ${advice}`,
    );
  }
  return model;
}

/** Runs `make`, whose errors belong to a place of the recipe. */
function at<T>(recipe: string, place: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof ShapeError || error instanceof RangeError)) throw error;
    throw new UserError(`recipe ${recipe}: ${place}: ${error.message}`, { cause: error });
  }
}
