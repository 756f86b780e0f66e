import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, expect, it, vi } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
// Within the repository, so that Vitest compiles the extracted program as it does all others.
const folder = mkdtempSync(join(root, "test", "docs", "extracted-"));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The page's code as one module: blocks joined, imports from the sources, and what the test looks at exported. */
function extract(page: string, names: readonly string[]): string {
  const text = readFileSync(join(root, "docs", page), "utf8");
  const blocks = [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => String(code));
  expect(blocks.length).toBeGreaterThan(5);
  const code = blocks
    .join("\n")
    .replaceAll('from "gradus"', `from ${JSON.stringify(join(root, "src", "index.ts"))}`);
  return `${code}\nexport { ${names.join(", ")} };\n`;
}

it("the tutorial runs as it stands, and does what it says", async () => {
  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  const path = join(folder, "tutorial.ts");
  writeFileSync(path, extract("tutorial.md", ["y", "outputShape", "history", "accuracy", "evaluation"]));
  const page = await import(/* @vite-ignore */ pathToFileURL(path).href);
  expect(log.mock.calls[0]).toEqual([30]);
  expect(log.mock.calls[1]).toEqual([
    [
      [2, 4],
      [6, 8],
    ],
  ]);
  expect(page.outputShape).toEqual([4]);
  expect(page.history).toHaveLength(20);
  expect(page.history.at(-1)).toBeLessThan(0.7 * page.history[0]);
  expect(page.accuracy).toBeGreaterThan(0.95);
  expect(page.evaluation.accuracy).toBe(page.accuracy);
  log.mockRestore();
});
