import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { build, type Rolldown } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Report } from "./page/worker.js";
import { serve } from "./serve.js";
import { launch, skipBrowser, type Visit, visit } from "./visit.js";

describe.skipIf(skipBrowser)("training in a page", () => {
  let browser: Browser;
  const files = new Map<string, string | Uint8Array>();

  beforeAll(async () => {
    browser = await launch();
    const { output } = (await build({
      root: join(dirname(fileURLToPath(import.meta.url)), "page"),
      configFile: false,
      logLevel: "error",
      worker: { format: "es" },
      build: { write: false, modulePreload: false },
    })) as Rolldown.RolldownOutput;
    for (const file of output) files.set(file.fileName, file.type === "chunk" ? file.code : file.source);
  });

  afterAll(async () => {
    await browser?.close();
  });

  async function visitServed(isolated: boolean): Promise<Visit<Report>> {
    const server = await serve(files, isolated);
    try {
      return await visit(browser, server.url, (page) => page.evaluate(() => window.report));
    } finally {
      await server.close();
    }
  }

  let isolated: Visit<Report>;
  let plain: Visit<Report>;

  it("uses threads where the page is isolated", async () => {
    isolated = await visitServed(true);
    expect(isolated.report.error).toBeUndefined();
    expect(isolated.problems).toEqual([]);
    expect(isolated.elsewhere).toEqual([]);
    expect(isolated.report.isolated).toBe(true);
    expect(isolated.report.threads).toBeGreaterThan(1);
  });

  it("makes do with one thread where it is not", async () => {
    plain = await visitServed(false);
    expect(plain.report.error).toBeUndefined();
    expect(plain.problems).toEqual([]);
    expect(plain.elsewhere).toEqual([]);
    expect(plain.report.isolated).toBe(false);
    expect(plain.report.threads).toBe(1);
  });

  it("learns, and the same to the last bit in both", () => {
    const { losses } = isolated.report;
    expect(losses).toHaveLength(10);
    expect(losses.every(Number.isFinite)).toBe(true);
    expect(losses[9]).toBeLessThan(0.9 * Number(losses[0]));
    expect(plain.report.losses).toEqual(losses);
  });
});
