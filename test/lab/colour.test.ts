import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Lab, openLab, shown, skipBrowser } from "./support.js";

/** Waits until it is so: other things may keep the machine busy. */
const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 15_000 });

describe.skipIf(skipBrowser)("images in colour that are no digits", () => {
  let lab: Lab;
  const text = (selector: string) => lab.page.locator(selector).textContent();

  beforeAll(async () => {
    lab = await openLab({ address: "/#/train?step=0" });
    await shown(lab.page, "train");
    await lab.page.evaluate(async () => {
      // Red ones and blue ones, with some noise.
      const [count, size] = [60, 12];
      const labels = Uint8Array.from({ length: count }, (_, i) => i % 2);
      const pixels = Uint8Array.from({ length: count * 3 * size * size }, (_, i) => {
        const image = Math.floor(i / (3 * size * size));
        const channel = Math.floor(i / (size * size)) % 3;
        return (channel === 2 * (image % 2) ? 150 : 20) + ((37 * i) % 90);
      });
      const classes = ["red", "blue"];
      const set = { name: "colours", classes, channels: 3, height: size, width: size, pixels, labels };
      await window.gradus.ask("addData", { set });
      const { recipe } = window.gradus.status!.plan;
      const { preprocessing: _, ...whole } = recipe;
      const own: typeof recipe = {
        ...whole,
        layers: [
          { type: "conv2d", filters: 4, kernelSize: 3 },
          { type: "relu" },
          { type: "flatten" },
          { type: "dense", units: 2 },
        ],
        batchSize: 8,
        validation: 0.2,
      };
      await window.gradus.ask("open", { plan: { recipe: own, data: "colours", seed: 1, changes: [] } });
    });
    await lab.page.waitForFunction(() => window.gradus.status?.data.name === "colours");
  });

  afterAll(() => lab?.close());

  it("are not called digits", async () => {
    await eventually(() => text("#predictions-title")).toBe("Images it has never seen");
    expect(await text("#pad-title")).toBe("Your own image");
  });

  it("have a map of saliency without signs, which is said", async () => {
    await lab.page.goto(`${lab.url}/#/lenses?lens=saliency`);
    await eventually(() => text("[data-explanation]")).toContain("the size alone");
    const { map } = await lab.page.evaluate(() =>
      window.gradus.look("saliency", { chosen: { image: 0 }, timesInput: false }),
    );
    expect(map.minimum).toBeGreaterThanOrEqual(0);
    expect(await text("[data-explanation]")).not.toContain("purple");
  });

  it("are attacked in three colours, of which it is said how they lie", async () => {
    await lab.page.locator("[data-lens=adversarial]").click();
    await eventually(() => text("#change-title ~ p")).toContain("Red, green and blue stand side by side.");
    expect(await text("#change-title ~ p")).toMatch(/% of the numbers change/);
    expect(lab.problems).toEqual([]);
  });
});
