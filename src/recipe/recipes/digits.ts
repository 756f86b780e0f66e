import type { RecipeInput } from "../schema.js";
import { convnetjsMnist } from "./convnetjs.js";

/** The 10,000 digits that the package carries. */
export const digits: RecipeInput = {
  name: "digits",
  dataset: "digits",
  ...convnetjsMnist,
  validation: 0.05,
  schedule: { type: "cosine", finalFactor: 0.02 },
  epochs: 15,
  seed: 1,
};
