/** Networks to begin with: those that have names, and a few that teach something. */
import { type RecipeInput, recipes } from "gradus/recipe";

export interface Preset {
  readonly id: string;
  readonly title: string;
  /** What it is there to show. */
  readonly purpose: string;
  readonly recipe: RecipeInput;
}

type Layers = NonNullable<RecipeInput["layers"]>;

const digits = {
  dataset: "digits",
  validation: 0.05,
  optimizer: { type: "adam", learningRate: 0.001 },
  batchSize: 32,
  epochs: 10,
  seed: 1,
} as const satisfies Partial<RecipeInput>;

const conv = (filters: number, stride = 1): Layers[number] => ({
  type: "conv2d",
  filters,
  kernelSize: 3,
  ...(stride === 1 ? {} : { stride }),
  padding: "same",
  bias: false,
});

/** A residual block of two convolutions; with a stride its shortcut is a convolution, too. */
const block = (filters: number, stride = 1): Layers => [
  {
    type: "residual",
    layers: [
      conv(filters, stride),
      { type: "batchNorm" },
      { type: "relu" },
      conv(filters),
      { type: "batchNorm" },
    ],
    ...(stride === 1
      ? {}
      : {
          shortcut: [{ type: "conv2d", filters, kernelSize: 1, stride, bias: false }, { type: "batchNorm" }],
        }),
  },
  { type: "relu" },
];

const sigmoids = Array.from(
  { length: 10 },
  (): Layers => [{ type: "dense", units: 64, initializer: "xavierNormal" }, { type: "sigmoid" }],
).flat();

/** Fits images of any size from 8 x 8 on, and any number of classes. */
const allConvolutional: RecipeInput = {
  ...digits,
  name: "all-convolutional",
  layers: [
    { type: "conv2d", filters: 16, kernelSize: 3, padding: "same" },
    { type: "relu" },
    { type: "conv2d", filters: 16, kernelSize: 3, padding: "same", stride: 2 },
    { type: "relu" },
    { type: "conv2d", filters: 32, kernelSize: 3, padding: "same" },
    { type: "relu" },
    { type: "conv2d", filters: 32, kernelSize: 3, padding: "same", stride: 2 },
    { type: "relu" },
    { type: "globalAveragePool" },
    { type: "dense", units: 10 },
  ],
};

export const presets: readonly Preset[] = [
  {
    id: "digits",
    title: "ConvNetJS's, for the digits",
    purpose: "Two convolutions, each with ReLU and pooling: the page begins with it.",
    recipe: recipes.digits!,
  },
  {
    id: "mnist",
    title: "ConvNetJS's, for all of MNIST",
    purpose: "The same on 60,000 digits.",
    recipe: recipes.mnist!,
  },
  {
    id: "cifar10",
    title: "ConvNetJS's, for CIFAR-10",
    purpose: "Colour photographs of ten kinds of things.",
    recipe: recipes.cifar10!,
  },
  {
    id: "linear",
    title: "One layer",
    purpose: "Softmax regression: each class has one template, to be seen as its weights.",
    recipe: { ...digits, name: "linear", layers: [{ type: "flatten" }, { type: "dense", units: 10 }] },
  },
  {
    id: "mlp",
    title: "Two hidden layers",
    purpose: "No convolution: it does not know which pixels are neighbours.",
    recipe: {
      ...digits,
      name: "mlp",
      layers: [
        { type: "flatten" },
        { type: "dense", units: 128 },
        { type: "relu" },
        { type: "dense", units: 64 },
        { type: "relu" },
        { type: "dense", units: 10 },
      ],
    },
  },
  {
    id: "lenet",
    title: "Like LeNet-5",
    purpose: "The network of 1998: tanh and average pooling.",
    recipe: {
      ...digits,
      name: "lenet",
      layers: [
        { type: "conv2d", filters: 6, kernelSize: 5, padding: 2, initializer: "xavierUniform" },
        { type: "tanh" },
        { type: "averagePool2d", window: 2 },
        { type: "conv2d", filters: 16, kernelSize: 5, initializer: "xavierUniform" },
        { type: "tanh" },
        { type: "averagePool2d", window: 2 },
        { type: "flatten" },
        { type: "dense", units: 120, initializer: "xavierUniform" },
        { type: "tanh" },
        { type: "dense", units: 84, initializer: "xavierUniform" },
        { type: "tanh" },
        { type: "dense", units: 10, initializer: "xavierUniform" },
      ],
    },
  },
  {
    id: "all-convolutional",
    title: "All convolutional",
    purpose: "Strides instead of pooling, then the mean of each map: made for class-activation maps.",
    recipe: allConvolutional,
  },
  {
    id: "residual",
    title: "Small residual network",
    purpose: "Blocks that add to their input, with batch normalization.",
    recipe: {
      ...digits,
      name: "residual",
      layers: [
        conv(8),
        { type: "batchNorm" },
        { type: "relu" },
        ...block(8),
        ...block(16, 2),
        ...block(32, 2),
        { type: "globalAveragePool" },
        { type: "dense", units: 10 },
      ],
    },
  },
  {
    id: "dropout",
    title: "Wide, with dropout",
    purpose: "Half of the units are silent at each step.",
    recipe: {
      ...digits,
      name: "dropout",
      layers: [
        { type: "flatten" },
        { type: "dense", units: 256 },
        { type: "relu" },
        { type: "dropout", rate: 0.5 },
        { type: "dense", units: 10 },
      ],
    },
  },
  {
    id: "deep-sigmoid",
    title: "Ten layers of sigmoids",
    purpose: "Learns nothing for a long time: gradients vanish on the way to the first layers.",
    recipe: {
      ...digits,
      name: "deep-sigmoid",
      optimizer: { type: "sgd", learningRate: 0.01, momentum: 0.9 },
      layers: [{ type: "flatten" }, ...sigmoids, { type: "dense", units: 10, initializer: "xavierNormal" }],
    },
  },
];

/** What is needed of a data set to fit a recipe to it. */
export interface Fit {
  readonly classes: readonly string[];
  readonly height: number;
  readonly width: number;
  /** Images to train and validate. */
  readonly count: number;
}

/** The recipe for another data set: as many units at the end as there are classes, no larger crops, no larger batches. */
export function fitted(recipe: RecipeInput, { classes, height, width, count }: Fit): RecipeInput {
  const { preprocessing, layers } = recipe;
  const last = layers?.findLastIndex(({ type }) => type === "dense");
  const crop = preprocessing?.crop;
  const keeps = crop === undefined || crop <= Math.min(height, width);
  const { crop: _, testCrops: __, ...whole } = preprocessing ?? {};
  // A validation set of at least one image, and ten batches an epoch, if only few images are there.
  const validation = Math.max(recipe.validation ?? 0.1, Math.min(0.2, 2 / count));
  const left = count - Math.round(count * validation);
  return {
    ...recipe,
    ...(preprocessing === undefined ? {} : { preprocessing: keeps ? preprocessing : whole }),
    ...(layers === undefined
      ? {}
      : {
          layers: layers.map((layer, i) =>
            i === last && layer.type === "dense" ? { ...layer, units: classes.length } : layer,
          ),
        }),
    validation,
    batchSize: Math.max(1, Math.min(recipe.batchSize, Math.floor(left / 10) || 1)),
  };
}

/** For images of one's own, of any size. */
export const forOwnImages: RecipeInput = allConvolutional;
