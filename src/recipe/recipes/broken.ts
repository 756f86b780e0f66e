import type { FindingName } from "../../inspect/doctor/finding.js";
import type { RecipeInput } from "../schema.js";
import { convnetjsMnist } from "./convnetjs.js";

/** A training that goes wrong on purpose, in one way. */
export interface BrokenRecipe {
  /** What is wrong, for people. */
  readonly title: string;
  /** What `inspect.diagnose` finds to be bad within the first steps; null for the one with nothing wrong. */
  readonly finding: FindingName | null;
  readonly recipe: RecipeInput;
}

type Layers = NonNullable<RecipeInput["layers"]>;

/** The network on the 10,000 digits, with plain gradient descent, so that one thing alone is different. */
const base = {
  dataset: "digits",
  ...convnetjsMnist,
  optimizer: { type: "sgd", learningRate: 0.01, momentum: 0.9 },
  validation: 0.05,
  epochs: 2,
  seed: 1,
} as const satisfies Partial<RecipeInput>;

/** Ten hidden layers of 64 units. */
const deep = (
  dense: Omit<Extract<Layers[number], { type: "dense" }>, "type" | "units">,
  activation: "relu" | "sigmoid",
): Layers => [
  { type: "flatten" },
  ...Array.from(
    { length: 10 },
    (): Layers => [{ type: "dense", units: 64, ...dense }, { type: activation }],
  ).flat(),
  { type: "dense", units: 10, ...dense },
];

/** Trainings that go wrong on purpose, each with what is found to be wrong with it, and one that does not. */
export const brokenRecipes: readonly BrokenRecipe[] = [
  { title: "nothing is wrong", finding: null, recipe: { ...base, name: "healthy" } },
  {
    title: "all weights begin at zero",
    finding: "identical units",
    recipe: {
      ...base,
      name: "zero-initialization",
      layers: base.layers.map((layer) =>
        layer.type === "conv2d" || layer.type === "dense" ? { ...layer, initializer: "zeros" } : layer,
      ),
    },
  },
  {
    title: "ten layers of sigmoids",
    finding: "vanishing gradient",
    recipe: { ...base, name: "deep-sigmoid", layers: deep({ initializer: "xavierNormal" }, "sigmoid") },
  },
  {
    title: "a learning rate of 10",
    finding: "update too large",
    recipe: { ...base, name: "learning-rate-10", optimizer: { type: "sgd", learningRate: 10 } },
  },
  {
    title: "ten layers with small weights and no normalization",
    finding: "fading signal",
    recipe: {
      ...base,
      name: "small-weights",
      layers: deep({ initializer: { type: "normal", standardDeviation: 0.01 } }, "relu"),
    },
  },
];
