import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { parseSync } from "vite";

/**
 * The folders of src/ in the order of the house. Data flows down the list, imports point up it: a file may import
 * from its own folder and from those above.
 */
export const folders = [
  "shape",
  "graph",
  "tensor",
  "autodiff",
  "compile",
  "backends",
  "runtime",
  "random",
  "nn",
  "losses",
  "optim",
  "data",
  "models",
  "inspect",
  "io",
  "train",
  "recipe",
  "cli",
] as const;

/** Files whose place in the order is not that of their folder. The generator's arithmetic is part of an operation. */
export const exceptions: Readonly<Record<string, (typeof folders)[number]>> = {
  "random/threefry.ts": "shape",
};

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** One TypeScript file, as far as these tests care. `path` is relative to src, with "/". */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** What a file asks of others, and what it must not contain, each as `line: text`. */
export interface Facts {
  /** every module specifier: static, dynamic, in types, and `new URL("./x.js", import.meta.url)` */
  readonly imports: readonly string[];
  /** those of them that are made only for what the module does when it loads: `import "./x.js"` */
  readonly effects: readonly string[];
  readonly any: readonly string[];
  readonly doubleCasts: readonly string[];
  readonly ignores: readonly string[];
}

export function readSources(folder = join(root, "src")): SourceFile[] {
  return listFiles(folder)
    .filter((path) => path.endsWith(".ts"))
    .map((path) => ({ path, text: readFileSync(join(folder, path), "utf8") }));
}

export function listFiles(folder: string, inside = ""): string[] {
  return readdirSync(join(folder, inside))
    .sort()
    .flatMap((name) => {
      const path = posix.join(inside, name);
      return statSync(join(folder, path)).isDirectory() ? listFiles(folder, path) : [path];
    });
}

interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly [key: string]: unknown;
}

const isNode = (value: unknown): value is SyntaxNode =>
  typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string";

function* descendants(value: unknown): Generator<SyntaxNode> {
  if (Array.isArray(value)) {
    for (const item of value) yield* descendants(item);
  } else if (isNode(value)) {
    yield value;
    for (const key of Object.keys(value)) yield* descendants(value[key]);
  }
}

const isEmpty = (value: unknown): boolean => Array.isArray(value) && value.length === 0;

const literal = (value: unknown): string | undefined =>
  isNode(value) && value.type === "Literal" && typeof value.value === "string" ? value.value : undefined;

/** The module that a piece of syntax names, if it names one. */
function specifierOf(node: SyntaxNode): string | undefined {
  switch (node.type) {
    case "ImportDeclaration":
    case "ExportNamedDeclaration":
    case "ExportAllDeclaration":
    case "ImportExpression":
    case "TSImportType":
      return literal(node.source) ?? literal(node.argument);
    case "NewExpression": {
      const [first, second] = node.arguments as readonly unknown[];
      const isUrl = isNode(node.callee) && node.callee.name === "URL";
      return isUrl && isNode(second) && second.type === "MemberExpression" ? literal(first) : undefined;
    }
    default:
      return undefined;
  }
}

export function factsOf({ path, text }: SourceFile): Facts {
  const { program, comments, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`src/${path} does not parse: ${errors[0]?.message}`);
  const lines = text.split("\n");
  const where = (start: number) => {
    const line = text.slice(0, start).split("\n").length;
    return `src/${path}:${line}: ${lines[line - 1]?.trim()}`;
  };

  const imports: string[] = [];
  const effects: string[] = [];
  const any: string[] = [];
  const doubleCasts: string[] = [];
  for (const node of descendants(program)) {
    const specifier = specifierOf(node);
    if (specifier !== undefined) imports.push(specifier);
    if (specifier !== undefined && node.type === "ImportDeclaration" && isEmpty(node.specifiers)) {
      effects.push(specifier);
    }
    if (node.type === "TSAnyKeyword") any.push(where(node.start));
    const inner = node.expression;
    if (node.type === "TSAsExpression" && isNode(inner) && inner.type === "TSAsExpression") {
      if (isNode(inner.typeAnnotation) && inner.typeAnnotation.type === "TSUnknownKeyword") {
        doubleCasts.push(where(node.start));
      }
    }
  }
  const ignores = comments
    .filter(({ value }) => /@ts-(ignore|nocheck|expect-error)|biome-ignore/.test(value))
    .map(({ start }) => where(start));
  return { imports, effects, any, doubleCasts, ignores };
}

/** Relative imports as paths below src, with the `.ts` that stands behind a `.js`. */
export function resolveImport(from: string, specifier: string): string | undefined {
  if (!specifier.startsWith(".")) return undefined;
  return posix.join(posix.dirname(from), specifier).replace(/\.js$/, ".ts");
}

/** The first cycle of a graph, as a path that ends where it began; undefined if there is none. */
export function findCycle(edges: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): string[] | undefined => {
    const at = path.indexOf(file);
    if (at >= 0) return [...path.slice(at), file];
    if (done.has(file)) return undefined;
    path.push(file);
    for (const next of edges.get(file) ?? []) {
      const cycle = visit(next);
      if (cycle !== undefined) return cycle;
    }
    path.pop();
    done.add(file);
    return undefined;
  };
  for (const file of edges.keys()) {
    const cycle = visit(file);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

/** The place of a file in the order of the house; `index.ts` stands below everything. */
export function placeOf(path: string): number {
  if (!path.includes("/")) return folders.length;
  const folder = exceptions[path] ?? path.slice(0, path.indexOf("/"));
  return (folders as readonly string[]).indexOf(folder);
}

/** Packages that folders of the core may use. Users of `gradus` itself load neither these folders nor these packages. */
export const packages: Readonly<Record<string, readonly string[]>> = { recipe: ["zod"] };

/** Whether a file may use Node and packages: the command line, and files that say so in their name. */
export const isNodeOnly = (path: string): boolean => path.startsWith("cli/") || path.endsWith(".node.ts");
