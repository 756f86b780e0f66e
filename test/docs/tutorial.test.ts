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
  const text = readFileSync(join(root, page), "utf8");
  const blocks = [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => String(code));
  expect(blocks.length).toBeGreaterThan(0);
  const code = blocks
    .join("\n")
    .replaceAll('from "gradus"', `from ${JSON.stringify(join(root, "src", "index.ts"))}`);
  return `${code}\nexport { ${names.join(", ")} };\n`;
}

it("the tutorial runs as it stands, and does what it says", async () => {
  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  const path = join(folder, "tutorial.ts");
  writeFileSync(path, extract("docs/tutorial.md", ["y", "outputShape", "history", "accuracy", "evaluation"]));
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

it("the example of the README runs as it stands, on the digits that come with the package", async () => {
  const path = join(folder, "readme.ts");
  const digits = join(root, "assets", "digits");
  const code = extract("README.md", ["digits", "model", "step"])
    .replace("train-images-idx3-ubyte.gz", join(digits, "images.idx3-ubyte.gz"))
    .replace("train-labels-idx1-ubyte.gz", join(digits, "labels.idx1-ubyte.gz"));
  writeFileSync(path, code);
  const page = await import(/* @vite-ignore */ pathToFileURL(path).href);
  expect(page.digits.count).toBe(10_000);
  const { data, train } = await import("../../src/index.js");
  const some = data.subset(
    page.digits,
    Array.from({ length: 1000 }, (_, i) => i),
  );
  const evaluation = await new train.Evaluator(page.model, { crop: 24 }).evaluate(some);
  expect(evaluation.accuracy).toBeGreaterThan(0.9);
});
