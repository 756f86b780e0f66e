import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { noticesOf, order, reach } from "./lab-api.js";
import { type Lab, openLab, shown, skipBrowser } from "./support.js";

describe.skipIf(skipBrowser)("what stands around every page", () => {
  let lab: Lab;
  const title = () => lab.page.locator("h1").textContent();
  const field = (name: string) => lab.page.locator(`[data-field=${name}]`);
  const settings = () => lab.page.evaluate(() => window.gradus.status?.settings);

  beforeAll(async () => {
    lab = await openLab();
    await shown(lab.page, "train");
  });

  afterAll(() => lab?.close());

  it("takes a seed that is typed slowly while it trains", async () => {
    const { page } = lab;
    await reach(page, 20);
    await field("seed").click();
    await page.keyboard.press("Control+A");
    await page.keyboard.type("4321", { delay: 150 });
    expect(await field("seed").inputValue()).toBe("4321");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => window.gradus.status?.plan.seed === 4321);
  });

  it("puts back what holds when a setting is refused", async () => {
    const { page } = lab;
    for (const [name, wrong, holds] of [
      ["seed", "-1", "4321"],
      ["learningRate", "0", "1"],
      ["rho", "2", "0.95"],
      ["batchSize", "99999", "20"],
      ["image", "-3", "0"],
    ] as const) {
      await field(name).fill(wrong);
      await field(name).press("Enter");
      await expect.poll(() => field(name).inputValue(), { message: name }).toBe(holds);
    }
    while ((await noticesOf(page)).length > 0) await page.locator("[data-notice] button").first().click();
  });

  it("leads back and forth between pages by the browser's buttons, and goes on training", async () => {
    const { page } = lab;
    await lab.show("time");
    await field("image").fill("5");
    await field("image").press("Enter");
    await lab.show("doctor");
    const before = await page.evaluate(() => window.gradus.status!.step);
    await page.goBack();
    await expect.poll(title).toBe("Time travel");
    await expect.poll(() => field("image").inputValue()).toBe("5");
    await page.goBack();
    await expect.poll(title).toBe("Train");
    await page.goForward();
    await expect.poll(title).toBe("Time travel");
    await reach(page, before + 20);
  });

  it("ends a long journey on the way", async () => {
    const { page } = lab;
    await page.evaluate(() => {
      location.hash = "#/train?recipe=digits&seed=1&step=1000000";
    });
    const toggle = page.locator("[data-action=toggle]");
    await expect.poll(() => toggle.textContent().then((text) => text?.trim())).toBe("Stop");
    await toggle.click();
    await page.waitForFunction(() => window.gradus.status?.state === "paused");
    expect(await page.evaluate(() => window.gradus.status!.step)).toBeLessThan(1000000);
  });

  it("opens the page of a link whose rest is damaged, and says what is wrong", async () => {
    const { page } = lab;
    const before = await page.evaluate(() => window.gradus.status?.plan);
    await page.goto(`${lab.url}/#/doctor?seed=abc`);
    await shown(page, "doctor");
    expect(await title()).toBe("Doctor");
    expect((await noticesOf(page)).join()).toContain("seed=abc, but that is no whole number");
    expect(await page.evaluate(() => window.gradus.status?.plan)).toEqual(before);
    await page.locator("[data-notice] button").first().click();
    await lab.show("train");
  });

  it("keeps the changes of settings when the Worker is lost, those after its last checkpoint too", async () => {
    const { page } = lab;
    await field("learningRate").fill("0.5");
    await field("learningRate").press("Enter");
    await order(page, "play");
    // Checkpoints come every five seconds.
    await page.waitForTimeout(6000);
    await field("learningRate").fill("0.25");
    await field("learningRate").press("Enter");
    await page.waitForFunction(() => window.gradus.status?.plan.changes.length === 2);
    const { step } = (await page.evaluate(() => window.gradus.status?.plan.changes))!.at(-1)!;
    await page.evaluate(() => window.gradus.loseWorker());
    await page.waitForFunction(() => window.gradus.workers === 2, null, { timeout: 20_000 });
    await reach(page, step + 1);
    expect(await settings()).toMatchObject({ optimizer: { learningRate: 0.25 } });
    expect(await page.evaluate(() => window.gradus.status?.plan.changes.length)).toBe(2);
  });

  it("shows the step again at which one had paused when the Worker is lost", async () => {
    const { page } = lab;
    await order(page, "pause");
    await page.evaluate(async () => {
      await window.gradus.ask("advance", { steps: 7 });
    });
    // The figures come with the next frame.
    await page.waitForFunction(() => window.gradus.figures?.step === window.gradus.status?.step);
    const before = await page.evaluate(() => ({
      step: window.gradus.status?.step,
      loss: window.gradus.figures?.loss,
    }));
    await page.evaluate(() => window.gradus.loseWorker());
    await page.waitForFunction(() => window.gradus.workers === 3, null, { timeout: 20_000 });
    expect((await noticesOf(page)).join()).toContain(`It goes to step ${before.step} again, from step`);
    const same = (step: number | undefined) =>
      window.gradus.status?.step === step && window.gradus.status?.state === "paused";
    await page.waitForFunction(same, before.step, { timeout: 20_000 });
    // The mean of the last losses, which were made again.
    await expect.poll(() => page.evaluate(() => window.gradus.figures?.loss)).toBe(before.loss);
  });

  it("makes no errors", () => expect(lab.problems).toEqual([]));
});
