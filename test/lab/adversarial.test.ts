import { inspect, tensor } from "gradus";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Subject } from "../../lab/src/worker/lens.js";
import { sightOf } from "../../lab/src/worker/lenses/chosen.js";
import { probabilitiesBySecond, secondNetwork } from "../../lab/src/worker/lenses/second-network.js";
import { obstacles } from "./axe.js";
import { apart, inNode } from "./in-node.js";
import { type Lab, openLab, shown, skipBrowser } from "./support.js";

describe.skipIf(skipBrowser)("the adversarial image", () => {
  let lab: Lab;
  let here: Subject;
  const epsilon = 20 / 255;
  const range = [-0.5, 0.5] as const;

  /** What the lens gives for one epsilon, as plain lists. */
  const attack = (image: number, steps: number, stepSize?: number, target?: number) =>
    lab.page.evaluate(
      async ({ image, epsilon, attack }) => {
        const found = await window.gradus.look("adversarial", {
          chosen: { image },
          attack,
          epsilons: [epsilon],
        });
        return {
          input: [...found.input.data],
          images: [...found.images.data],
          changes: [...found.changes.data],
          before: [...found.before],
          after: [...found.after],
          truth: found.truth,
        };
      },
      { image, epsilon, attack: { steps, stepSize, target } },
    );
  const attribute = async (selector: string, name: string) =>
    (await lab.page.locator(selector).first().getAttribute(name)) ?? "";

  beforeAll(async () => {
    lab = await openLab({ address: "/#/lenses?step=200&lens=adversarial&image=3&adv-eps=20" });
    await shown(lab.page, "lenses");
    await lab.page.waitForFunction(() => window.gradus.status?.state === "paused");
    here = await inNode(lab.page);
  });

  afterAll(() => lab?.close());

  it("moves each pixel by epsilon or not at all, except at the ends of its range, as inspect.fgsm does", async () => {
    let fallen = 0;
    for (const image of [0, 1, 2, 3, 4]) {
      const { input, images, changes, before, after, truth } = await attack(image, 1);
      const inside = changes.filter((_, i) => Math.abs(images[i]!) < 0.4999);
      for (const change of inside.map(Math.abs)) {
        expect(change < 1e-7 || Math.abs(change - epsilon) < 1e-6, `a change of ${change}`).toBe(true);
      }
      expect(inside.filter((change) => change !== 0).length).toBeGreaterThan(20);
      expect(Math.max(...images.map(Math.abs))).toBeLessThanOrEqual(0.5);
      if (after[truth]! < before[truth]!) fallen++;
      const sight = sightOf(here.run, { image });
      expect([...(await sight.images.data())]).toEqual(input);
      const labels = tensor(Int32Array.of(truth), { dtype: "int32" });
      const expected = await inspect.fgsm(here.run.model, sight.images, labels, { epsilon, range }).data();
      expect(apart(images, expected)).toBeLessThan(1e-6);
    }
    expect(fallen).toBe(5);
  });

  it("stays in the ball with many steps, as inspect.pgd does, and comes at least as far", async () => {
    const [steps, stepSize] = [8, epsilon / 3];
    for (const target of [undefined, 7]) {
      const far = await attack(5, steps, stepSize, target);
      expect(Math.max(...far.changes.map(Math.abs))).toBeLessThan(epsilon + 1e-6);
      const { images } = sightOf(here.run, { image: 5 });
      const labels = tensor(Int32Array.of(target ?? far.truth), { dtype: "int32" });
      const options = { epsilon, steps, stepSize, range, randomStart: false, targeted: target !== undefined };
      const expected = await (await inspect.pgd(here.run.model, images, labels, options)).data();
      expect(apart(far.images, expected)).toBeLessThan(1e-5);
      const near = await attack(5, 1, undefined, target);
      if (target === undefined)
        expect(far.after[far.truth]!).toBeLessThanOrEqual(near.after[far.truth]! + 1e-6);
      else expect(far.after[target]!).toBeGreaterThan(far.before[target]!);
    }
  });

  it("follows the slider, and draws the curve over epsilon", async () => {
    const { page } = lab;
    await page.locator("[data-curve]").waitFor();
    await expect.poll(() => attribute("[data-attack]", "data-epsilon")).toBe(String(20 / 255));
    const before = Number(await attribute("[data-attack]", "data-before"));
    await page.locator("[data-field=adv-eps]").fill("64");
    await expect
      .poll(async () => Number(await attribute("[data-attack]", "data-greatest")))
      .toBeCloseTo(64 / 255, 5);
    expect(Number(await attribute("[data-attack]", "data-after"))).toBeLessThan(before);
    const curve = (await attribute("[data-curve]", "data-curve")).split(",").map(Number);
    expect(curve).toHaveLength(17);
    expect(curve[0]).toBeCloseTo(before, 5);
    expect(curve[8]).toBeLessThan(before);
    await expect.poll(() => page.evaluate(() => location.hash)).toContain("adv-eps=64");
  });

  it("asks a second network, whose answer is that network's own", async () => {
    const { page } = lab;
    const steps = 120;
    await page.locator("[data-field=adv-second-steps]").fill(String(steps));
    await page.locator("[data-action=train-second]").click();
    await page.locator("[data-second-accuracy]").waitFor();
    await page.locator("[data-second-after]").waitFor();
    const said = await page.evaluate(async () => {
      const found = await window.gradus.look("adversarial", {
        chosen: { image: 3 },
        attack: { steps: 1 },
        epsilons: [64 / 255],
      });
      return { images: [...found.images.data], after: [...(found.second?.after ?? [])], truth: found.truth };
    });
    // The same network trained here: the same recipe, seed and batches give the same weights.
    let accuracy: number | undefined;
    while (accuracy === undefined) ({ accuracy } = await secondNetwork(here, { until: steps }));
    const images = tensor(Float32Array.from(said.images), { shape: [1, ...here.run.inputShape] });
    const own = (await probabilitiesBySecond(here, images)) as Float32Array;
    expect(apart(said.after, own)).toBeLessThan(1e-5);
    expect(Number(await attribute("[data-second]", "data-second-accuracy"))).toBeCloseTo(accuracy, 6);
    expect(accuracy).toBeGreaterThan(0.7);
    expect(Number(await attribute("[data-second-after]", "data-second-after"))).toBeCloseTo(
      own[said.truth]!,
      5,
    );
  });

  it("measures its success with many images: none at epsilon 0, nearly all at the greatest", async () => {
    await lab.page.locator("[data-action=measure-success]").click();
    await lab.page.locator("[data-success]").waitFor();
    const shares = (await attribute("[data-success]", "data-success")).split(",").map(Number);
    const second = (await attribute("[data-success]", "data-success-second")).split(",").map(Number);
    expect(shares).toHaveLength(9);
    expect([shares[0], second[0]]).toEqual([0, 0]);
    expect(shares[8]).toBeGreaterThan(0.8);
    // Made against the first network, the images fool it more often than the second.
    expect(second[2]).toBeLessThanOrEqual(shares[2]!);
  });

  it("keeps nobody out and makes no errors", async () => {
    expect(await obstacles(lab.page)).toEqual([]);
    expect(lab.problems).toEqual([]);
    expect(lab.elsewhere).toEqual([]);
  });
});
