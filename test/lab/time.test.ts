import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { obstacles } from "./axe.js";
import { lossesOf, modelOf, order, reach, seek } from "./lab-api.js";
import { type Lab, openLab, shown, skipBrowser } from "./support.js";

describe.skipIf(skipBrowser)("time travel", () => {
  let lab: Lab;

  const activations = () =>
    lab.page.evaluate(async () => {
      const { panels } = await window.gradus.look("panels", { image: 3, paths: ["0", "4", "7"] });
      return panels.map(({ activations, parameters }) =>
        [activations, ...parameters.map(({ values }) => values)].map(({ data }) => [...data]),
      );
    });

  beforeAll(async () => {
    lab = await openLab({ address: "/#/time?recipe=digits&seed=2&step=70" });
    await shown(lab.page, "time");
    await lab.page.waitForFunction(
      () => window.gradus.status?.step === 70 && window.gradus.status.state === "paused",
    );
  });

  afterAll(() => lab?.close());

  it("shows again what was seen at a step, to the last bit", async () => {
    const then = await activations();
    await order(lab.page, "play");
    await reach(lab.page, 200);
    await order(lab.page, "pause");
    expect(await activations()).not.toEqual(then);
    await seek(lab.page, 70);
    expect(await activations()).toEqual(then);
  });

  it("follows the slider, with keys as well", async () => {
    const slider = lab.page.locator("[data-field=time]");
    await slider.focus();
    await slider.press("ArrowLeft");
    await expect.poll(() => lab.page.evaluate(() => window.gradus.status?.step)).toBe(69);
    await slider.press("Home");
    await expect.poll(() => lab.page.evaluate(() => window.gradus.status?.step)).toBe(0);
  });

  it("forks: another future beside the old one, which stays", async () => {
    const { page } = lab;
    await seek(page, 120);
    const old = await lossesOf(page);
    await page.locator("[data-field=fork-learningRate]").fill("0.2");
    await page.locator("[data-action=fork]").click();
    await reach(page, 160);
    await order(page, "pause");
    const fork = await lossesOf(page);
    expect(fork.slice(0, 120)).toEqual(old.slice(0, 120));
    expect(fork.slice(121, 160)).not.toEqual(old.slice(121, 160));
    await expect.poll(() => page.locator("[data-branch]").count()).toBe(2);
    await page.locator("[data-branch='0'] button").click();
    await expect
      .poll(() => page.evaluate(() => [window.gradus.status?.branch, window.gradus.status?.step]))
      .toEqual([0, old.length]);
    expect(await lossesOf(page)).toEqual(old);
  });

  it("says of a fork in a shared past which branch it really left", async () => {
    const { page } = lab;
    const origins = () => page.locator("[data-origin]").allTextContents();
    await page.evaluate(() => window.gradus.ask("branch", { id: 1, step: 120 }));
    await seek(page, 80);
    await page.evaluate(() => window.gradus.ask("fork", { settings: window.gradus.status!.settings }));
    await expect.poll(origins).toEqual(["", "main after 120", "main after 80"]);
    await page.evaluate(() => window.gradus.ask("branch", { id: 1, step: 130 }));
    await page.evaluate(() => window.gradus.ask("fork", { settings: window.gradus.status!.settings }));
    await expect.poll(origins).toEqual(["", "main after 120", "main after 80", "branch 1 after 130"]);
  });

  it("is as wide as a phone, whatever its tables are", async () => {
    const { page } = lab;
    const before = page.viewportSize()!;
    await page.setViewportSize({ width: 390, height: 844 });
    const widths = () =>
      page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
    await expect.poll(widths).toEqual([390, 390]);
    await page.setViewportSize(before);
  });

  it("comes to the same weights by a link", async () => {
    const { page } = lab;
    await seek(page, 33);
    await expect.poll(() => page.evaluate(() => location.hash)).toContain("step=33");
    const [hash, model] = [await page.evaluate(() => location.hash), await modelOf(page)];
    await page.goto("about:blank");
    await page.goto(`${lab.url}/${hash}`);
    await page.waitForFunction(
      () => window.gradus?.status?.step === 33 && window.gradus.status.state === "paused",
    );
    expect(await modelOf(page)).toEqual(model);
  });

  it("keeps nobody out and makes no errors", async () => {
    expect(await obstacles(lab.page)).toEqual([]);
    expect(lab.problems).toEqual([]);
    expect(lab.elsewhere).toEqual([]);
  });
});
