// How long the lab's pages keep an input waiting while a network trains: `npm run lab:speed -- --latency 5`. Real input by the
// browser's own devices: pointing, clicks, keys, a wheel, a field that is typed in, a slider that is pulled and put back.

import { loadavg } from "node:os";

/**
 * A task of the page's own thread, in milliseconds: by the clock, and of a processor, which others on the machine do not change.
 * @typedef {{ wall: number, processor: number }} Task
 */

/** A task this long keeps an input waiting for longer than anybody should feel. */
const long = 50;
/** Between inputs. */
const pause = 120;
/** How long a place is given to load and to draw for the first time; that is measured by itself. */
const settling = 2500;

/**
 * Uses every place of the lab so long, and prints a table.
 * @param {import("playwright-core").Browser} browser
 * @param {string} url
 * @param {number} seconds
 */
export async function reportLatency(browser, url, seconds) {
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  await page.goto(url);
  await page.waitForFunction(() => document.documentElement.dataset.ready === "train");
  await page.evaluate(observe);
  console.log(
    "Milliseconds. Inputs: median, 95th percentile, worst. Tasks: the longest, and of how much processor time.",
  );
  console.log(
    row("place", "inputs", "delay", "to next paint", "opening", "in use", "long a minute", "thread", "load"),
  );
  for (const place of await placesOf(page)) {
    const opening = await tasksDuring(page, async () => {
      await place.open();
      await page.waitForTimeout(settling);
    });
    await page.evaluate(take);
    const began = performance.now();
    const tasks = await tasksDuring(page, () => use(page, seconds));
    const time = performance.now() - began;
    const { delays, answers } = await page.evaluate(take);
    const busy = tasks.reduce((sum, { processor }) => sum + processor, 0) / time;
    console.log(
      row(
        place.name,
        String(delays.length),
        spread(delays),
        spread(answers),
        longest(opening),
        longest(tasks),
        ((60_000 * tasks.filter(({ wall }) => wall > long).length) / time).toFixed(0),
        `${Math.round(100 * busy)} %`,
        (loadavg()[0] ?? 0).toFixed(1),
      ),
    );
  }
}

const widths = [24, 8, 16, 16, 12, 12, 15, 8, 0];
/** @param {string[]} cells */
const row = (...cells) => cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("");

/** @param {number[]} values */
function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return [0.5, 0.95, 1]
    .map((share) => (sorted[Math.ceil(share * sorted.length) - 1] ?? 0).toFixed(0))
    .join(", ");
}

/** @param {Task[]} tasks */
const longest = (tasks) =>
  [tasks.map(({ wall }) => wall), tasks.map(({ processor }) => processor)]
    .map((times) => Math.max(0, ...times).toFixed(0))
    .join(", ");

/**
 * The tasks of the page's thread while something is done.
 * @param {import("playwright-core").Page} page
 * @param {() => Promise<void>} act
 * @returns {Promise<Task[]>}
 */
export async function tasksDuring(page, act) {
  const session = await page.context().newCDPSession(page);
  /** @type {Record<string, any>[]} */
  const events = [];
  session.on("Tracing.dataCollected", ({ value }) => events.push(...value));
  const ended = new Promise((resolve) => session.once("Tracing.tracingComplete", resolve));
  await session.send("Tracing.start", {
    transferMode: "ReportEvents",
    traceConfig: { includedCategories: ["toplevel", "blink.user_timing"] },
  });
  await page.evaluate(() => performance.mark("page's thread"));
  await act();
  await session.send("Tracing.end");
  await ended;
  await session.detach();
  const mark = events.find(({ name }) => name === "page's thread");
  return events
    .filter(({ name, ph }) => name === "ThreadControllerImpl::RunTask" && ph === "X")
    .filter(({ pid, tid }) => pid === mark?.pid && tid === mark?.tid)
    .map(({ dur, tdur }) => ({ wall: dur / 1000, processor: tdur / 1000 }));
}

/**
 * All places of the lab: its pages, of which some have several tabs.
 * @param {import("playwright-core").Page} page
 * @returns {Promise<{ name: string, open: () => Promise<void> }[]>}
 */
