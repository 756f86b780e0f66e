import type { RecipeInput } from "../schema.js";
import { cifar10 } from "./cifar10.js";
import { digits } from "./digits.js";
import { mnist } from "./mnist.js";

/** The recipes that have a name. */
export const recipes: Readonly<Record<string, RecipeInput>> = { digits, mnist, cifar10 };
