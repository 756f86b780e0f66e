/**
 * Recipes: trainings written as JSON, and what is built from them; `gradus/recipe`. Not a part of `gradus` itself,
 * because they are checked by zod, and the rest of the library needs no package.
 */

export { batchOptionsOf } from "./batches.js";
export { type Dataset, datasetOf, datasets } from "./datasets.js";
export { formatPath, RecipeError, type RecipePath, type RecipeProblem } from "./errors.js";
export { evaluatorOf } from "./evaluator.js";
export type { LayerRecipe, ResidualRecipe } from "./layers/index.js";
export { buildModel, inputShape } from "./model.js";
export { buildOptimizer, buildSchedule } from "./optimizer.js";
export { type CheckedRecipe, checkRecipe, parseRecipe, recipeJsonSchema } from "./parse.js";
export { type BrokenRecipe, brokenRecipes } from "./recipes/broken.js";
export { recipes } from "./recipes/index.js";
export type { DatasetName, DatasetRecipe, Recipe, RecipeInput } from "./schema.js";
