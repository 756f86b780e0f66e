/**
 * The state of the page in its address, so that a link reproduces it: `#/train?recipe=digits&seed=1&step=120&...`. What
 * decides the training comes first; the rest belongs to the page that is shown.
 */
import type { RecipeInput } from "gradus/recipe";
import type { Change, Plan } from "../worker/protocol.js";

export interface Address {
  readonly page: string;
  /** A recipe's name, or the recipe itself. */
  readonly recipe?: string | RecipeInput | undefined;
  readonly data?: string | undefined;
  readonly seed?: number | undefined;
  /** Go to this step and wait there. */
  readonly step?: number | undefined;
  readonly changes?: readonly Change[] | undefined;
  /** What the page itself remembers: which layers are open, and so on. */
  readonly view: Readonly<Record<string, string>>;
}

const own = new Set(["recipe", "data", "seed", "step", "changes"]);

/** @throws Error naming the part that cannot be read */
export function readAddress(hash: string): Address {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const parameters = new URLSearchParams(query);
  const recipe = parameters.get("recipe");
  const view = Object.fromEntries([...parameters].filter(([key]) => !own.has(key)));
  return {
    page: path,
    recipe:
      recipe === null ? undefined : recipe.startsWith(".") ? unpack<RecipeInput>("recipe", recipe) : recipe,
    data: parameters.get("data") ?? undefined,
    seed: whole("seed", parameters.get("seed")),
    step: whole("step", parameters.get("step")),
    changes: parameters.has("changes")
      ? unpack<Change[]>("changes", parameters.get("changes") as string)
      : undefined,
    view,
  };
}

export function writeAddress({ page, recipe, data, seed, step, changes, view }: Address): string {
  const parameters = new URLSearchParams();
  if (recipe !== undefined) parameters.set("recipe", typeof recipe === "string" ? recipe : pack(recipe));
  if (data !== undefined) parameters.set("data", data);
  if (seed !== undefined) parameters.set("seed", String(seed));
  if (step !== undefined) parameters.set("step", String(step));
  if (changes !== undefined && changes.length > 0) parameters.set("changes", pack(changes));
  for (const [key, value] of Object.entries(view)) if (value !== "") parameters.set(key, value);
  const query = parameters.toString();
  return `#/${page}${query === "" ? "" : `?${query}`}`;
}

/** The part of an address that says what is trained. `named` are the recipes that have names. */
export function addressOfPlan(
  plan: Plan,
  named: Readonly<Record<string, RecipeInput>>,
): Pick<Address, "recipe" | "data" | "seed" | "changes"> {
  const text = JSON.stringify(plan.recipe);
  const name = Object.keys(named).find((key) => JSON.stringify(named[key]) === text);
  return { recipe: name ?? plan.recipe, data: plan.data, seed: plan.seed, changes: plan.changes };
}

function whole(name: string, text: string | null): number | undefined {
  if (text === null) return undefined;
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new Error(`the address says ${name}=${text}, but that is no whole number`);
}

/** JSON as letters and digits that need no escapes in an address: base64url behind a full stop. */
function pack(value: unknown): string {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return `.${btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}`;
}

function unpack<T>(name: string, text: string): T {
  try {
    const binary = atob(text.slice(1).replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as T;
  } catch {
    throw new Error(`the address is damaged: its ${name} cannot be read; was the link copied as a whole?`);
  }
}
