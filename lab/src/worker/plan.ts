import { parseRecipe, type Recipe } from "gradus/recipe";
import type { Change, Plan } from "./protocol.js";

/** How many changes a plan may have: each is a step that somebody's hand made. */
const mostChanges = 10_000;

/**
 * The recipe of a plan with its defaults, after a look at the plan: it may come from a link or a file. Whether the settings of
 * its changes can be, `Run.create` sees.
 * @throws RecipeError or Error saying what is wrong
 */
export function recipeOfPlan(plan: Plan): Recipe {
  const { changes, seed } = plan;
  const recipe = parseRecipe({ ...plan.recipe, seed }, "in the link or file");
  if (!Array.isArray(changes) || changes.length > mostChanges) {
    throw new Error("the plan's changes must be a list");
  }
  let last = 0;
  changes.forEach((change: Partial<Change> | null, i) => {
    const { step, settings } = change ?? {};
    if (
      !Number.isSafeInteger(step) ||
      (step as number) < last ||
      typeof settings !== "object" ||
      settings === null
    ) {
      throw new Error(`the plan's change ${i} must have settings and a step of at least ${last}`);
    }
    last = step as number;
  });
  return recipe;
}
