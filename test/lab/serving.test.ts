import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Response } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { serve } from "../browser/serve.js";
import { visit } from "../browser/visit.js";
import { listFiles } from "../house/house.js";
import { type Lab, openLab, shown, skipBrowser } from "./support.js";

describe.skipIf(skipBrowser)("the lab", () => {
  let lab: Lab;
  /** Bytes of all answers until the page shows something, as they are transferred. */
  const sizes: Promise<number>[] = [];

  beforeAll(async () => {
    lab = await openLab({ address: "about:blank" });
    const measure = (response: Response) =>
      sizes.push(response.headerValue("content-length").then((length) => Number(length ?? 0)));
    lab.page.on("response", measure);
    await lab.page.goto(lab.url);
    await shown(lab.page, "train");
    lab.page.off("response", measure);
  });

  afterAll(() => lab?.close());

  it("shows its first page, isolated, so that it may use threads", async () => {
    expect(await lab.page.evaluate(() => window.crossOriginIsolated)).toBe(true);
    expect(lab.problems).toEqual([]);
    expect(lab.elsewhere).toEqual([]);
  });

  it("loads less than 1 MB before that", async () => {
    const transferred = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    console.log(`the lab's first load: ${(transferred / 1000).toFixed(1)} kB`);
    expect(transferred).toBeGreaterThan(600_000);
    expect(transferred).toBeLessThan(1_000_000);
  });

  it("leaves the library to its Worker: the page loads no compiler before it can be used", async () => {
    const loaded = await lab.page.evaluate(async () => {
      const addresses = performance
        .getEntriesByType("resource")
        .map(({ name }) => name)
        .filter((name) => name.endsWith(".js"));
      return Promise.all(
        addresses.map(async (name) => ({
          name: name.slice(name.lastIndexOf("/") + 1),
          compiles: (await (await fetch(name)).text()).includes("WebAssembly.Module"),
        })),
      );
    });
    expect(loaded.length).toBeGreaterThan(3);
    expect(loaded.filter(({ name, compiles }) => compiles && !name.startsWith("worker-"))).toEqual([]);
    expect(loaded.filter(({ compiles }) => compiles)).toHaveLength(1);
  });

  it("shows every page that it lists, without a problem", async () => {
    const ids = await lab.page
      .locator("nav a[data-page]")
      .evaluateAll((links) => links.map((link) => link.getAttribute("data-page") ?? ""));
    expect(ids).toContain("train");
    for (const id of ids) await lab.show(id);
    expect(lab.problems).toEqual([]);
    expect(lab.elsewhere).toEqual([]);
  });

  it("works from a folder of any web server, on one thread", async () => {
    const files = new Map(
      listFiles(inject("labFolder")).map((name) => [
        `some/folder/${name}`,
        readFileSync(join(inject("labFolder"), name)),
      ]),
    );
    const server = await serve(files, false);
    try {
      const { report, problems, elsewhere } = await visit(
        lab.browser,
        `${server.url}some/folder/index.html`,
        async (page) => {
          await shown(page, "train");
          return page.evaluate(() => window.crossOriginIsolated);
        },
      );
      expect(report).toBe(false);
      expect(problems).toEqual([]);
      expect(elsewhere).toEqual([]);
    } finally {
      await server.close();
    }
  });
});
