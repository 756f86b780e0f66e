import { evaluatorOf } from "gradus/recipe";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { observe, take, tasksDuring, use } from "../../scripts/lib/lab-latency.mjs";
import { obstacles } from "./axe.js";
import { inNode } from "./in-node.js";
import { lossesOf, modelOf, noticesOf, order, reach, seek } from "./lab-api.js";
import { type Lab, openLab, shown, skipBrowser } from "./support.js";

describe.skipIf(skipBrowser)("the page Train", () => {
  let lab: Lab;
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

  beforeAll(async () => {
    lab = await openLab({ viewport: { width: 1300, height: 900 } });
    await shown(lab.page, "train");
  });

  afterAll(() => lab?.close());

  it("trains at once: the loss falls, and held-out digits are recognized", async () => {
    await reach(lab.page, 400);
    await order(lab.page, "pause");
    const losses = await lossesOf(lab.page);
    expect(mean(losses.slice(-50))).toBeLessThan(0.3 * mean(losses.slice(0, 20)));
    const accuracy = await lab.page.evaluate(() => window.gradus.figures?.validationAccuracy);
    expect(accuracy).toBeGreaterThan(0.85);
    await expect
      .poll(() => lab.page.locator("[data-figure=step]").textContent())
      .toBe(losses.length.toLocaleString("en"));
  });

  it("shows in a panel's pixel what stands in the tensor", async () => {
    const place = { x: 30, y: 7 };
    // Only what is in sight is drawn anew.
    await lab.page.locator('[data-panel="1"]').scrollIntoViewIfNeeded();
    await lab.page.waitForTimeout(300);
    const shownNumber = await lab.page.evaluate(async ({ x, y }) => {
      const canvas = document.querySelector<HTMLCanvasElement>(
        '[data-panel="1"] [data-numbers=activations] canvas',
      )!;
      const box = canvas.getBoundingClientRect();
      const clientX = box.left + ((x + 0.5) / canvas.width) * box.width;
      const clientY = box.top + ((y + 0.5) / canvas.height) * box.height;
      canvas.dispatchEvent(new MouseEvent("mousemove", { clientX, clientY, bubbles: true }));
      await new Promise((resolve) => setTimeout(resolve, 50));
      const hint = canvas.parentElement?.querySelector(".hint")?.textContent ?? "";
      const [, coordinates = "", value = ""] = /^\[(.*)\] = (.*)$/.exec(hint) ?? [];
      const pixel = (column: number, row: number) => [
        ...canvas.getContext("2d")!.getImageData(column, row, 1, 1).data,
      ];
      return { coordinates: coordinates.split(", ").map(Number), value: Number(value), pixel: pixel(x, y) };
    }, place);
    // Planes are 24 x 24 with a pixel between them: x = 30 is column 5 of the second.
    expect(shownNumber.coordinates).toEqual([1, 7, 5]);
    const all = await lab.page.evaluate(async () => {
      const result = await window.gradus.look("panels", { image: 0, paths: ["1"] });
      const { data, minimum, maximum } = result.panels[0]!.activations;
      return { values: [...data], minimum, maximum };
    });
    const index = (1 * 24 + 7) * 24 + 5;
    const entry = await lab.page.evaluate(
      (index) => window.gradus.look("tensorEntry", { image: 0, path: "1", index }),
      index,
    );
    expect(all.values[index]).toBe(entry);
    expect(shownNumber.value).toBeCloseTo(entry, 2);
    const { pixelOf, scaleFor } = await import("../../lab/src/views/colors.js");
    const expected = pixelOf(entry, scaleFor(all.minimum, all.maximum));
    expect(shownNumber.pixel).toEqual([0, 8, 16, 24].map((shift) => (expected >>> shift) & 255));
  });

  it("changes settings while it runs, and a link replays them to the last bit", async () => {
    const { page } = lab;
    await seek(page, 60);
    const rate = page.locator("[data-field=learningRate]");
    await rate.fill("0.4");
    await rate.press("Enter");
    await expect
      .poll(() => page.evaluate(() => window.gradus.status?.settings.optimizer.learningRate))
      .toBe(0.4);
    await page.locator("[data-field=optimizer]").selectOption("sgd");
    await expect.poll(() => page.evaluate(() => window.gradus.status?.settings.optimizer.type)).toBe("sgd");
    await page.locator("[data-field=batchSize]").fill("32");
    await page.locator("[data-field=batchSize]").press("Enter");
    await expect.poll(() => page.evaluate(() => window.gradus.status?.settings.batchSize)).toBe(32);
    await seek(page, 90);
    await expect.poll(() => page.evaluate(() => location.hash)).toMatch(/step=90&changes=\./);
    const [address, losses, model] = [
      await page.evaluate(() => location.hash),
      await lossesOf(page),
      await modelOf(page),
    ];
    const other = await openLab({ address: `/${address}` });
    try {
      await shown(other.page, "train");
      await other.page.waitForFunction(
        () => window.gradus.status?.step === 90 && window.gradus.status.state === "paused",
      );
      expect(await lossesOf(other.page)).toEqual(losses);
      expect(await modelOf(other.page)).toEqual(model);
      expect(other.problems).toEqual([]);
    } finally {
      await other.close();
    }
  });

  it("makes one step at a time, and begins again with another seed", async () => {
    const { page } = lab;
    const before = await page.evaluate(() => window.gradus.status!.step);
    await page.locator("[data-action=step]").click();
    await expect.poll(() => page.evaluate(() => window.gradus.status!.step)).toBe(before + 1);
    await page.locator("[data-field=seed]").fill("5");
    await page.locator("[data-field=seed]").press("Enter");
    await expect
      .poll(() => page.evaluate(() => [window.gradus.status!.step, window.gradus.status!.plan.seed]))
      .toEqual([0, 5]);
    await page.locator("[data-field=seed]").fill("five");
    await page.locator("[data-field=seed]").press("Enter");
    await expect
      .poll(() => noticesOf(page))
      .toEqual(['The seed is "five", but must be a whole number that is not negative.']);
    await page.locator("[data-notice] button").click();
    await page.evaluate(() => window.gradus.ask("play"));
    await reach(page, 600);
    await order(page, "pause");
  });

  it("recognizes a digit that is drawn", async () => {
    const { page } = lab;
    const pad = page.locator("[data-pad]");
    await pad.evaluate((canvas) => canvas.scrollIntoView({ block: "center" }));
    const box = (await pad.boundingBox())!;
    const at = (x: number, y: number) => [box.x + x * box.width, box.y + y * box.height] as const;
    // A seven: a bar, then a slanting stroke.
    await page.mouse.move(...at(0.25, 0.2));
    await page.mouse.down();
    await page.mouse.move(...at(0.75, 0.2), { steps: 6 });
    await page.mouse.move(...at(0.45, 0.85), { steps: 8 });
    await page.mouse.up();
    await expect.poll(() => page.locator("[data-digit]").getAttribute("data-digit")).toBe("7");
  });

  it("is drawn on by keys alone, with the same ink", async () => {
    const { page } = lab;
    const press = async (key: string, times: number) => {
      for (let i = 0; i < times; i++) await page.keyboard.press(key);
    };
    /** How much ink there is, in pixels, and how many of them are neither black nor white. */
    const ink = () =>
      page.locator("[data-pad]").evaluate((element) => {
        const canvas = element as HTMLCanvasElement;
        const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
        const reds = data.filter((_, i) => i % 4 === 0);
        return {
          sum: reds.reduce((sum, red) => sum + 1 - red / 255, 0),
          grey: reds.filter((red) => red > 0 && red < 255).length,
        };
      });
    const pen = () => page.locator("[data-pen]").textContent();
    await page.locator("[data-action=clear-pad]").focus();
    await page.keyboard.press("Shift+Tab");
    expect(await page.evaluate(() => document.activeElement?.matches("[data-pad]"))).toBe(true);
    await page.keyboard.press("Delete");
    expect(await pen()).toBe("Pen up, row 14, column 14; nothing is drawn");
    await page.locator("[data-digit]").waitFor({ state: "detached" });
    await press("ArrowUp", 8);
    expect((await ink()).sum).toBe(0);
    // A one: a stroke downwards.
    await page.keyboard.press("Space");
    await press("ArrowDown", 17);
    expect(await pen()).toBe("Pen down, row 23, column 14");
    await page.keyboard.press("Space");
    await expect.poll(() => page.locator("[data-digit]").getAttribute("data-digit")).toBe("1");
    expect(await obstacles(page)).toEqual([]);
    const byKeys = await ink();
    // Lifted, it leaves nothing; two keys at once go aslant.
    await page.keyboard.down("ArrowRight");
    await press("ArrowUp", 3);
    await page.keyboard.up("ArrowRight");
    expect(await pen()).toBe("Pen up, row 20, column 18");
    expect(await ink()).toEqual(byKeys);
    await page.keyboard.press("Delete");
    expect(await ink()).toEqual({ sum: 0, grey: 0 });
    await page.locator("[data-digit]").waitFor({ state: "detached" });

    const box = (await page.locator("[data-pad]").boundingBox())!;
    const at = (row: number) =>
      [box.x + (13.5 / 28) * box.width, box.y + ((row - 0.5) / 28) * box.height] as const;
    await page.mouse.move(...at(6));
    await page.mouse.down();
    await page.mouse.move(...at(23), { steps: 17 });
    await page.mouse.up();
    const byMouse = await ink();
    expect(Math.abs(byKeys.sum - byMouse.sum)).toBeLessThan(0.02 * byMouse.sum);
    expect(Math.min(byKeys.grey, byMouse.grey)).toBeGreaterThan(10);
  });

  it("tests on all test images; a cell of the table opens its mistakes", async () => {
    const { page } = lab;
    await page.locator("[data-action=evaluate]").click();
    await page.locator("[data-figure=test-accuracy]").waitFor();
    const text = (await page.locator("[data-figure=test-accuracy]").textContent()) ?? "";
    expect(Number.parseFloat(text)).toBeGreaterThan(90);
    const step = await page.evaluate(() => window.gradus.status!.step);
    expect(text).toContain(`of 800 right after ${step.toLocaleString("en")} steps`);
    const cell = page.locator("td button[aria-label*='was taken for']").first();
    const count = Number(await cell.textContent());
    await cell.click();
    await expect.poll(() => page.locator("[data-mistakes] [data-judged]").count()).toBe(Math.min(12, count));
  });

  it("trains on while it tests, and tests the weights of the step that it names", async () => {
    const { page } = lab;
    await order(page, "play");
    const tested = await page.evaluate(async () => {
      const steps: number[] = [];
      for (let begin = true; ; begin = false) {
        const { step, done, evaluation } = await window.gradus.look("evaluation", { count: 800, begin });
        const { step: all } = await window.gradus.ask("curves", { points: 1 });
        steps.push(all.at(-1)!);
        if (evaluation !== undefined) return { step, done, evaluation, steps };
      }
    });
    await order(page, "pause");
    expect([tested.steps.length, tested.done]).toEqual([8, 800]);
    expect(tested.step).toBeLessThanOrEqual(tested.steps[0]!);
    expect(tested.steps.at(-1)!).toBeGreaterThan(tested.steps[0]!);
    await seek(page, tested.step);
    const { run } = await inNode(page);
    const known = await evaluatorOf(run.recipe, run.model).evaluate(run.sets.test);
    expect(tested.evaluation.confusion).toEqual(known.confusion);
    expect(tested.evaluation.loss).toBeCloseTo(known.loss, 6);
  });

  it("answers at once while it trains at full speed, with all panels open", async () => {
    const { page } = lab;
    await page.evaluate(observe);
    await order(page, "play");
    const changes = await page.evaluate(() => window.gradus.status!.plan.changes.length);
    // A host that is busy lets the page wait too: then it is asked again, but what the page itself takes must always be little.
    const delays: number[] = [];
    for (let i = 0; i < 5 && (delays.at(-1) ?? Number.POSITIVE_INFINITY) >= 50; i++) {
      await page.evaluate(take);
      const tasks = await tasksDuring(page, () => use(page, 2));
      const longest = Math.max(...tasks.map(({ processor }) => processor));
      const sorted = (await page.evaluate(take)).delays.sort((a, b) => a - b);
      delays.push(sorted[Math.ceil(0.95 * sorted.length) - 1] ?? Number.POSITIVE_INFINITY);
      console.log(
        `delay of inputs while training: median ${sorted[sorted.length >> 1]?.toFixed(1)} ms, 95 % within ${delays.at(-1)?.toFixed(1)} ms, ` +
          `worst ${sorted.at(-1)?.toFixed(1)} ms; longest task ${longest.toFixed(1)} ms of a processor`,
      );
      expect(sorted.length).toBeGreaterThan(10);
      expect(tasks.length).toBeGreaterThan(50);
      expect(longest).toBeLessThan(50);
    }
    expect(delays.at(-1)).toBeLessThan(50);
    expect(await page.evaluate(() => window.gradus.status!.plan.changes.length)).toBe(changes);
    await order(page, "pause");
  });

  it("goes on from the last checkpoint when its Worker is lost, and says so", async () => {
    const { page } = lab;
    await order(page, "play");
    // Checkpoints come every five seconds.
    await page.waitForTimeout(6500);
    await page.evaluate(() => window.gradus.loseWorker());
    await expect
      .poll(() => noticesOf(page), { timeout: 10_000 })
      .toEqual([expect.stringMatching(/Worker was lost .* It goes on from step [\d,]+/)]);
    const step = await page.evaluate(() => window.gradus.status!.step);
    await page.waitForFunction(
      (step) => window.gradus.workers === 2 && window.gradus.status!.step > Math.max(600, step - 2000),
      step,
      { timeout: 30_000 },
    );
    expect(await page.evaluate(() => window.gradus.status!.state)).toBe("playing");
    await order(page, "pause");
    await page.locator("[data-notice] button").click();
  });

  it("keeps nobody out, makes no errors, and asks nobody else", async () => {
    expect(await obstacles(lab.page)).toEqual([]);
    expect(lab.problems).toEqual([]);
    expect(lab.elsewhere).toEqual([]);
  });
});