async function placesOf(page) {
  const ids = await page.$$eval("nav a[data-page]", (links) => links.map((link) => link.dataset.page ?? ""));
  const places = [];
  for (const id of ids) {
    const open = async () => {
      await page.locator(`nav a[data-page="${id}"]`).click();
      await page.waitForFunction((id) => document.documentElement.dataset.ready === id, id);
      await page.evaluate(() => /** @type {any} */ (window).gradus.ask("play"));
    };
    await open();
    const tabs = page.locator("main button[data-lens], main button[data-game]");
    const names = await tabs.allTextContents();
    if (names.length === 0) places.push({ name: id, open });
    for (const [i, name] of names.entries()) {
      const openTab = async () => {
        if (i === 0) await open();
        await tabs.nth(i).click();
        // Playgrounds train by themselves, and let the session wait.
        const speed = page.locator("[data-field=game-speed]");
        if (id === "playgrounds") await speed.selectOption("full");
      };
      places.push({ name: name.trim(), open: openTab });
    }
  }
  return places;
}

/**
 * Makes input of all kinds, each at least once. Nothing is different afterwards.
 * @param {import("playwright-core").Page} page
 * @param {number} seconds
 */
export async function use(page, seconds) {
  const { mouse, keyboard } = page;
  const field = page.locator("main input[type=number]:visible").first();
  const slider = page.locator("main input[type=range]:visible:not(:disabled)").first();
  const { width, height } = page.viewportSize() ?? { width: 800, height: 600 };
  const acts = [
    () => mouse.move(0.3 * width, 0.4 * height),
    () => mouse.move(0.7 * width, 0.7 * height, { steps: 6 }),
    () => page.locator("h1").click(),
    () => keyboard.press("Shift"),
    () => mouse.wheel(0, 400),
    () => mouse.wheel(0, -400),
    async () => {
      if ((await field.count()) === 0) return;
      await field.click();
      await keyboard.press("End");
      await keyboard.press("1");
      await page.waitForTimeout(pause);
      await keyboard.press("Backspace");
    },
    async () => {
      const box = (await slider.count()) === 0 ? null : await slider.boundingBox();
      if (box === null) return;
      const share = await slider.evaluate((/** @type {HTMLInputElement} */ { min, max, valueAsNumber }) => {
        const [least, most] = [Number(min || 0), Number(max || 100)];
        return most > least ? (valueAsNumber - least) / (most - least) : 0;
      });
      // The middle of its button moves over all of the width but the button's own.
      const [x, y] = [box.x + 8 + share * (box.width - 16), box.y + box.height / 2];
      await mouse.move(x, y);
      await mouse.down();
      await mouse.move(box.x + 0.7 * box.width, y, { steps: 4 });
      await mouse.move(x, y, { steps: 2 });
      await mouse.up();
    },
  ];
  const end = performance.now() + 1000 * seconds;
  for (let i = 0; i < acts.length || performance.now() < end; i++) {
    await acts[i % acts.length]?.();
    await page.waitForTimeout(pause);
  }
}

/** In the page: listens to inputs, from when they were made until a handler begins and until the next picture shows. */
export function observe() {
  /** @type {{ delays: number[], answers: number[] }} */
  const observed = { delays: [], answers: [] };
  Object.assign(window, { observed });
  const kinds = ["pointerdown", "pointerup", "keydown", "keyup"];
  for (const kind of kinds) {
    addEventListener(kind, ({ timeStamp }) => observed.delays.push(performance.now() - timeStamp), true);
  }
  new PerformanceObserver((list) => {
    for (const { name, duration } of list.getEntries())
      if (kinds.includes(name)) observed.answers.push(duration);
  }).observe(/** @type {any} */ ({ type: "event", durationThreshold: 16 }));
}

/**
 * In the page: what was observed since the last time.
 * @returns {Promise<{ delays: number[], answers: number[] }>}
 */
export async function take() {
  // Observers are told a moment later.
  await new Promise((resolve) => setTimeout(resolve, 100));
  const { observed } = /** @type {any} */ (window);
  const { delays, answers } = observed;
  Object.assign(observed, { delays: [], answers: [] });
  // The browser does not tell of answers in less than 16 ms.
  const quick = Array.from({ length: Math.max(0, delays.length - answers.length) }, () => 16);
  return { delays, answers: [...quick, ...answers] };
}
