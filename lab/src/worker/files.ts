/** Files that the user opens, looked at with care before anything is done with them. */
import { data, io, type train } from "gradus";
import { checkRecipe, formatPath, type Recipe } from "gradus/recipe";
import type { Plan } from "./protocol.js";

export interface SavedModel {
  readonly tensors: train.Checkpoint["tensors"];
  /** Of the network, if the file says so. */
  readonly recipe: Recipe | undefined;
  readonly data: string | undefined;
}

/** @throws DataError if it is no safetensors file, its recipe is wrong, or its weights are no numbers */
export function readModel(bytes: Uint8Array, source: string): SavedModel {
  const { tensors, metadata } = io.readSafetensors(bytes, source);
  for (const [name, { dtype, data: values }] of tensors) {
    if (dtype === "float32" && !values.every(Number.isFinite)) {
      throw new data.DataError(source, `${name} holds values that are infinite or no numbers`);
    }
  }
  const recipe = metadata.recipe === undefined ? undefined : recipeOf(metadata.recipe, source);
  return { tensors, recipe, data: metadata.data };
}

function recipeOf(text: string, source: string): Recipe {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new data.DataError(source, "the recipe in its metadata is no JSON", { cause });
  }
  const { recipe, problems } = checkRecipe(value);
  if (recipe === undefined) {
    const list = problems.map(({ path, message }) => `${formatPath(path)}: ${message}`).join("; ");
    throw new data.DataError(source, `the recipe in its metadata is wrong: ${list}`);
  }
  return recipe;
}

/** All that decides what a network's weights mean. */
export function networkOf({ layers, model, preprocessing: { scale, offset, crop } }: Recipe): string {
  return JSON.stringify({ layers, model, scale, offset, crop });
}

export interface SavedRun {
  readonly totalSteps: number;
  readonly plan: Plan;
  readonly curves: { readonly loss: readonly number[]; readonly accuracy: readonly number[] };
}

/**
 * The state that `Run.checkpoint` left.
 * @throws DataError if it is another one's, or damaged
 */
export function savedRun({ source, state }: train.Checkpoint): SavedRun {
  const refuse = (problem: string): never => {
    throw new data.DataError(source, `is a checkpoint, but not of a training in the lab: ${problem}`);
  };
  const { totalSteps, plan, curves } = (
    typeof state === "object" && state !== null ? state : {}
  ) as Partial<SavedRun>;
  if (typeof plan !== "object" || plan === null) return refuse("it says nothing of its recipe");
  if (!Number.isSafeInteger(totalSteps)) return refuse("it does not say how many steps were made");
  const list = (name: "loss" | "accuracy"): number[] => {
    const values: unknown = curves?.[name];
    if (!Array.isArray(values) || values.length !== totalSteps)
      return refuse(`its curve of ${name} is not of ${totalSteps} steps`);
    return values.map((value) => (typeof value === "number" ? value : Number.NaN));
  };
  return {
    totalSteps: totalSteps as number,
    plan,
    curves: { loss: list("loss"), accuracy: list("accuracy") },
  };
}
