import { existsSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  exceptions,
  factsOf,
  findCycle,
  folders,
  isNodeOnly,
  packages,
  placeOf,
  readSources,
  resolveImport,
  root,
} from "./house.js";

const sources = readSources();
const facts = new Map(sources.map((source) => [source.path, factsOf(source)]));
const relative = new Map(
  [...facts].map(([path, { imports }]) => [
    path,
    imports.map((specifier) => resolveImport(path, specifier)).filter((target) => target !== undefined),
  ]),
);

describe("the house", () => {
  it("knows every folder of src, and every exception exists", () => {
    const unknown = sources.map(({ path }) => path).filter((path) => placeOf(path) < 0);
    expect(unknown, "add the folder to test/house/house.ts, at its place").toEqual([]);
    expect(Object.keys(exceptions).filter((path) => !facts.has(path))).toEqual([]);
  });

  it("resolves every relative import to a file", () => {
    const missing = [...relative].flatMap(([path, targets]) =>
      targets
        // Files that travel with the package are found by URL, from dist as from src; examples are built to dist, too.
        .filter(
          (target) =>
            !facts.has(target) &&
            !/^(\.\.\/(assets\/|lab\/dist\/|package\.json$)|examples\/index\.ts$)/.test(target),
        )
        .map((target) => `src/${path} imports src/${target}`),
    );
    expect(missing).toEqual([]);
  });

  it("has no cycle of imports, not even of types", () => {
    expect(findCycle(relative)?.join(" -> ")).toBeUndefined();
  });

  it("imports only upwards", () => {
    const wrong = [...relative].flatMap(([path, targets]) =>
      targets
        .filter((target) => facts.has(target) && placeOf(target) > placeOf(path))
        .map((target) => `src/${path} imports src/${target}`),
    );
    expect(wrong, `the order is ${folders.join(", ")}`).toEqual([]);
  });

  it("keeps Node and packages out of the core", () => {
    const wrong = [...facts]
      .filter(([path]) => !isNodeOnly(path))
      .flatMap(([path, { imports }]) =>
        imports
          .filter((specifier) => !specifier.startsWith("."))
          .filter((specifier) => !packages[path.slice(0, path.indexOf("/"))]?.includes(specifier))
          .map((specifier) => `src/${path} imports ${specifier}`),
      );
    expect(wrong, "only src/cli and *.node.ts may").toEqual([]);
  });

  it("keeps the folders that need packages out of the entry `gradus`", () => {
    const reached = [...reachable("index.ts")];
    for (const folder of Object.keys(packages)) {
      expect(facts.has(`${folder}/index.ts`)).toBe(true);
      expect(reached.filter((path) => path.startsWith(`${folder}/`))).toEqual([]);
    }
  });

  it("imports Node's modules as node:..., and packages only if they are dependencies", () => {
    const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    const wrong = [...facts].flatMap(([path, { imports }]) =>
      imports
        .filter((specifier) => !specifier.startsWith(".") && !specifier.startsWith("node:"))
        .filter((specifier) => builtinModules.includes(specifier) || !(packageOf(specifier) in dependencies))
        .map((specifier) => `src/${path} imports ${specifier}`),
    );
    expect(wrong).toEqual([]);
  });
});

describe("bundlers", () => {
  const { sideEffects, exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const entries: string[] = Object.values<{ default?: string }>(exports)
    .map((target) => /^\.\/dist\/(.*)\.js$/.exec(target.default ?? "")?.[1])
    .filter((path) => path !== undefined)
    .map((path) => `${path}.ts`);

  // They leave out a module that is imported for its effect alone, unless package.json tells them not to; and an entry
  // that only passes on what others export, with what it imports for its effect.
  it("are told of every module that is imported for its effect alone, of the entries that do so, and of no other", () => {
    const effects = [...facts].flatMap(([path, { effects }]) =>
      effects.map((specifier) => resolveImport(path, specifier)).filter((target) => target !== undefined),
    );
    const acting = entries.filter((path) => facts.get(path)!.effects.length > 0);
    const modules = [...new Set([...acting, ...effects])].sort();
    expect([...sideEffects].sort()).toEqual([
      ...modules.map((path) => `./dist/${path.replace(/\.ts$/, ".js")}`),
      ...modules.map((path) => `./src/${path}`),
    ]);
  });

  it("find every namespace of the package as an entry of its own, with its types", () => {
    const namespaces = [
      ...readFileSync(join(root, "src/index.ts"), "utf8").matchAll(/export \* as (\w+) from/g),
    ];
    for (const [, name] of namespaces) {
      expect(exports[`./${name}`]).toEqual({
        types: `./dist/${name}/index.d.ts`,
        default: `./dist/${name}/index.js`,
      });
    }
    expect(namespaces.length).toBeGreaterThan(5);
    expect(entries.filter((path) => !facts.has(path))).toEqual([]);
  });

  it("may load any entry alone: whatever makes tensors brings what computes them", () => {
    const without = entries.filter((path) => {
      const reached = reachable(path);
      return reached.has("tensor/tensor.ts") && !reached.has("runtime/realize.ts");
    });
    expect(without).toEqual([]);
  });
});

/** The modules that a module loads, itself included. */
function reachable(path: string, found = new Set<string>()): Set<string> {
  if (found.has(path)) return found;
  found.add(path);
  for (const next of relative.get(path) ?? []) reachable(next, found);
  return found;
}

describe("the sources", () => {
  it("have no file above 500 lines", () => {
    const long = sources
      .map(({ path, text }) => ({ path, lines: text.trimEnd().split("\n").length }))
      .filter(({ lines }) => lines > 500);
    expect(long, "such a file says two things: split it").toEqual([]);
  });

  it("have no any, no cast through unknown, no silenced checks", () => {
    const found = [...facts.values()].flatMap(({ any, doubleCasts, ignores }) => [
      ...any,
      ...doubleCasts,
      ...ignores,
    ]);
    expect(found).toEqual([]);
  });
});

describe("the documentation", () => {
  const present = folders.filter((folder) => sources.some(({ path }) => path.startsWith(`${folder}/`)));
  const index = readFileSync(join(root, "docs", "README.md"), "utf8");

  it.each(present)("has a page for src/%s, listed in docs/README.md", (folder) => {
    expect(existsSync(join(root, "docs", `${folder}.md`)), `docs/${folder}.md exists`).toBe(true);
    expect(index).toContain(`(${folder}.md)`);
  });

  it("lists the pages in the order of the house", () => {
    const places = folders.map((folder) => index.indexOf(`(${folder}.md)`)).filter((place) => place >= 0);
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });

  it("lists only pages that exist", () => {
    const links = [...index.matchAll(/\]\(([\w./-]+\.md)\)/g)].map(([, target]) => String(target));
    expect(links.filter((target) => !existsSync(join(root, "docs", target)))).toEqual([]);
  });
});

function packageOf(specifier: string): string {
  const [first, second] = specifier.split("/");
  return specifier.startsWith("@") ? `${first}/${second}` : String(first);
}
