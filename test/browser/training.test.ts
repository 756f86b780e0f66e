import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium } from "playwright-core";
import { build, type Rolldown } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chromiumAdvice, findChromium } from "../../scripts/lib/ensure.mjs";
import type { Report } from "./page/worker.js";
import { serve } from "./serve.js";

const executablePath = findChromium();
if (executablePath === undefined && process.env.CI !== "true") {
  console.warn(`Skipping the browser tests: there is no Chromium. To get one: ${chromiumAdvice()}`);
}

/** A browser that talks to nobody but the page. */
const quiet = [
  "--no-sandbox",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
  "--disable-quic",
  "--disable-dev-shm-usage",
];

interface Visit {
  readonly report: Report;
  readonly problems: readonly string[];
  readonly elsewhere: readonly string[];
}

// With CI=true this runs without a browser, too, and fails: a suite that skips itself there would prove nothing.
describe.skipIf(executablePath === undefined && process.env.CI !== "true")("training in a page", () => {
  let browser: Browser;
  const files = new Map<string, string | Uint8Array>();

  beforeAll(async () => {
    if (executablePath === undefined) throw new Error(`there is no Chromium; ${chromiumAdvice()}`);
    const { output } = (await build({
      root: join(dirname(fileURLToPath(import.meta.url)), "page"),
      configFile: false,
      logLevel: "error",
      worker: { format: "es" },
      build: { write: false, modulePreload: false },
    })) as Rolldown.RolldownOutput;
    for (const file of output) files.set(file.fileName, file.type === "chunk" ? file.code : file.source);
    browser = await chromium.launch({ executablePath, args: quiet });
  });

  afterAll(async () => {
    await browser?.close();
  });

  async function visit(isolated: boolean): Promise<Visit> {
    const server = await serve(files, isolated);
    const page = await browser.newPage();
    const problems: string[] = [];
    const elsewhere: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") problems.push(message.text());
    });
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("requestfailed", (request) => problems.push(`failed: ${request.url()}`));
    page.on("request", (request) => {
      const { protocol, origin } = new URL(request.url());
      const local = protocol === "data:" || protocol === "blob:" || `${origin}/` === server.url;
      if (!local) elsewhere.push(request.url());
    });
    try {
      await page.goto(server.url);
      const report = await page.evaluate(() => window.report);
      return { report, problems, elsewhere };
    } finally {
      await page.close();
      await server.close();
    }
  }

  let isolated: Visit;
  let plain: Visit;

  it("uses threads where the page is isolated", async () => {
    isolated = await visit(true);
    expect(isolated.report.error).toBeUndefined();
    expect(isolated.problems).toEqual([]);
    expect(isolated.elsewhere).toEqual([]);
    expect(isolated.report.isolated).toBe(true);
    expect(isolated.report.threads).toBeGreaterThan(1);
  });

  it("makes do with one thread where it is not", async () => {
    plain = await visit(false);
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
