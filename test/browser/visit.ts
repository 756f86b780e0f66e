import { type Browser, chromium, type Page } from "playwright-core";
import { chromiumAdvice, findChromium } from "../../scripts/lib/ensure.mjs";

const executablePath = findChromium();
if (executablePath === undefined && process.env.CI !== "true") {
  console.warn(`Skipping the browser tests: there is no Chromium. To get one: ${chromiumAdvice()}`);
}

/** With CI=true tests run without a browser, too, and fail: a suite that skips itself there would prove nothing. */
export const skipBrowser = executablePath === undefined && process.env.CI !== "true";

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

export async function launch(): Promise<Browser> {
  if (executablePath === undefined) throw new Error(`there is no Chromium; ${chromiumAdvice()}`);
  return chromium.launch({ executablePath, args: quiet });
}

export interface Visit<T> {
  readonly report: T;
  /** Errors and warnings of the page, and requests that failed. */
  readonly problems: readonly string[];
  /** Requests to other places than the page's own server. */
  readonly elsewhere: readonly string[];
}

/** Opens a page and looks at it, writing down what goes wrong meanwhile. */
export async function visit<T>(
  browser: Browser,
  url: string,
  look: (page: Page) => Promise<T>,
): Promise<Visit<T>> {
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
    const local = protocol === "data:" || protocol === "blob:" || origin === new URL(url).origin;
    if (!local) elsewhere.push(request.url());
  });
  try {
    await page.goto(url);
    return { report: await look(page), problems, elsewhere };
  } finally {
    await page.close();
  }
}
