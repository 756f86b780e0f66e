import type { RecipeInput } from "../recipe.js";
import { digits } from "./digits.js";
import { mnist } from "./mnist.js";

/** The recipes that the command knows by name. */
export const recipes: Readonly<Record<string, RecipeInput>> = { digits, mnist };
