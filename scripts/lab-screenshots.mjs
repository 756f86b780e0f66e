// `npm run lab:screenshots`: every page of the laboratory in light and dark and at the width of a phone, as PNG files in
// lab/screenshots, to be looked at. `npm run lab:screenshots -- train time` takes only these pages.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { at, chromiumAdvice, ensureChromium, ensureInstalled, runScript, SetupError } from "./lib/ensure.mjs";
import { ensureLab, importBuilt } from "./lib/lab.mjs";

const folder = at("lab/screenshots");
/** How long a page may take until it shows something, and how long it then goes on until it is taken. */
const [patience, pause] = [60_000, 3_000];

/** @type {Record<string, import("playwright-core").BrowserContextOptions>} */
const looks = {
  light: { colorScheme: "light", viewport: { width: 1280, height: 800 } },
  dark: { colorScheme: "dark", viewport: { width: 1280, height: 800 } },
  phone: {
    colorScheme: "light",
    viewport: { width: 390, height: 844 },
    deviceScaleFactor: 2,
    hasTouch: true,
  },
};

await runScript(async () => {
  await ensureInstalled();
  await ensureLab();
  const chromium = ensureChromium();
  if (chromium === undefined) throw new SetupError(`There is no Chromium. To get one: ${chromiumAdvice()}`);
  const { launchChromium } = await import("./lib/browser.mjs");
  const { startLabServer } = await importBuilt("cli/lab/server.node.js");
  const server = await startLabServer({ port: 0 });
  const browser = await launchChromium(chromium);
  mkdirSync(folder, { recursive: true });
  let failures = 0;
  try {
    for (const [look, options] of Object.entries(looks)) {
      const context = await browser.newContext(options);
      for (const id of await pagesOf(context, server.url)) {
        const page = await context.newPage();
        page.on("console", (message) => {
          if (message.type() === "error") console.error(`${id} (${look}): ${message.text()}`);
        });
        page.on("pageerror", (error) => console.error(`${id} (${look}): ${error.message}`));
        try {
          await page.goto(server.url);
          // Whether it can be seen or not: on a phone the pages may be in a menu.
          await page.locator(`nav a[data-page="${id}"]`).dispatchEvent("click");
          await page.waitForFunction((id) => document.documentElement.dataset.ready === id, id, {
            timeout: patience,
          });
          await page.waitForTimeout(pause);
          const path = join(folder, `${id}-${look}.png`);
          await page.screenshot({ path, fullPage: true });
          console.log(path);
        } catch (error) {
          failures++;
          console.error(`${id} (${look}): ${error instanceof Error ? error.message : error}`);
        }
        await page.close();
      }
      await context.close();
    }
  } finally {
    await browser.close();
    await server.close();
  }
  return failures === 0 ? 0 : 1;
});

/**
 * The pages that the lab's navigation lists, of which the command line may name some.
 * @param {import("playwright-core").BrowserContext} context
 * @param {string} url
 */
async function pagesOf(context, url) {
  const page = await context.newPage();
  await page.goto(url);
  await page.waitForSelector("nav a[data-page]", { state: "attached", timeout: patience });
  const ids = await page.$$eval("nav a[data-page]", (links) => links.map((link) => link.dataset.page ?? ""));
  await page.close();
  const asked = process.argv.slice(2);
  const unknown = asked.filter((id) => !ids.includes(id));
  if (unknown.length > 0)
    throw new SetupError(`The lab has no page ${unknown.join(", ")}; it has ${ids.join(", ")}.`);
  return asked.length > 0 ? asked : ids;
}
