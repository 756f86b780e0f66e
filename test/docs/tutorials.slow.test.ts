import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { tools } from "../../scripts/lib/ensure.mjs";
import { codeOf, filesOf, pages, pagesFor, root, runPage, tutorials, workshop } from "./pages.js";

const { folder, clear } = workshop();
afterAll(clear);

describe("the tutorials print what their comments say", () => {
  it.each(pagesFor("slow"))("%s", (page) => runPage(folder, page));
});

it("the code of the tutorials and of the README has no mistakes in its types", () => {
  const place = join(folder, "types");
  const write = (name: string, code: string) => {
    mkdirSync(join(place, name, ".."), { recursive: true });
    writeFileSync(join(place, name), `${code}\nexport {};\n`);
  };
  write("readme.ts", codeOf("README.md"));
  for (const [page, kind] of Object.entries(pages)) {
    const name = page.replace(/\.md$/, "");
    const path = `${tutorials}/${page}`;
    if (kind !== "browser") write(`${name}.ts`, codeOf(path));
    else for (const [file, code] of filesOf(path)) if (file.endsWith(".ts")) write(`${name}/${file}`, code);
  }
  // A reader may leave things unused.
  const compilerOptions = { noUnusedLocals: false };
  const config = { extends: join(root, "tsconfig.json"), compilerOptions, include: ["."], exclude: [] };
  writeFileSync(join(place, "tsconfig.json"), JSON.stringify(config));
  const run = spawnSync(process.execPath, [join(root, tools.tsc), "-p", place], { encoding: "utf8" });
  expect(run.stdout + run.stderr).toBe("");
});
