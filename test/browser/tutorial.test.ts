import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Browser } from "playwright-core";
import { build, type InlineConfig, type PreviewServer, preview } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { filesOf, pagesFor, root, tutorials, workshop } from "../docs/pages.js";
import { launch, skipBrowser, visit } from "./visit.js";

const [page] = pagesFor("browser") as [string];
const { folder, clear } = workshop();
afterAll(clear);

describe.skipIf(skipBrowser)("the tutorial about web pages", () => {
  let browser: Browser;
  let server: PreviewServer;

  beforeAll(async () => {
    browser = await launch();
    for (const [name, code] of filesOf(join(tutorials, page))) writeFileSync(join(folder, name), code);
    // Its own configuration, with the sources for the package.
    const config: InlineConfig = {
      root: folder,
      configFile: join(folder, "vite.config.ts"),
      logLevel: "error",
      resolve: { alias: { gradus: join(root, "src", "index.ts") } },
      build: { outDir: "built" },
      preview: { host: "127.0.0.1", port: 0 },
    };
    await build(config);
    server = await preview(config);
  });

  afterAll(async () => {
    await server?.close();
    await browser?.close();
  });

  it("has a bundle as small as the page says", () => {
    const assets = join(folder, "built", "assets");
    const sizes = readdirSync(assets).map((name) => gzipSync(readFileSync(join(assets, name))).length);
    const size = sizes.reduce((sum, bytes) => sum + bytes) / 1000;
    const [, stated] = /here less than\s(\d+) kB with gzip/.exec(
      readFileSync(join(root, tutorials, page), "utf8"),
    )!;
    expect(size).toBeLessThan(Number(stated));
  });

  it("trains on threads, and draws what it has learned", async () => {
    const { report, problems, elsewhere } = await visit(
      browser,
      server.resolvedUrls!.local[0]!,
      async (tab) => {
        const status = tab.locator("#status");
        await status.filter({ hasText: /^(Accuracy|Error)/ }).waitFor({ timeout: 60_000 });
        const shades = await tab.evaluate(() => {
          const { width, height } = document.querySelector("canvas")!;
          const pixels = document
            .querySelector("canvas")!
            .getContext("2d")!
            .getImageData(0, 0, width, height).data;
          return { width, height, count: new Set(pixels.filter((_, i) => i % 4 === 0)).size };
        });
        return { text: await status.textContent(), shades };
      },
    );
    expect(problems).toEqual([]);
    expect(elsewhere).toEqual([]);
    const [, accuracy, threads] = /^Accuracy ([\d.]+), with (\d+) threads\.$/.exec(report.text ?? "") ?? [];
    expect(Number(accuracy), String(report.text)).toBeGreaterThan(0.9);
    expect(Number(threads)).toBeGreaterThan(1);
    expect(report.shades.width).toBeGreaterThan(report.shades.height);
    expect(report.shades.count).toBeGreaterThan(10);
  });
});
