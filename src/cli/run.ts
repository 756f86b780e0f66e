import type { Module } from "../nn/module.js";
import { type Dataset, datasetOf } from "../recipe/datasets.js";
import { evaluatorOf } from "../recipe/evaluator.js";
import { buildModel, inputShape } from "../recipe/model.js";
import { parseRecipe } from "../recipe/parse.js";
import type { Recipe } from "../recipe/schema.js";
import type { BackendName } from "../runtime/device.js";
import { type Checkpoint, restoreVariables } from "../train/checkpoint.js";
import { decodeCheckpoint } from "../train/checkpoint-file.js";
import type { Evaluator } from "../train/evaluate.js";
import { UserError } from "./errors.js";
import { RunFolder } from "./run-folder.node.js";

/** What `--backend` may name, the default first. */
export const backendNames = ["wasm", "reference"] as const satisfies readonly BackendName[];

/** A network that a run left, ready to be used. */
export interface TrainedRun {
  readonly recipe: Recipe;
  readonly dataset: Dataset;
  readonly model: Module;
  readonly evaluator: Evaluator;
}

/** The recipe in a run folder's `config.json`. */
export function recipeOfRun(folder: RunFolder): Recipe {
  const config = folder.readConfig();
  if (typeof config !== "object" || config === null || !("recipe" in config)) {
    throw new UserError(`${folder.configPath} has no recipe`);
  }
  return parseRecipe(config.recipe, folder.configPath);
}

/** Where an earlier call found the data, and what computed: a run that goes on does so with the same. */
export function placesOfRun(folder: RunFolder): { readonly data?: string; readonly backend?: BackendName } {
  const config = folder.readConfig();
  if (typeof config !== "object" || config === null || !("run" in config)) return {};
  const { run } = config;
  if (typeof run !== "object" || run === null) return {};
  const data = "data" in run && typeof run.data === "string" ? { data: run.data } : {};
  const backend = "backend" in run ? backendNames.find((name) => name === run.backend) : undefined;
  return { ...data, ...(backend === undefined ? {} : { backend }) };
}

/** @throws DataError if the checkpoint is damaged; undefined if there is none yet */
export function checkpointOfRun(folder: RunFolder): Checkpoint | undefined {
  const bytes = folder.readCheckpoint();
  return bytes && decodeCheckpoint(bytes, folder.checkpointPath);
}

/** Loads the network of a run folder. */
export function openRun(path: string): TrainedRun {
  const folder = RunFolder.open(path);
  const recipe = recipeOfRun(folder);
  const dataset = datasetOf(recipe);
  const model = buildModel(recipe, inputShape(recipe, dataset), dataset);
  const checkpoint = checkpointOfRun(folder);
  if (checkpoint === undefined) {
    throw new UserError(`${path} has no checkpoint yet; train it with: gradus train --resume ${path}`);
  }
  restoreVariables(checkpoint, model.variables(), "model.");
  return { recipe, dataset, model, evaluator: evaluatorOf(recipe, model) };
}
