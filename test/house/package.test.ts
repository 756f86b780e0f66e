import { spawnSync } from "node:child_process";
import { builtinModules } from "node:module";
import { join } from "node:path";
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

/** What a page gets that contains `code`, made by Vite for users of the package. */
async function bundle(code: string) {
  const foreign: string[] = [];
  const result = (await build({
    root,
    configFile: false,
    logLevel: "error",
    plugins: [observer(code, foreign)],
    build: { write: false, minify: true, modulePreload: false, rolldownOptions: { input: { entry } } },
  })) as Rolldown.RolldownOutput;
  const chunks = result.output.filter((file) => file.type === "chunk");
  expect(chunks).toHaveLength(1);
  const [chunk] = chunks as [Rolldown.OutputChunk];
  const modules = Object.entries(chunk.modules)
    .filter(([, { renderedLength }]) => renderedLength > 0)
    .map(([id]) => id);
  expect(modules.filter((id) => id.includes("node_modules"))).toEqual([]);
  expect(foreign).toEqual([]);
  return {
    code: chunk.code,
    size: gzipSync(chunk.code).length,
    modules: modules.filter((id) => id.startsWith(sources)).map((id) => id.slice(sources.length)),
  };
}

describe("the package", () => {
  it("is bundled for a page by Vite: no module of Node, no package, small", async () => {
    const { size, modules } = await bundle(`
      import { compile, losses, nn, optim } from "gradus";
      globalThis.core = [compile, losses.crossEntropy, nn.sequential, optim.adadelta];
    `);
    console.log(`core bundle: ${modules.length} modules, ${(size / 1000).toFixed(1)} kB gzip`);
    // The second is there for its effect alone, so it is the first that a bundler would lose.
    for (const module of ["runtime/compile.ts", "runtime/realize.ts"]) expect(modules).toContain(module);
    expect(size).toBeGreaterThan(1_000);
    expect(size).toBeLessThan(68_000);
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

  it("gives a function that computes nothing without the machinery that computes", async () => {
    const { size } = await bundle('import { parseIdx } from "gradus/data"; globalThis.made = parseIdx;');
    expect(size).toBeLessThan(8_000);
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
