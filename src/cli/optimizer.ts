import type { Module } from "../nn/module.js";
import * as optim from "../optim/index.js";
import type { Recipe } from "./recipe.js";

type Given<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** Removes keys whose value is undefined, so that defaults apply. */
function given<T extends object>(options: T): Given<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Given<T>;
}

/** The optimizer of a recipe. Biases and normalization's scales do not decay, as in ConvNetJS. */
export function buildOptimizer(recipe: Recipe, model: Module): optim.Optimizer {
  const parameters = model.parameters();
  const common = {
    decays: (parameter: { readonly shape: readonly number[] }) => parameter.shape.length > 1,
    ...(recipe.clipNorm === undefined ? {} : { clipNorm: recipe.clipNorm }),
  };
  const { optimizer } = recipe;
  switch (optimizer.type) {
    case "sgd":
      return optim.sgd(parameters, { ...common, ...given(optimizer) });
    case "adadelta":
      return optim.adadelta(parameters, { ...common, ...given(optimizer) });
    case "adam":
      return optim.adam(parameters, { ...common, ...given(optimizer) });
    case "adamw":
      return optim.adamW(parameters, { ...common, ...given(optimizer) });
  }
}

/** The learning rate of a recipe over a training of `stepsPerEpoch` steps an epoch. */
export function buildSchedule(
  recipe: Recipe,
  optimizer: optim.Optimizer,
  stepsPerEpoch: number,
): optim.Schedule | optim.Plateau {
  const { schedule, epochs } = recipe;
  const rate = optimizer.learningRate;
  switch (schedule.type) {
    case "constant":
      return optim.schedules.constant(rate);
    case "step":
      return optim.schedules.stepDecay({
        rate,
        every: schedule.everyEpochs * stepsPerEpoch,
        factor: schedule.factor,
      });
    case "cosine":
      return optim.schedules.cosine({
        rate,
        steps: epochs * stepsPerEpoch,
        minimum: rate * (schedule.finalFactor ?? 0),
      });
    case "plateau":
      return optim.plateau({ rate, patience: schedule.patienceEpochs, factor: schedule.factor });
  }
}
