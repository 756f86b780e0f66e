import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { build, type Plugin, type Rolldown } from "vite";
import { describe, expect, it } from "vitest";
import { root } from "./house.js";

const entry = "virtual:entry";
const sources = `${join(root, "src").replaceAll("\\", "/")}/`;

/** Serves the entry, and writes down every module of Node and every package that the core asks for. */
function observer(code: string, foreign: string[]): Plugin {
  return {
    name: "observer",
    enforce: "pre",
    resolveId(specifier, importer) {
      if (specifier === entry) return `\0${entry}`;
      if (specifier.startsWith("node:") || builtinModules.includes(specifier)) {
        foreign.push(`${importer} imports ${specifier}`);
      }
      const own = /^gradus(?:\/(\w+))?$/.exec(specifier);
      return own ? `${sources}${own[1] === undefined ? "" : `${own[1]}/`}index.ts` : undefined;
    },
    load: (id) => (id === `\0${entry}` ? code : undefined),
  };
}

/** What a page gets that contains `code`, made by Vite for users of the package; it may have these packages only. */
async function bundle(code: string, packages: readonly string[] = []) {
  const foreign: string[] = [];
  const result = (await build({
    root,
    configFile: false,
    logLevel: "error",
    plugins: [observer(code, foreign)],
    build: { write: false, minify: true, modulePreload: false, rolldownOptions: { input: { entry } } },
  })) as Rolldown.RolldownOutput;
  const chunks = result.output.filter((file) => file.type === "chunk");
  const core = loadedAtOnce(chunks);
  const all = modulesOf(chunks);
  const used = all.map((id) => /node_modules\/([^/]+)/.exec(id)?.[1]).filter((name) => name !== undefined);
  expect([...new Set(used)]).toEqual(packages);
  expect(foreign).toEqual([]);
  return {
    chunks,
    code: chunks.find(({ isEntry }) => isEntry)!.code,
    size: sizeOf(core),
    wholeSize: sizeOf(chunks),
    modules: modulesOf(core)
      .filter((id) => id.startsWith(sources))
      .map((id) => id.slice(sources.length)),
  };
}

/** What a page loads at once: the entry, and what that imports other than by `import()`. */
function loadedAtOnce(chunks: readonly Rolldown.OutputChunk[]): Rolldown.OutputChunk[] {
  const found = new Set(chunks.filter(({ isEntry }) => isEntry));
  for (const { imports } of found) {
    for (const chunk of chunks) if (imports.includes(chunk.fileName)) found.add(chunk);
  }
  return [...found];
}

const sizeOf = (chunks: readonly Rolldown.OutputChunk[]) =>
  chunks.reduce((sum, chunk) => sum + gzipSync(chunk.code).length, 0);

/** The modules of which something is left. */
const modulesOf = (chunks: readonly Rolldown.OutputChunk[]) =>
  chunks.flatMap((chunk) =>
    Object.entries(chunk.modules)
      .filter(([, { renderedLength }]) => renderedLength > 0)
      .map(([id]) => id),
  );

