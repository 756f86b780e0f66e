import { flip, shift } from "../data/augment.js";
import type { BatchOptions } from "../data/batches.js";
import type { Recipe } from "./schema.js";

/** How a recipe's images become batches to train on. */
export function batchOptionsOf(
  recipe: Pick<Recipe, "batchSize" | "seed" | "preprocessing">,
): Omit<BatchOptions, "dropLast" | "epochs"> {
  const { batchSize, seed, preprocessing } = recipe;
  const { crop, mirror, shift: pixels, scale, offset } = preprocessing;
  const augment =
    pixels === undefined ? { crop: true, mirror } : [shift(pixels), ...(mirror ? [flip()] : [])];
  return { size: batchSize, seed, crop, augment, scaling: { scale, offset } };
}
