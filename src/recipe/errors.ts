/** Where in a recipe something stands: the keys and indices that lead to it, `["layers", 3, "units"]`; empty for the whole. */
export type RecipePath = readonly (string | number)[];

/** What is wrong in a recipe, and where. */
export interface RecipeProblem {
  readonly path: RecipePath;
  /** Says what would fit; without the place. */
  readonly message: string;
}

/** A recipe cannot be used. The message names the recipe, and each problem with its place: `layers[3].units: ...`. */
export class RecipeError extends Error {
  override readonly name = "RecipeError";
  /** All that is known, at least one. */
  readonly problems: readonly RecipeProblem[];

  /** @param source names the recipe in the message */
  constructor(source: string, problems: readonly RecipeProblem[], options?: ErrorOptions) {
    const lines = problems.map(describe);
    super(
      lines.length === 1
        ? `recipe ${source}: ${lines[0]}`
        : `recipe ${source} has ${lines.length} problems:${lines.map((line) => `\n  ${line}`).join("")}`,
      options,
    );
    this.problems = problems;
  }

  /** The place of the first problem. */
  get path(): RecipePath {
    return this.problems[0]?.path ?? [];
  }
}

function describe({ path, message }: RecipeProblem): string {
  return path.length === 0 ? message : `${formatPath(path)}: ${message}`;
}

/** `layers[3].units`. */
export function formatPath(path: RecipePath): string {
  let text = "";
  for (const key of path) text += typeof key === "number" ? `[${key}]` : `${text === "" ? "" : "."}${key}`;
  return text;
}
