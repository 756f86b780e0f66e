import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { listFiles, root } from "./house.js";

const folder = join(root, "lab/src");
const files = listFiles(folder)
  .filter((path) => /\.(ts|svelte)$/.test(path))
  .map((path) => ({ path, text: readFileSync(join(folder, path), "utf8") }));

/** Whatever stands where a module's name stands: in imports of all kinds, and as the address of a worker. */
const specifiers = /(?:\bfrom\s+|\bimport\s*\(?\s*|\bnew URL\(\s*(?="\.))"([^"]+)"/g;
const imports = files.flatMap(({ path, text }) =>
  [...text.matchAll(specifiers)].map(([, specifier = ""]) => ({ path, specifier })),
);

const read = (path: string) => JSON.parse(readFileSync(join(root, path), "utf8"));
const entries = new Set<string>(
  Object.keys(read("package.json").exports).map((entry) => entry.replace(/^\./, "gradus")),
);
const packages = Object.keys(read("lab/package.json").devDependencies);

describe("the lab", () => {
  it("is a client of the library's public entries alone", () => {
    const wrong = imports.filter(
      ({ specifier }) =>
        /^gradus(\/|$)/.test(specifier) && !(entries.has(specifier) && specifier !== "gradus/example"),
    );
    const outside = imports.filter(({ path, specifier }) => {
      const depth = path.split("/").length - 1;
      return specifier.startsWith(".") && (specifier.match(/\.\.\//g)?.length ?? 0) > depth;
    });
    expect([...wrong, ...outside]).toEqual([]);
    expect(imports.some(({ specifier }) => specifier === "gradus/recipe")).toBe(true);
  });

  // Node's modules occur in the programs that the page writes for its users; Vite refuses any other use.
  it("imports no package that its own package.json does not name", () => {
    const unknown = imports.filter(
      ({ specifier }) =>
        !/^(\.|gradus(\/|$)|node:)/.test(specifier) &&
        !packages.some((name) => specifier === name || specifier.startsWith(`${name}/`)),
    );
    expect(unknown).toEqual([]);
  });

  it("keeps its files short and its types honest", () => {
    const long = files.filter(({ text }) => text.split("\n").length > 500).map(({ path }) => path);
    expect(long).toEqual([]);
    const any = files.filter(({ text }) =>
      /([:<]|\bas) any\b|@ts-(ignore|nocheck|expect-error)|as unknown as/.test(
        text.replace(/^\s*(\/?\*|\/\/(?! @ts)).*$/gm, ""),
      ),
    );
    expect(any.map(({ path }) => path)).toEqual([]);
  });
});
