import { join } from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { inject } from "vitest";
import { startLabServer } from "../../src/cli/lab/server.node.js";
import { launch, type Observations, observe } from "../browser/visit.js";

export { skipBrowser } from "../browser/visit.js";

export interface Lab extends Observations {
  readonly browser: Browser;
  readonly page: Page;
  /** The server's address, without a slash at its end. */
  readonly url: string;
  /** Goes to one of the lab's pages by its link, and waits until it shows something. */
  show(id: string): Promise<void>;
  close(): Promise<void>;
}

export interface LabOptions extends BrowserContextOptions {
  /** What follows the server's address: the state of the page. */
  readonly address?: string;
  /** Where to look for MNIST and CIFAR-10. Default: nowhere, so that all machines have the same data. */
  readonly data?: string;
}

/** Waits until a page of the lab shows something. */
export async function shown(page: Page, id: string): Promise<void> {
  await page.waitForFunction((id) => document.documentElement.dataset.ready === id, id, { timeout: 60_000 });
}

/** Opens the built lab in a browser of its own, served as `gradus lab` does. */
export async function openLab(options: LabOptions = {}): Promise<Lab> {
  const folder = inject("labFolder");
  const { address = "/", data = join(folder, "nowhere"), ...context } = options;
  const browser = await launch();
  const server = await startLabServer({ port: 0, data, folder });
  const page = await browser.newPage(context);
  const observations = observe(page, server.url);
  await page.goto(new URL(address, server.url).href);
  return {
    ...observations,
    browser,
    page,
    url: server.url,
    async show(id) {
      await page.locator(`nav a[data-page="${id}"]`).dispatchEvent("click");
      await shown(page, id);
    },
    async close() {
      await browser.close();
      await server.close();
    },
  };
}