describe("the package", () => {
  it("is bundled for a page by Vite: no module of Node, no package, small", async () => {
    const { size, wholeSize, modules } = await bundle(`
      import { compile, losses, nn, optim } from "gradus";
      globalThis.core = [compile, losses.crossEntropy, nn.sequential, optim.adadelta];
    `);
    console.log(
      `core bundle: ${modules.length} modules, ${(size / 1000).toFixed(1)} kB gzip; ` +
        `with what is loaded when it is needed ${(wholeSize / 1000).toFixed(1)} kB`,
    );
    // The second is there for its effect alone, so it is the first that a bundler would lose.
    for (const module of ["runtime/compile.ts", "runtime/realize.ts"]) expect(modules).toContain(module);
    expect(size).toBeGreaterThan(1_000);
    expect(size).toBeLessThan(60_000);
    // What few programs need comes later, and is no place to hide things.
    for (const module of ["backends/wasm/emit/later-kernels.ts", "compile/rematerialize.ts"]) {
      expect(modules).not.toContain(module);
    }
    expect(wholeSize).toBeLessThan(75_000);
  });

  it("loads the rest of itself when a program needs it", async () => {
    const { chunks } = await bundle(`
      import { compile, tensor } from "gradus";
      const image = tensor(Float32Array.from({ length: 64 }, (_, i) => i), { shape: [1, 1, 8, 8] });
      const pooled = compile((x) => x.maxPool(2).multiply(x.maxPool(2).sum()).sum(), { memory: 1e6 });
      pooled(image).item().then((sum) => { console.log(sum); process.exit(0); });
    `);
    expect(chunks.length).toBeGreaterThan(1);
    const folder = mkdtempSync(join(tmpdir(), "gradus-bundle-"));
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    for (const { fileName, code } of chunks) {
      mkdirSync(dirname(join(folder, fileName)), { recursive: true });
      writeFileSync(join(folder, fileName), code);
    }
    const [entryChunk] = chunks.filter(({ isEntry }) => isEntry);
    const { stdout, stderr } = spawnSync(process.execPath, [join(folder, entryChunk!.fileName)], {
      encoding: "utf8",
    });
    rmSync(folder, { recursive: true });
    const maxima = Array.from({ length: 16 }, (_, i) => 9 + 16 * (i >> 2) + 2 * (i & 3));
    const sum = maxima.reduce((a, b) => a + b);
    expect({ stdout, stderr }).toEqual({ stdout: `${sum * sum}\n`, stderr: "" });
  });

  it("gives one layer without the others, and without the losses, optimizers and loops that it does not use", async () => {
    const { size, modules } = await bundle('import { dense } from "gradus/nn"; globalThis.made = dense(2);');
    const folder = (name: string) => modules.filter((path) => path.startsWith(`${name}/`));
    console.log(`one layer: ${modules.length} modules, ${(size / 1000).toFixed(1)} kB gzip`);
    expect(folder("nn").sort()).toEqual([
      "nn/build-context.ts",
      "nn/check.ts",
      "nn/dense.ts",
      "nn/init.ts",
      "nn/module.ts",
      "nn/receptive-field.ts",
    ]);
    for (const name of ["autodiff", "losses", "optim", "data", "models", "inspect", "io", "train", "cli"]) {
      expect(folder(name)).toEqual([]);
    }
    expect(folder("backends").filter((path) => !path.startsWith("backends/wasm/"))).toEqual([]);
    expect(size).toBeLessThan(60_000);
  });

  it("gives recipes with zod and no other package", async () => {
    const { wholeSize, modules } = await bundle(
      'import { buildModel, parseRecipe } from "gradus/recipe"; globalThis.made = [buildModel, parseRecipe];',
      ["zod"],
    );
    console.log(`recipes: ${modules.length} modules, ${(wholeSize / 1000).toFixed(1)} kB gzip`);
    expect(modules).toContain("recipe/parse.ts");
    for (const name of ["inspect", "train", "cli"]) {
      expect(modules.filter((path) => path.startsWith(`${name}/`))).toEqual([]);
    }
  });

  it("gives a function that computes nothing without the machinery that computes", async () => {
    const { size } = await bundle('import { parseIdx } from "gradus/data"; globalThis.made = parseIdx;');
    // The entry joins the runtime, of which only what is loaded later cannot be left out.
    expect(size).toBeLessThan(13_000);
    const { modules } = await bundle(
      'import { writeSafetensors } from "gradus/io"; globalThis.made = writeSafetensors;',
    );
    expect(modules).toEqual(expect.arrayContaining(["io/safetensors.ts"]));
    expect(modules.length).toBeLessThan(6);
  });

  it.each([
    [
      "a layer's weights",
      'import { dense } from "gradus/nn"; const layer = dense(2); layer.build([3]);',
      "layer.weight.value.abs().sum().item()",
    ],
    ["a tensor", 'import { tensor } from "gradus";', "tensor([1, 2]).add(3).sum().item()"],
  ])("bundled, reads values of %s when nothing else is imported", async (_, imports, value) => {
    const { code } = await bundle(
      `${imports} ${value}.then((n) => { console.log(n > 0); process.exit(0); });`,
    );
    const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module"], {
      input: code,
      encoding: "utf8",
    });
    expect({ stdout, stderr }).toEqual({ stdout: "true\n", stderr: "" });
  });
});
