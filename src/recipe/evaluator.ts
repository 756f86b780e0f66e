import type { Module } from "../nn/module.js";
import { Evaluator } from "../train/evaluate.js";
import type { Recipe } from "./schema.js";

/** How a recipe's network looks at images. */
export function evaluatorOf(recipe: Pick<Recipe, "preprocessing">, model: Module): Evaluator {
  const { crop, testCrops, scale, offset } = recipe.preprocessing;
  return new Evaluator(model, { crop, crops: testCrops, scaling: { scale, offset } });
}
