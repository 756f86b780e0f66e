import type { RecipeInput } from "../schema.js";
import { convnetjsMnist } from "./convnetjs.js";

/** The full MNIST. */
export const mnist: RecipeInput = {
  name: "mnist",
  dataset: "mnist",
  ...convnetjsMnist,
  validation: 0.05,
  schedule: { type: "cosine", finalFactor: 0.02 },
  epochs: 3,
  seed: 1,
};
