import type { Module } from "../nn/module.js";
import type { Optimizer } from "../optim/optimizer.js";
import type { Plateau, Schedule } from "../optim/schedules.js";
import { RecipeError } from "./errors.js";
import { makeOptimizer } from "./optimizers.js";
import { makeSchedule } from "./schedules.js";
import type { Recipe } from "./schema.js";

/**
 * The optimizer of a recipe. Biases and normalization's scales do not decay, as in ConvNetJS.
 * @throws RecipeError if options of the optimizer exclude each other
 */
export function buildOptimizer(recipe: Recipe, model: Module): Optimizer {
  const { name, optimizer, clipNorm } = recipe;
  const common = {
    decays: (parameter: { readonly shape: readonly number[] }) => parameter.shape.length > 1,
    ...(clipNorm === undefined ? {} : { clipNorm }),
  };
  try {
    return makeOptimizer(optimizer, model.parameters(), common);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new RecipeError(name, [{ path: ["optimizer"], message: error.message }], { cause: error });
  }
}

/** The learning rate of a recipe over a training of `stepsPerEpoch` steps an epoch. */
export function buildSchedule(
  recipe: Recipe,
  optimizer: Optimizer,
  stepsPerEpoch: number,
): Schedule | Plateau {
  const { schedule, epochs } = recipe;
  return makeSchedule(schedule, { rate: optimizer.learningRate, epochs, stepsPerEpoch });
}
