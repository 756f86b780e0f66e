import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { colorOf, scaleFor } from "../../lab/src/views/colors.js";
import { contributions } from "../../lab/src/worker/lenses/space.js";
import { obstacles } from "./axe.js";
import { inNode } from "./in-node.js";
import { type Lab, openLab, shown, skipBrowser } from "./support.js";

/** Pictures in space take their time where the processor draws them. */
const poll = <T>(look: () => Promise<T>) => expect.poll(look, { timeout: 15_000 });

/** What Chromium says of itself where it draws on the processor; nothing of ours. */
const own = (problems: readonly string[]) =>
  problems.filter((text) => !/GL Driver Message|software WebGL/i.test(text));

declare global {
  interface Window {
    /** All that were made, in the order in which they were. */
    contexts: WebGL2RenderingContext[];
  }
}

describe.skipIf(skipBrowser)("the network in space", () => {
  let lab: Lab;

  const attribute = async (name: string) => (await lab.page.locator("[data-unit]").getAttribute(name)) ?? "";
  async function choose(path: string, index: number): Promise<void> {
    await lab.page.locator("[data-field=space-layer]").selectOption(path);
    await lab.page.locator("[data-field=space-unit]").fill(String(index));
    await poll(() => attribute("data-unit")).toMatch(new RegExp(`:${index}$`));
    await poll(() => attribute("data-value")).not.toBe("");
  }
  const hex = (color: string) =>
    `#${(color.match(/\d+/g) ?? []).map((level) => Number(level).toString(16).padStart(2, "0")).join("")}`;

  beforeAll(async () => {
    lab = await openLab({
      address: "about:blank",
      viewport: { width: 1200, height: 900 },
      reducedMotion: "reduce",
    });
    await lab.page.addInitScript(() => {
      const getContext = HTMLCanvasElement.prototype.getContext as (...all: unknown[]) => unknown;
      window.contexts = [];
      Object.assign(HTMLCanvasElement.prototype, {
        getContext(this: HTMLCanvasElement, ...all: unknown[]) {
          const context = getContext.apply(this, all);
          if (context instanceof WebGL2RenderingContext && !window.contexts.includes(context))
            window.contexts.push(context);
          return context;
        },
      });
    });
    await lab.page.goto(`${lab.url}/#/lenses?step=120&lens=space&image=3`);
    await shown(lab.page, "lenses");
    await lab.page.waitForFunction(() => window.gradus.status?.state === "paused");
    await lab.page.waitForFunction(
      () => Number(document.querySelector<HTMLElement>("[data-pictures]")?.dataset.pictures) > 0,
    );
  });

  afterAll(() => lab?.close());

  it("colours each box by its unit's activation", async () => {
    const colors = new Set<string>();
    for (const [path, index] of [
      ["0", 300],
      ["1", 700],
      ["3", 1001],
      ["5", 77],
      ["7", 4],
    ] as const) {
      await choose(path, index);
      const { value, minimum, maximum } = await lab.page.evaluate(
        async ({ path, index }) => {
          const { minimum, maximum } = (
            await window.gradus.look("featureMaps", { chosen: { image: 3 }, path })
          ).maps;
          return {
            value: await window.gradus.look("tensorEntry", { image: 3, path, index }),
            minimum,
            maximum,
          };
        },
        { path, index },
      );
      await poll(async () => Number(await attribute("data-value"))).toBeCloseTo(value, 6);
      const expected = hex(colorOf(value, scaleFor(minimum, maximum)));
      await poll(() => attribute("data-color")).toBe(expected);
      colors.add(expected);
    }
    expect(colors.size).toBeGreaterThan(2);
  });

  it("finds the box under the pointer", async () => {
    await choose("7", 5);
    const [unit, spot] = [
      await attribute("data-unit"),
      (await attribute("data-spot")).split(",").map(Number),
    ];
    await choose("0", 0);
    const box = (await lab.page.locator("[data-pictures]").boundingBox())!;
    await lab.page.mouse.move(box.x + spot[0]! * box.width, box.y + spot[1]! * box.height);
    await poll(() => attribute("data-unit")).toBe(unit);
    await lab.page.mouse.click(box.x + spot[0]! * box.width, box.y + spot[1]! * box.height);
    await lab.page.mouse.move(0, 0);
    await poll(() => lab.page.evaluate(() => location.hash)).toMatch(
      /layer=7.*space-unit=5|space-unit=5.*layer=7/,
    );
  });

  it("links a unit to what it is made of: weights times activations, which add up with the bias", async () => {
    const here = await inNode(lab.page);
    const find = (path: string, from: string, index: number) =>
      contributions(here, { chosen: { image: 3 }, path, from, index, count: 10_000 });
    for (const [path, from, index, channel] of [
      ["0", "input", 300, 0],
      ["3", "2", 1001, 6],
      ["7", "5", 4, 4],
    ] as const) {
      const { value, units } = await find(path, from, index);
      const bias = (await here.run.model.variables().get(`${path}.bias`)!.data())[channel]!;
      const sum = units.reduce((total, { contribution }) => total + contribution, 0);
      expect(sum + bias).toBeCloseTo(value, 4);
      expect(units.length).toBeGreaterThan(3);
      const sizes = units.map(({ contribution }) => Math.abs(contribution));
      expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
    }
  });

  it("turns by keys and by mouse, and remembers it in the address", async () => {
    const { page } = lab;
    const space = page.locator("[data-orbit]");
    const orbit = async () => ((await space.getAttribute("data-orbit")) ?? "").split(",").map(Number);
    const [azimuth, elevation, distance] = (await orbit()) as [number, number, number];
    await space.focus();
    await space.press("ArrowRight");
    await space.press("ArrowUp");
    await space.press("+");
    expect(await orbit()).toEqual([azimuth + 5, elevation + 5, Number((0.9 * distance).toFixed(1))]);
    await poll(() => page.evaluate(() => decodeURIComponent(location.hash))).toContain(
      `space-cam=${(await orbit()).join()}`,
    );
    const box = (await space.boundingBox())!;
    await page.mouse.move(box.x + 100, box.y + 30);
    await page.mouse.down();
    await page.mouse.move(box.x + 150, box.y + 30);
    await page.mouse.up();
    expect((await orbit())[0]).toBeCloseTo(azimuth + 5 - 20, 1);
    await page.locator("[data-action=space-home]").click();
    expect(await orbit()).toEqual([azimuth, elevation, distance]);
  });

  it("shows what layers make of a drawing while it is drawn", async () => {
    const { page } = lab;
    await choose("7", 1);
    const [value, color] = [await attribute("data-value"), await attribute("data-color")];
    const box = (await page.locator("[data-lens-shown=space] [data-pad]").boundingBox())!;
    const at = (x: number, y: number) => page.mouse.move(box.x + x * box.width, box.y + y * box.height);
    await at(0.5, 0.15);
    await page.mouse.down();
    for (let y = 0.2; y < 0.9; y += 0.1) await at(0.5, y);
    // Before the pen is lifted.
    await poll(() => attribute("data-value")).not.toBe(value);
    await page.mouse.up();
    await poll(() => page.locator("[data-space-seen]").getAttribute("data-space-seen")).toBe("1");
    await poll(() => attribute("data-color")).not.toBe(color);
    await page.locator("[data-lens-shown=space] button", { hasText: "Clear" }).click();
    await poll(() => attribute("data-value")).toBe(value);
  });

  it("leaves nothing behind: each time it is left, its context ends", async () => {
    const { page } = lab;
    for (let i = 0; i < 3; i++) {
      await page.locator("[data-lens=cam]").click();
      await page.locator("[data-lens-shown=cam]").waitFor();
      await poll(() => page.evaluate(() => window.contexts.every((context) => context.isContextLost()))).toBe(
        true,
      );
      await page.locator("[data-lens=space]").click();
      await page.locator("[data-pictures]:not([data-pictures='0'])").waitFor();
      expect(
        await page.evaluate(() => window.contexts.filter((context) => !context.isContextLost()).length),
      ).toBe(1);
    }
    expect(own(lab.problems)).toEqual([]);
  });

  it("keeps nobody out and makes no errors", async () => {
    expect(await obstacles(lab.page)).toEqual([]);
    expect(own(lab.problems)).toEqual([]);
    expect(lab.elsewhere).toEqual([]);
  });

  it("shows the layers flat where there is no WebGL", async () => {
    const page = await lab.browser.newPage();
    await page.addInitScript(() => {
      const getContext = HTMLCanvasElement.prototype.getContext as (...all: unknown[]) => unknown;
      Object.assign(HTMLCanvasElement.prototype, {
        getContext(this: HTMLCanvasElement, kind: string, ...rest: unknown[]) {
          return kind.startsWith("webgl") ? null : getContext.call(this, kind, ...rest);
        },
      });
    });
    await page.goto(`${lab.url}/#/lenses?step=5&lens=space&image=3`);
    await page.locator("[data-flat]").waitFor();
    await poll(() => page.locator("[data-lens-shown=space] .picture").count()).toBe(8);
    await page.close();
  });
});
