/** The trainings that go wrong on purpose, as the page offers them. */
import type { inspect } from "gradus";
import { type BrokenRecipe, brokenRecipes } from "gradus/recipe";
import type { Checkup } from "../../worker/lenses/examination.js";
import type { Plan } from "../../worker/protocol.js";

/** What is done to the network, and why it cannot learn. */
export const explanations: Readonly<Record<string, string>> = {
  healthy: "A small convolutional network with ordinary settings: to compare, and to return to.",
  "zero-initialization":
    "All units of a layer begin alike and are changed alike, so a layer stays one single unit.",
  "deep-sigmoid":
    "Each sigmoid lets at most a quarter of the gradient through. Ten of them leave nothing for the first layer.",
  "learning-rate-10": "The first steps are far longer than the weights themselves, and throw them away.",
  "small-weights":
    "Each layer makes the signal a little smaller, until the output no longer depends on the image.",
};

export const planOf = ({ recipe }: BrokenRecipe): Plan => ({ recipe, seed: recipe.seed ?? 1, changes: [] });

/** Which of them a training is, whatever its seed and its changes. */
export function brokenOf(plan: Plan | undefined): BrokenRecipe | undefined {
  const text = JSON.stringify(plan?.recipe);
  return brokenRecipes.find(({ recipe }) => JSON.stringify(recipe) === text);
}

/** The finding of what there is; in the healthy one, that the loss falls while nothing is bad. */
export function foundIn({ finding }: BrokenRecipe, { findings }: Checkup): inspect.Finding | undefined {
  if (finding !== null) return findings.find(({ severity, what }) => severity === "bad" && what === finding);
  if (findings.some(({ severity }) => severity === "bad")) return undefined;
  return findings.find(({ what }) => what === "falling");
}

/** When the doctor first found it, and what was advised then: later there may be nothing left to see but what it has done. */
export interface Found {
  readonly step: number;
  readonly advice: string;
}
