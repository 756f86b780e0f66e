import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseSync } from "vite";
import { expect, it } from "vitest";
import { resolveImport, root } from "./house.js";

/** The syntax that these tests look at. */
interface Statement {
  readonly type: string;
  readonly start: number;
  readonly source?: { readonly value: string } | null;
  readonly exported?: { readonly name: string } | null;
  readonly specifiers?: readonly { readonly local: { readonly name: string } }[];
  readonly declaration?: Declaration | null;
}
interface Declaration {
  readonly type: string;
  readonly id?: { readonly name: string };
  readonly body?: { readonly body: readonly Member[] };
  readonly declarations?: readonly { readonly id: { readonly name: string } }[];
}

interface Member {
  readonly type: string;
  readonly start: number;
  readonly kind: string;
  readonly override?: boolean;
  readonly computed: boolean;
  readonly accessibility?: string | null;
  readonly key: { readonly type: string; readonly name: string };
}

const parsed = new Map<string, { text: string; body: readonly Statement[]; documented: Set<number> }>();

function parse(path: string) {
  const known = parsed.get(path);
  if (known) return known;
  const text = readFileSync(join(root, "src", path), "utf8");
  const { program, comments } = parseSync(path, text);
  // A docstring stands right before what it documents.
  const documented = new Set(
    comments
      .filter(({ type, value }) => type === "Block" && value.startsWith("*"))
      .map(({ end }) => end + text.slice(end).search(/\S/)),
  );
  const file = { text, body: program.body as readonly Statement[], documented };
  parsed.set(path, file);
  return file;
}

const namesOf = ({ id, declarations = [] }: Declaration) =>
  id ? [id.name] : declarations.map((one) => one.id.name);

/** Where a name that a file exports is declared. */
function find(path: string, name: string): { path: string; statement: Statement } | undefined {
  for (const statement of parse(path).body) {
    if (statement.declaration && namesOf(statement.declaration).includes(name)) return { path, statement };
    if (statement.specifiers?.some(({ local }) => local.name === name) && statement.source) {
      return find(resolveImport(path, statement.source.value) as string, name);
    }
  }
  return undefined;
}

/** Every public name, with its declaration, from an entry point on. */
function* publicNames(path: string): Generator<{ name: string; path: string; statement: Statement }> {
  for (const statement of parse(path).body) {
    if (statement.source && statement.type === "ExportAllDeclaration") {
      yield* publicNames(resolveImport(path, statement.source.value) as string);
    } else if (statement.source) {
      for (const { local } of statement.specifiers ?? []) {
        const found = find(resolveImport(path, statement.source.value) as string, local.name);
        if (found) yield { name: local.name, ...found };
      }
    } else if (statement.declaration) {
      for (const name of namesOf(statement.declaration)) yield { name, path, statement };
    }
  }
}

/** Methods that users call: not private, not inherited, not those by which a class is extended. */
function publicMethods({ declaration }: Statement): readonly Member[] {
  return (declaration?.body?.body ?? []).filter(
    ({ type, kind, override, accessibility, computed, key }) =>
      type === "MethodDefinition" &&
      // A setter is described with its getter.
      kind !== "constructor" &&
      kind !== "set" &&
      !override &&
      !computed &&
      accessibility !== "private" &&
      accessibility !== "protected" &&
      key.type !== "PrivateIdentifier",
  );
}

it("every public function, class and constant has a docstring, and so has every method", () => {
  const all = [...publicNames("index.ts"), ...publicNames("cli/example.ts")];
  expect(all.length).toBeGreaterThan(200);
  const missing = new Set<string>();
  for (const { name, path, statement } of all) {
    // Options and other types are described by their members.
    if (/Alias|Interface/.test(statement.declaration?.type ?? "")) continue;
    const { documented } = parse(path);
    if (!documented.has(statement.start)) missing.add(`${name} (src/${path})`);
    for (const method of publicMethods(statement)) {
      if (!documented.has(method.start)) missing.add(`${name}.${method.key.name} (src/${path})`);
    }
  }
  expect([...missing]).toEqual([]);
});
