/** A recipe as the program that trains it in Node. */
import type { Recipe } from "gradus/recipe";
import { inOneLine, isList, isObject, type Json, type JsonObject } from "./draft.js";

/** Options that the functions of layers take by their places, not by name. */
const positional: Readonly<Record<string, readonly string[]>> = {
  conv2d: ["filters", "kernelSize"],
  depthwiseConv2d: ["kernelSize"],
  separableConv2d: ["filters", "kernelSize"],
  convTranspose2d: ["filters", "kernelSize"],
  locallyConnected2d: ["filters", "kernelSize"],
  dense: ["units"],
  maxPool2d: ["window"],
  averagePool2d: ["window"],
  lpPool2d: ["order", "window"],
  adaptiveAveragePool2d: ["size"],
  globalLpPool: ["order"],
  channelMaxPool: ["window"],
  channelAveragePool: ["window"],
  channelLpPool: ["order", "window"],
  leakyRelu: ["slope"],
  elu: ["alpha"],
  gelu: ["form"],
  hardTanh: ["low", "high"],
  maxout: ["pieces"],
  groupNorm: ["groups"],
  localResponseNorm: ["size"],
  localContrastNorm: ["size"],
  dropout: ["rate"],
  spatialDropout: ["rate"],
  gaussianDropout: ["rate"],
  pad: ["padding", "filling"],
  upsample: ["factor"],
  normal: ["mean", "standardDeviation"],
  uniform: ["low", "high"],
  constant: ["value"],
  orthogonal: ["gain"],
};

/** Names of functions that differ from those of recipes. */
const renamed: Readonly<Record<string, string>> = {
  adamw: "adamW",
  nadam: "nAdam",
  radam: "rAdam",
  rmsprop: "rmsProp",
};

function call(space: string, { type, ...options }: JsonObject, first: readonly string[] = []): string {
  const name = String(type);
  const places = positional[name] ?? [];
  const ordered = places.map((key) => options[key]);
  while (ordered.length > 0 && ordered.at(-1) === undefined) ordered.pop();
  const rest = Object.entries(options).filter(([key, value]) => !places.includes(key) && value !== undefined);
  const words = [
    ...first,
    ...ordered.map((value) => (value === undefined ? "undefined" : written(value))),
    ...(rest.length === 0
      ? []
      : [`{ ${rest.map(([key, value]) => `${key}: ${optionText(key, value)}`).join(", ")} }`]),
  ];
  return `${space}.${renamed[name] ?? name}(${words.join(", ")})`;
}

const optionText = (key: string, value: Json): string =>
  key !== "initializer"
    ? written(value)
    : typeof value === "string"
      ? `nn.init.${value}`
      : call("nn.init", isObject(value) ? value : {});

/** Keys without quotes, as people write them. */
const written = (value: Json): string => inOneLine(value).replaceAll(/"(\w+)":/g, "$1:");

function layersOf(layers: Json | undefined, indent: string): string {
  const inner = `${indent}  `;
  const lines = (isList(layers) ? layers : []).filter(isObject).map((layer) => {
    if (layer.type !== "residual") return `${inner}${call("nn", layer)},`;
    const parts = [layer.layers, layer.shortcut].filter((part) => part !== undefined);
    return `${inner}nn.residual(${parts.map((part) => layersOf(part, inner)).join(", ")}),`;
  });
  return `nn.sequential([\n${lines.join("\n")}\n${indent}])`;
}

/** @param inputShape `[channels, height, width]` of what the network is given */
export function codeOf(recipe: Recipe, inputShape: readonly number[]): string {
  const { preprocessing, batchSize, seed, epochs, clipNorm } = recipe;
  const json = JSON.parse(JSON.stringify(recipe)) as JsonObject;
  const { crop, mirror, shift, scale, offset } = preprocessing;
  const named = recipe.model;
  const model =
    named === undefined
      ? layersOf(json.layers, "")
      : `models.networks.find(({ name }) => name === "${named.name}")!.make({ classes: set.classes.length${named.width === undefined ? "" : `, width: ${named.width}`} })`;
  const augment =
    shift === undefined
      ? written({ crop: true, mirror })
      : `[data.shift(${shift})${mirror ? ", data.flip()" : ""}]`;
  const optimizer: JsonObject = {
    ...(isObject(json.optimizer) ? json.optimizer : {}),
    ...(clipNorm === undefined ? {} : { clipNorm }),
  };
  // Whatever else it says, biases are spared from weight decay.
  const made = call("optim", optimizer, ["model.parameters()"]);
  const sparing = made.endsWith("})")
    ? made.replace(/ \}\)$/, ", decays: ({ shape }) => shape.length > 1 })")
    : made.replace(/\)$/, ", { decays: ({ shape }) => shape.length > 1 })");
  return `import { readFile } from "node:fs/promises";
import { compile, data, losses, ${named === undefined ? "" : "models, "}nn, optim, type Tensor } from "gradus";

// Images and labels in IDX files, as MNIST's are.
const read = async (path: string) =>
  data.parseIdx(await data.gunzipIfNeeded(await readFile(path), { source: path }), path);
const set = data.labelledImages(
  await read("train-images-idx3-ubyte.gz"),
  await read("train-labels-idx1-ubyte.gz"),
  { name: "${recipe.name}", classes: data.digitClasses },
);

const model = ${model};
model.build([${inputShape.join(", ")}], { seed: ${seed} });

const optimizer = ${sparing};

const step = compile((images: Tensor, labels: Tensor) => {
  const loss = losses.crossEntropy(model.forward(images, { training: true }), labels);
  optimizer.minimize(loss);
  return loss;
});

const batches = data.batches(set, {
  size: ${batchSize}, seed: ${seed}, epochs: ${epochs}, dropLast: true,
  ${crop === undefined ? "" : `crop: ${crop}, `}augment: ${augment}, scaling: { scale: ${scale}, offset: ${offset} },
});
for await (const { images, labels, epoch, step: done } of batches) {
  const loss = await step(images, labels).item();
  if (done % 100 === 0) console.log(epoch, done, loss);
}
`;
}
