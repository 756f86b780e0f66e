import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listFiles } from "../house/house.js";
import { root } from "./support.js";

const place = mkdtempSync(join(tmpdir(), "gradus-package-"));
const installed = join(place, "node_modules", "gradus");
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** A project with nothing but the package, as npm would install it from its archive; dependencies are borrowed. */
beforeAll(() => {
  const pack = ["pack", "--ignore-scripts", "--json", "--pack-destination", place];
  const [{ filename }] = JSON.parse(
    execFileSync("npm", pack, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }),
  );
  mkdirSync(installed, { recursive: true });
  execFileSync("tar", ["-xzf", join(place, filename), "-C", installed, "--strip-components", "1"]);
  for (const name of listDependencies(Object.keys(manifest.dependencies))) {
    const link = join(place, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(root, "node_modules", name), link);
  }
  writeFileSync(join(place, "package.json"), '{ "type": "module" }');
});

afterAll(() => rmSync(place, { recursive: true, force: true }));

/** These and what they need themselves. */
function listDependencies(names: readonly string[], found = new Set<string>()): Set<string> {
  for (const name of names) {
    if (found.has(name)) continue;
    found.add(name);
    const { dependencies = {} } = JSON.parse(
      readFileSync(join(root, "node_modules", name, "package.json"), "utf8"),
    );
    listDependencies(Object.keys(dependencies), found);
  }
  return found;
}

function node(args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: place, encoding: "utf8" });
  return { status, stdout, stderr };
}

describe("the package, installed", () => {
  it("holds what runs and its types, the examples with their sources, and nothing that only its makers need", () => {
    const files = listFiles(installed);
    for (const file of [
      "dist/index.js",
      "dist/nn/index.d.ts",
      "dist/examples/xor.js",
      "examples/xor.ts",
      "lab/dist/index.html",
      "lab/dist/data/index.json",
      "lab/dist/data/digits-train-1-images.idx3-ubyte.gz",
      "LICENSE",
    ]) {
      expect(files).toContain(file);
    }
    const unwanted = /^(src|test|scripts|bench)\/|^lab\/(?!dist\/)|\.map$|\.br$|\.tsbuildinfo$/;
    expect(files.filter((file) => unwanted.test(file))).toEqual([]);
  });

  const program = `
    import { compile, type Tensor, tensor } from "gradus";
    import { defineExample, type Chart } from "gradus/example";
    import { batches, type LabelledImages } from "gradus/data";
    import { heatMap } from "gradus/inspect";
    import { readSafetensors } from "gradus/io";
    import { crossEntropy } from "gradus/losses";
    import { lenet5 } from "gradus/models";
    import { dense, type Module } from "gradus/nn";
    import { adam } from "gradus/optim";
    import { RandomStream } from "gradus/random";
    import { parseRecipe, type Recipe } from "gradus/recipe";
    import { train } from "gradus/train";

    const model: Module = dense(3);
    model.build([2], { seed: 1 });
    const step: (x: Tensor) => Tensor = compile((x: Tensor) => model.forward(x));
    export const value: Promise<number> = step(tensor([[1, 2]])).sum().item();
    export const others: readonly unknown[] = [defineExample, batches, heatMap, readSafetensors, crossEntropy, lenet5, adam, RandomStream, parseRecipe, train];
    export type { Chart, LabelledImages, Recipe };
    // @ts-expect-error: the types are those of the package, not any
    export const wrong: string = model.build([2]);
  `;

  it.each([
    ["NodeNext", { module: "NodeNext", moduleResolution: "NodeNext" }],
    ["bundlers", { module: "ESNext", moduleResolution: "bundler" }],
  ])("has types for every entry, as %s find them", (name, options) => {
    writeFileSync(join(place, `${name}.ts`), program);
    const config = join(place, `${name}.json`);
    const compilerOptions = {
      ...options,
      target: "ES2022",
      lib: ["ES2023", "DOM"],
      strict: true,
      noEmit: true,
      types: [],
    };
    writeFileSync(config, JSON.stringify({ compilerOptions, files: [`${name}.ts`] }));
    const { status, stdout } = node([join(root, "node_modules/typescript/bin/tsc"), "-p", config]);
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
  });

  it("computes when only one layer is imported", () => {
    writeFileSync(
      join(place, "layer.js"),
      `import { dense } from "gradus/nn";
       const layer = dense(4);
       layer.build([3], { seed: 1 });
       console.log((await layer.weight.value.abs().sum().data())[0] > 0);
       process.exit(0);`,
    );
    expect(node(["layer.js"])).toEqual({ status: 0, stdout: "true\n", stderr: "" });
  });

  const main = join(installed, "dist/cli/main.js");

  it("serves the lab, until Ctrl-C", async () => {
    const lab = spawn(process.execPath, [main, "lab", "--port", "0"], { cwd: place });
    const exit = once(lab, "exit");
    let said = "";
    for await (const chunk of lab.stdout) {
      said += chunk;
      if (said.includes("(Ctrl-C ends it)")) break;
    }
    const [url] = /http:\/\/localhost:\d+/.exec(said) ?? expect.unreachable(said);
    const page = await fetch(url);
    expect(page.headers.get("cross-origin-embedder-policy")).toBe("require-corp");
    expect(await page.text()).toContain("<title>Gradus</title>");
    lab.kill("SIGINT");
    expect(await exit).toEqual([0, null]);
  });

  it("runs its examples from anywhere", () => {
    const { status, stdout } = node([main, "example", "xor", "--quick", "--json", "--out", "out"]);
    expect(status).toBe(0);
    const { example, files }: { example: string; files: string[] } = JSON.parse(stdout);
    expect(example).toBe("xor");
    expect(files).toContain(join("out", "loss.svg"));
    for (const file of files) expect(existsSync(join(place, file))).toBe(true);
  });

  it("runs the example of the user's own that docs/examples.md shows", () => {
    const [, text] = /```js\n([\s\S]*?)```/.exec(readFileSync(join(root, "docs/examples.md"), "utf8"))!;
    writeFileSync(join(place, "mine.js"), text!);
    const { status, stdout, stderr } = node([main, "example", "./mine.js", "--size", "5", "--json"]);
    expect({ status, stderr: status === 0 ? "" : stderr }).toEqual({ status: 0, stderr: "" });
    const { left, files } = JSON.parse(stdout);
    expect(left).toBeCloseTo(1 / 5, 5);
    expect(files).toEqual([join("gradus-examples", "mine", "line.png")]);
  });
});
