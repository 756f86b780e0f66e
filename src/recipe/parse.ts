import { z } from "zod";
import { RecipeError, type RecipeProblem } from "./errors.js";
import { type Recipe, recipeSchema } from "./schema.js";

/**
 * Zod lumps the problems of all members of a union together. Where the value is of only one member's kind (the one
 * list or object among numbers and words), the problems of that member are meant, at their own places.
 */
function unfold(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== "invalid_union" || issue.errors.length === 0) return [issue];
  const isOfAnotherKind = ({ code, path }: z.core.$ZodIssue) =>
    path.length === 0 && (code === "invalid_type" || code === "invalid_value");
  const [meant, ...others] = issue.errors.filter((problems) => !problems.some(isOfAnotherKind));
  if (meant === undefined || others.length > 0) return [issue];
  return meant.flatMap((inner) => unfold({ ...inner, path: [...issue.path, ...inner.path] }));
}

/** Zod says "Invalid input: expected number, received string". Unions say only "Invalid input": say what would fit. */
function describeIssue(issue: z.core.$ZodIssue): string {
  const message = issue.message.replace(/^Invalid (input|option): /, "");
  if (issue.code === "invalid_union" && message === "Invalid input") {
    const parts = issue.errors.flatMap((list) =>
      list.map((inner) =>
        inner.message.replace(/^Invalid (input|option): /, "").replace(/, received .*$/, ""),
      ),
    );
    return [...new Set(parts)].join(", or ") || message;
  }
  return message;
}

/** Whether a place holds nothing at all, rather than something wrong. */
function isMissing(issue: z.core.$ZodIssue): boolean {
  const { code, input } = issue;
  return (
    input === undefined && (code === "invalid_type" || code === "invalid_value" || code === "invalid_union")
  );
}

function describeProblem(issue: z.core.$ZodIssue): string {
  const { input } = issue;
  // That a type is unknown or missing is said in full already.
  if (issue.code === "invalid_union" && issue.path.at(-1) === "type") return describeIssue(issue);
  if (isMissing(issue)) return `missing; ${describeIssue(issue).replace(/, received undefined$/, "")}`;
  const shown = typeof input === "number" ? String(input) : JSON.stringify(input);
  const given = input === null || typeof input === "object" ? "" : ` (it is ${shown})`;
  return `${describeIssue(issue)}${given}`;
}

/** What checking a recipe gave: the recipe with its defaults filled in, unless there are problems. */
export interface CheckedRecipe {
  readonly recipe?: Recipe;
  readonly problems: readonly RecipeProblem[];
}

/** Checks a recipe, as an editor does while it is being written. Whether its layers fit together, `buildModel` says. */
export function checkRecipe(value: unknown): CheckedRecipe {
  const result = recipeSchema.safeParse(value, { reportInput: true });
  if (result.success) return { recipe: result.data, problems: [] };
  const problems = result.error.issues.flatMap(unfold).map((issue) => ({
    path: issue.path.map((key) => (typeof key === "number" ? key : String(key))),
    message: describeProblem(issue),
  }));
  return { problems };
}

/**
 * Checks a recipe and fills in its defaults.
 * @param source names the file in errors
 * @throws RecipeError listing every problem with its place and what would fit
 */
export function parseRecipe(value: unknown, source: string): Recipe {
  const { recipe, problems } = checkRecipe(value);
  if (recipe === undefined) throw new RecipeError(source, problems);
  return recipe;
}

/** The JSON Schema (draft 2020-12) of recipes as they are written, for editors. */
export function recipeJsonSchema(): Record<string, unknown> {
  return { ...z.toJSONSchema(recipeSchema, { io: "input" }) };
}
