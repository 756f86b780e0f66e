// `npm run lab:speed`: how soon the lab can be used, and how fast the page Train trains, with all its panels open, as a share of what Node does
// with the same threads. The page with its layers' panels in sight, the same page seen from its top, and Node take turns.
// `--rounds N`; `--memory MINUTES` lets the page train on alone and watches its memory; `--latency SECONDS` instead uses every page so
// long, and says how late it answers.

import { fork } from "node:child_process";
import { parseArgs } from "node:util";
import { at, chromiumAdvice, ensureChromium, ensureInstalled, runScript, SetupError } from "./lib/ensure.mjs";
import { ensureLab, importBuilt } from "./lib/lab.mjs";
import { reportLatency } from "./lib/lab-latency.mjs";

const turn = 4000;
const panels = "#layers-title";
const top = "header";
/** @param {number} share */
const percent = (share) => `${(100 * share).toFixed(0)} %`;
/** @param {readonly number[]} values */
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
/** @param {number} milliseconds */
const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** In the page. */
const trains = () => document.documentElement.dataset.ready === "train";
/** In the page: whether it can be used, its settings too. */
const answers = () => document.querySelector("[data-field=learningRate]") !== null;

/**
 * How long after its address was entered the page can be used, and shows a network in training; each time with nothing kept from before.
 * @param {import("playwright-core").Browser} browser
 * @param {string} url
 */
async function reportOpening(browser, url) {
  const [used, trained] = [/** @type {number[]} */ ([]), /** @type {number[]} */ ([])];
  for (let i = 0; i < 7; i++) {
    const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
    const page = await context.newPage();
    await page.goto(url, { waitUntil: "commit" });
    const now = () => page.evaluate(() => performance.now());
    await page.waitForFunction(answers);
    used.push(await now());
    await page.waitForFunction(trains);
    trained.push(await now());
    await context.close();
  }
  const text = (/** @type {number[]} */ times) =>
    `${median(times).toFixed(0)} ms (${Math.min(...times).toFixed(0)} to ${Math.max(...times).toFixed(0)})`;
  console.log(
    `opened anew: can be used after ${text(used)}, shows a network in training after ${text(trained)}`,
  );
}

await runScript(async () => {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "5" },
      memory: { type: "string", default: "0" },
      latency: { type: "string", default: "0" },
    },
  });
  await ensureInstalled();
  await ensureLab();
  const chromium = ensureChromium();
  if (chromium === undefined) throw new SetupError(`There is no Chromium. To get one: ${chromiumAdvice()}`);
  const { launchChromium } = await import("./lib/browser.mjs");
  const { startLabServer } = await importBuilt("cli/lab/server.node.js");
  const server = await startLabServer({ port: 0 });
  const browser = await launchChromium(chromium);
  const latency = Number(values.latency);
  if (latency > 0) {
    try {
      await reportLatency(browser, server.url, latency);
    } finally {
      await browser.close();
      await server.close();
    }
    return 0;
  }
  const node = fork(at("scripts/lib/node-speed.mjs"));
  /** @returns {Promise<unknown>} */
  const answer = () => new Promise((resolve) => node.once("message", resolve));
  try {
    await answer();
    await reportOpening(browser, server.url);
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    await page.goto(server.url);
    await page.waitForFunction(trains);

    /**
     * Steps and frames a second, while the page trains for a turn.
     * @param {string} seen what is in sight
     */
    const trainPage = async (seen) => {
      await page.locator(seen).evaluate((element) => element.scrollIntoView());
      return page.evaluate(async (turn) => {
        const { gradus } = /** @type {any} */ (window);
        let frames = 0;
        const stop = gradus.onFrame(() => frames++);
        const began = performance.now();
        const before = (await gradus.ask("play")).step;
        await new Promise((resolve) => setTimeout(resolve, turn));
        const { step } = await gradus.ask("pause");
        const seconds = (performance.now() - began) / 1000;
        stop();
        return { steps: (step - before) / seconds, frames: frames / seconds };
      }, turn);
    };

    await page.evaluate(() => /** @type {any} */ (window).gradus.ask("pause"));
    await trainPage(panels);
    /** @type {{ panels: number, top: number, frames: number }[]} */
    const rounds = [];
    for (let i = 0; i < Number(values.rounds); i++) {
      const withPanels = await trainPage(panels);
      const fromTop = await trainPage(top);
      node.send(turn);
      const inNode = Number(await answer());
      const round = {
        panels: withPanels.steps / inNode,
        top: fromTop.steps / inNode,
        frames: Math.min(withPanels.frames, fromTop.frames),
      };
      rounds.push(round);
      console.log(
        `round ${i + 1}: panels in sight ${withPanels.steps.toFixed(0)} steps/s (${percent(round.panels)}), from the top ` +
          `${fromTop.steps.toFixed(0)} (${percent(round.top)}), ${round.frames.toFixed(1)} frames/s; Node ${inNode.toFixed(0)} steps/s`,
      );
    }
    console.log(
      `medians: ${percent(median(rounds.map((round) => round.panels)))} of Node's speed with the panels in sight, ` +
        `${percent(median(rounds.map((round) => round.top)))} from the top, ${median(rounds.map(({ frames }) => frames)).toFixed(1)} frames/s`,
    );
    node.disconnect();

    const minutes = Number(values.memory);
    if (minutes > 0) {
      await page.evaluate(() => /** @type {any} */ (window).gradus.ask("play"));
      for (let i = 0; i <= minutes; i++) {
        const { bytes, step } = await page.evaluate(async () => ({
          bytes: (await /** @type {any} */ (performance).measureUserAgentSpecificMemory()).bytes,
          step: /** @type {any} */ (window).gradus.status.step,
        }));
        console.log(`after ${i} min, step ${step}: ${(bytes / 2 ** 20).toFixed(1)} MB`);
        if (i < minutes) await sleep(60_000);
      }
    }
  } finally {
    if (node.connected) node.disconnect();
    await browser.close();
    await server.close();
  }
  return 0;
});
