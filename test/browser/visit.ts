import type { Browser, Page } from "playwright-core";
import { launchChromium } from "../../scripts/lib/browser.mjs";
import { chromiumAdvice, findChromium } from "../../scripts/lib/ensure.mjs";

const executablePath = findChromium();
if (executablePath === undefined && process.env.CI !== "true") {
  console.warn(`Skipping the browser tests: there is no Chromium. To get one: ${chromiumAdvice()}`);
}

/** With CI=true tests run without a browser, too, and fail: a suite that skips itself there would prove nothing. */
export const skipBrowser = executablePath === undefined && process.env.CI !== "true";

export async function launch(): Promise<Browser> {
  if (executablePath === undefined) throw new Error(`there is no Chromium; ${chromiumAdvice()}`);
  return launchChromium(executablePath);
}

export interface Observations {
  /** Errors and warnings of the page, and requests that failed. */
  readonly problems: readonly string[];
  /** Requests to other places than the page's own server. */
  readonly elsewhere: readonly string[];
}

/** Writes down what goes wrong in a page from now on. */
export function observe(page: Page, url: string): Observations {
  const problems: string[] = [];
  const elsewhere: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") problems.push(message.text());
  });
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("requestfailed", (request) => {
    // A Worker that is ended while it loads gives up what it had asked for, which is no fault.
    const ended = request.failure()?.errorText === "net::ERR_ABORTED" || request.url().startsWith("blob:");
    if (!ended) problems.push(`failed: ${request.url()}`);
  });
  page.on("request", (request) => {
    const { protocol, origin } = new URL(request.url());
    const local = protocol === "data:" || protocol === "blob:" || origin === new URL(url).origin;
    if (!local) elsewhere.push(request.url());
  });
  return { problems, elsewhere };
}

export interface Visit<T> extends Observations {
  readonly report: T;
}

/** Opens a page and looks at it, writing down what goes wrong meanwhile. */
export async function visit<T>(
  browser: Browser,
  url: string,
  look: (page: Page) => Promise<T>,
): Promise<Visit<T>> {
  const page = await browser.newPage();
  const observations = observe(page, url);
  try {
    await page.goto(url);
    return { report: await look(page), ...observations };
  } finally {
    await page.close();
  }
}
