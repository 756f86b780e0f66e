import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { z } from "zod";
import { suggestion } from "../../recipe/nearest.js";
import { UserError } from "../errors.js";
import { type Example, topics } from "../example.js";

type Loaders = Readonly<Record<string, () => Promise<{ readonly default: Example }>>>;

/** Built beside the command line. They know the public surface only, so they are found by name, not imported. */
const listUrl = new URL("../../examples/index.js", import.meta.url);

async function loaders(): Promise<Loaders> {
  if (!existsSync(fileURLToPath(listUrl))) {
    throw new UserError("the examples are not built; in a source checkout `npm run build` builds them");
  }
  const { examples }: { readonly examples: Loaders } = await import(listUrl.href);
  return examples;
}

/** All examples, in the order of the lectures. */
export async function allExamples(): Promise<Example[]> {
  const modules = await Promise.all(Object.values(await loaders()).map((load) => load()));
  return modules.map((module) => module.default);
}

/**
 * An example by its name, or from a file of the user's own.
 * @throws UserError if there is none, naming the nearest, or if the file gives none
 */
export async function findExample(name: string): Promise<Example> {
  if (/[/\\]|\.[cm]?[jt]s$/.test(name)) return ownExample(name);
  const list = await loaders();
  const load = Object.hasOwn(list, name) ? list[name] : undefined;
  if (load !== undefined) return (await load()).default;
  throw new UserError(
    `there is no example "${name}"${suggestion(name, Object.keys(list)) || ";"} \`gradus example\` lists them`,
  );
}

const text = z.string().min(1);

const exampleSchema = z.object({
  name: z.string().regex(/^\w[\w.-]*$/, "must be letters, digits, '.', '_' and '-' only"),
  topic: z.enum(topics),
  rows: z.array(z.string()),
  title: text,
  claim: text,
  options: z
    .record(
      z.string().regex(/^[a-z][a-zA-Z0-9-]*$/),
      z.object({ description: z.string(), value: text.exactOptional(), default: z.string().exactOptional() }),
    )
    .exactOptional(),
  run: z.custom<Example["run"]>((value) => typeof value === "function", "must be a function"),
});

async function ownExample(path: string): Promise<Example> {
  if (!existsSync(path)) throw new UserError(`${path}: no such file`);
  let module: { readonly default?: unknown };
  try {
    module = await import(pathToFileURL(resolve(path)).href);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(`${path} cannot be loaded: ${reason}`, { cause });
  }
  const { error, data } = exampleSchema.safeParse(module.default);
  if (error === undefined) return data;
  const [issue] = error.issues;
  const place = issue?.path.join(".");
  throw new UserError(
    `${path} must export an example as its default (export default defineExample({ ... })): ` +
      `${place ? `${place}: ` : ""}${issue?.message}`,
  );
}
