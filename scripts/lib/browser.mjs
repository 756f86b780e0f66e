// A browser for tests and screenshots that talks to nobody but the page.

import { chromium } from "playwright-core";

const quiet = [
  "--no-sandbox",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
  "--disable-quic",
  "--disable-dev-shm-usage",
];

/** @param {string} executablePath */
export const launchChromium = (executablePath) => chromium.launch({ executablePath, args: quiet });
