import { data } from "gradus";
import { brokenRecipes } from "gradus/recipe";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { figure } from "../../lab/src/parts/doctor/layers.js";
import { percent } from "../../lab/src/state/format.js";
import { examination as examine } from "../../lab/src/worker/lenses/examination.js";
import { Run } from "../../lab/src/worker/run.js";
import { loadDigits } from "../../src/cli/data/sources.node.js";
import { obstacles } from "./axe.js";
import { reach, seek } from "./lab-api.js";
import { type Lab, openLab, shown, skipBrowser } from "./support.js";

describe.skipIf(skipBrowser)("the page Doctor", () => {
  let lab: Lab;

  const findings = () =>
    lab.page
      .locator("[data-finding]")
      .evaluateAll((all) =>
        all.map((one) => [one.getAttribute("data-severity"), one.getAttribute("data-finding")].join(" ")),
      );
  const look = () =>
    lab.page.evaluate(() => window.gradus.look("examination", { patience: 0, batch: "fixed" }));
  /** Opens one by its button, trains some steps, and goes back to the last of them. */
  const train = async (name: string, steps: number) => {
    const { page } = lab;
    await page.locator(`[data-action=break-${name}]`).click();
    await page.waitForFunction((name) => window.gradus.status?.recipe.name === name, name);
    await reach(page, steps);
    await at(steps);
  };
  const at = async (step: number) => {
    await seek(lab.page, step);
    const when = step === 0 ? "before the first step" : `after ${step} steps`;
    await expect.poll(() => lab.page.locator("[data-verdict]").textContent()).toContain(when);
  };

  beforeAll(async () => {
    lab = await openLab({
      address: "/#/doctor?recipe=digits&seed=1&step=30",
      viewport: { width: 1300, height: 900 },
    });
    await shown(lab.page, "doctor");
  });

  afterAll(() => lab?.close());

  const broken = brokenRecipes.filter(({ finding }) => finding !== null);
  it.each(broken)("sees through $title", async ({ finding, recipe }) => {
    const { page } = lab;
    await train(recipe.name, 60);
    // Steps that were too large have killed all units, and then no step is large any more.
    expect(await findings()).toContain(`bad ${finding === "update too large" ? "diverging" : finding}`);
    expect(await page.locator("[data-verdict]").getAttribute("data-verdict")).toBe("bad");
    // That it was there at once is remembered.
    expect(await page.locator(`[data-broken=${recipe.name}]`).getAttribute("data-found")).toBe("0");
    const advice = await page.locator(`[data-broken=${recipe.name}] [data-advice]`).textContent();
    await at(0);
    expect((await findings())[0]).toBe(`bad ${finding}`);
    expect(await page.locator("[data-finding] [data-sentence]").first().textContent()).toBe(advice);
  });

  it("finds nothing bad in the healthy one", async () => {
    await train("healthy", 150);
    expect(await findings()).toContain("good falling");
    expect((await findings()).filter((one) => one.startsWith("bad"))).toEqual([]);
    const found = await lab.page.locator("[data-broken=healthy]").getAttribute("data-found");
    expect(Number(found)).toBeGreaterThan(49);
  });

  it("shows in the table what was measured", async () => {
    const { examination } = await look();
    const { layers, parameters } = examination;
    expect(layers.length).toBe(8);
    for (const layer of layers) {
      const cell = (column: string) =>
        lab.page.locator(`[data-layer="${layer.path}"] [data-column=${column}]`).textContent();
      expect(await cell("mean")).toBe(figure(layer.mean));
      expect(await cell("dead")).toBe(percent(layer.dead ?? undefined));
      expect(await cell("gradient")).toBe(figure(layer.gradientNorm));
      const weight = parameters.find(({ name }) => name === `${layer.path}.weight`);
      if (weight !== undefined) expect(await cell("update")).toContain(figure(weight.updateRatio));
    }
    expect(layers[1]?.dead).not.toBeNull();
    expect(parameters.every(({ updateRatio }) => updateRatio !== null && updateRatio > 0)).toBe(true);
  });

  it("measures what the library measures in Node, to the last bit", async () => {
    await at(5);
    const { examination } = await look();
    const { train, test } = await loadDigits();
    // The part of them that comes with the page.
    const indices = Array.from({ length: 3200 }, (_, i) => i);
    const { recipe } = brokenRecipes[0]!;
    const run = await Run.create(
      { recipe, seed: recipe.seed ?? 1, changes: [] },
      { train: data.subset(train, indices), test },
    );
    for (let step = 0; step < 5; step++) await run.advance();
    const once = <T>(_: string, make: () => T) => make();
    const inNode = await examine({ run, once }, { patience: 0, batch: "fixed" });
    expect(inNode.examination).toEqual(examination);
  });

  it("trains the same with the doctor looking on", async () => {
    const { page } = lab;
    await seek(page, 0);
    const before = await look();
    const weights = () => page.evaluate(async () => [...(await window.gradus.ask("saveModel"))]);
    await seek(page, 40);
    const jumped = await weights();
    await seek(page, 0);
    for (let step = 0; step < 40; step += 10) {
      await page.evaluate(() => window.gradus.ask("advance", { steps: 10 }));
      await look();
    }
    expect(await weights()).toEqual(jumped);
    await seek(page, 0);
    expect(await look()).toEqual(before);
  });

  it("names the first layer that is not finite when a training fails", async () => {
    const { page } = lab;
    await page.evaluate(async () => {
      await window.gradus.ask("change", {
        settings: { batchSize: 20, optimizer: { type: "sgd", learningRate: 1e30 } },
      });
      await window.gradus.ask("play");
    });
    await page.waitForFunction(() => window.gradus.status?.state === "failed");
    await expect.poll(findings).toContain("bad not finite");
    expect(await page.locator("[data-column=not-finite]").first().textContent()).toBe("first not finite");
    const first = await page
      .locator("tr[data-layer]:has([data-column=not-finite])")
      .first()
      .getAttribute("data-layer");
    const link = page.locator("[data-finding='not finite'] a");
    expect(await link.getAttribute("href")).toBe(`#/lenses?layer=${first}`);
    expect(await page.locator("main").textContent()).toContain("those of the step that failed");
  });

  it("keeps nobody out, makes no errors, and asks nobody else", async () => {
    expect(await obstacles(lab.page)).toEqual([]);
    expect(lab.problems).toEqual([]);
    expect(lab.elsewhere).toEqual([]);
  });
});
