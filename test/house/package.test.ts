import { builtinModules } from "node:module";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build, type Plugin, type Rolldown } from "vite";
import { describe, expect, it } from "vitest";
import { root } from "./house.js";

const entry = "virtual:core-entry";

/** What a page needs to train: the core, without data sets, recipes and files. */
const code = `
  import { compile, losses, nn, optim } from ${JSON.stringify(join(root, "src/index.ts"))};
  globalThis.gradusCore = [compile, losses.crossEntropy, nn.sequential, optim.adadelta];
`;

/** Serves the entry, and writes down every module of Node and every package that the core asks for. */
function observer(foreign: string[]): Plugin {
  return {
    name: "observer",
    enforce: "pre",
    resolveId(source, importer) {
      if (source === entry) return `\0${entry}`;
      if (source.startsWith("node:") || builtinModules.includes(source)) {
        foreign.push(`${importer} imports ${source}`);
      }
      return undefined;
    },
    load: (id) => (id === `\0${entry}` ? code : undefined),
  };
}

describe("the package", () => {
  it("is bundled for a page by Vite: no module of Node, no package, small", async () => {
    const foreign: string[] = [];
    const result = (await build({
      root,
      configFile: false,
      logLevel: "error",
      plugins: [observer(foreign)],
      build: {
        write: false,
        minify: true,
        modulePreload: false,
        rolldownOptions: { input: { core: entry } },
      },
    })) as Rolldown.RolldownOutput;
    const chunks = result.output.filter((file) => file.type === "chunk");
    const modules = chunks.flatMap(({ moduleIds }) => moduleIds);
    const size = chunks.reduce((sum, chunk) => sum + gzipSync(chunk.code).length, 0);
    console.log(`core bundle: ${modules.length} modules, ${(size / 1000).toFixed(1)} kB gzip`);

    expect(foreign).toEqual([]);
    expect(modules.filter((id) => id.includes("node_modules"))).toEqual([]);
    // The second is there for its effect alone, so it is the first that a bundler would lose.
    for (const module of ["src/runtime/compile.ts", "src/runtime/realize.ts"]) {
      expect(modules).toContain(join(root, module).replaceAll("\\", "/"));
    }
    expect(size).toBeGreaterThan(1_000);
    expect(size).toBeLessThan(60_000);
  });
});
