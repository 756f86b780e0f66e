import { readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { suggestion } from "../recipe/nearest.js";
import { parseRecipe } from "../recipe/parse.js";
import { recipes } from "../recipe/recipes/index.js";
import type { Recipe } from "../recipe/schema.js";
import { UserError } from "./errors.js";
import { systemReason } from "./run-folder.node.js";

/** What a command's argument may be, for its help. */
export const recipeArgument = `${Object.keys(recipes).join(", ")}, or the path of a recipe in JSON`;

/**
 * The recipe that a command's argument means: a name, or a JSON file.
 * @throws UserError if there is none, or it cannot be read; RecipeError if it is not as it should be
 */
export function findRecipe(argument: string): Recipe {
  if (Object.hasOwn(recipes, argument)) return parseRecipe(recipes[argument], argument);
  const looksLikeFile = /[/\\]|\.json$/i.test(argument);
  if (!looksLikeFile && statSync(argument, { throwIfNoEntry: false })?.isFile() !== true) {
    const names = Object.keys(recipes);
    throw new UserError(
      `there is no recipe "${argument}"${suggestion(argument, names)} (known: ${names.join(", ")}, or the path of a JSON file)`,
    );
  }
  let text: string;
  try {
    text = readFileSync(argument, "utf8");
  } catch (error) {
    throw new UserError(`recipe ${argument} cannot be read: ${systemReason(error)}`, { cause: error });
  }
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    throw new UserError(`recipe ${argument} is not JSON: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
  return withFilesFrom(dirname(argument), parseRecipe(value, argument));
}

/** The data files that a recipe names are meant from its own folder; afterwards the recipe can stand anywhere. */
function withFilesFrom(folder: string, recipe: Recipe): Recipe {
  const { dataset } = recipe;
  if (typeof dataset === "string") return recipe;
  const from = (path: string) => resolve(folder, path);
  const { images, labels, testImages, testLabels } = dataset;
  return {
    ...recipe,
    dataset: {
      ...dataset,
      images: from(images),
      labels: from(labels),
      testImages: from(testImages),
      testLabels: from(testLabels),
    },
  };
}
