import { inspect, type Tensor } from "gradus";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Projection, rangesOf } from "../../lab/src/parts/playgrounds/projection.js";
import type { Subject } from "../../lab/src/worker/lens.js";
import type { EmbeddingParameters } from "../../lab/src/worker/lenses/embedding.js";
import { obstacles } from "./axe.js";
import { apart, inNode } from "./in-node.js";
import { type Lab, openLab, shown, skipBrowser } from "./support.js";

const count = 200;
const indices = Array.from({ length: count }, (_, i) => i);

describe.skipIf(skipBrowser)("the embedding", () => {
  let lab: Lab;
  let here: Subject;

  /** What the lens gives in the end. */
  const embed = (parameters: Partial<EmbeddingParameters>) =>
    lab.page.evaluate(
      async (parameters) => {
        for (let looks = 1; ; looks++) {
          const found = await window.gradus.look("embedding", parameters);
          if (found.done < 1) continue;
          const { points, labels, predictions, separation } = found;
          return {
            looks,
            points: [...(points ?? [])],
            labels: [...labels],
            predictions: [...predictions],
            separation,
          };
        }
      },
      { path: "7", count, method: "pca", seed: 1, neighbours: 15, attempt: 0, ...parameters } as const,
    );

  beforeAll(async () => {
    lab = await openLab({
      address: `/#/lenses?step=150&lens=embedding&layer=7&emb-n=${count}`,
      viewport: { width: 1300, height: 1000 },
    });
    await shown(lab.page, "lenses");
    await lab.page.locator("[data-embedding=done]").waitFor();
    here = await inNode(lab.page);
  });

  afterAll(() => lab?.close());

  it("has the coordinates of inspect.pca, for layers and for pixels", async () => {
    const { images } = here.run.batchOf(here.run.sets.test, indices);
    const { outputs } = inspect.activations(here.run.model, images, { paths: ["5", "7"] });
    for (const [path, features] of [
      ["5", outputs["5"] as Tensor],
      ["7", outputs["7"] as Tensor],
      ["pixels", images],
    ] as const) {
      const { points } = await embed({ path });
      const flat = features.reshape([count, -1]);
      const expected = await (await inspect.pca(flat, 2)).project(flat).data();
      expect(Math.max(...points)).toBeGreaterThan(1);
      expect(apart(points, expected), path).toBeLessThan(1e-3);
    }
  });

  it("has the same points of UMAP from the same seed, and others from another", async () => {
    const one = await embed({ method: "umap", attempt: -1 });
    // In many looks, so that nobody waits for the whole.
    expect(one.looks).toBeGreaterThan(5);
    expect(one.points).toHaveLength(2 * count);
    expect(one.points.every(Number.isFinite)).toBe(true);
    expect((await embed({ method: "umap", attempt: -2 })).points).toEqual(one.points);
    expect((await embed({ method: "umap", attempt: -3, seed: 2 })).points).not.toEqual(one.points);
  });

  it("counts the images whose neighbours are of their class", async () => {
    const { points, labels, separation } = await embed({ path: "pixels" });
    const alike = indices.filter((i) => {
      const distance = (j: number) =>
        Math.hypot(points[2 * i]! - points[2 * j]!, points[2 * i + 1]! - points[2 * j + 1]!);
      const near = indices.filter((j) => j !== i).sort((a, b) => distance(a) - distance(b));
      const votes = near.slice(0, 10).map((j) => labels[j]!);
      const times = (label: number) => votes.filter((one) => one === label).length;
      return votes.reduce((best, label) => (times(label) > times(best) ? label : best)) === labels[i];
    });
    expect(separation?.plane).toBeCloseTo(alike.length / count, 6);
    const deep = await embed({ path: "7" });
    expect(separation!.space).toBeGreaterThan(0.7);
    expect(deep.separation!.plane).toBeGreaterThan(separation!.plane);
  });

  it("tells what lies under the pointer, and where arrow keys lead", async () => {
    const { page } = lab;
    const map = page.locator("[data-field=emb-map]");
    const { points, labels, predictions } = await embed({});
    const mistakes = indices.filter((i) => labels[i] !== predictions[i]).length;
    expect(mistakes).toBeGreaterThan(0);
    await expect
      .poll(() => page.locator("[data-mistakes]").getAttribute("data-mistakes"))
      .toBe(String(mistakes));
    expect(await page.locator("[data-points]").getAttribute("data-points")).toBe(String(count));
    const box = (await map.boundingBox())!;
    const projection = new Projection(rangesOf(points, true), box.width, box.height);
    const place = (i: number) => projection.toScreen({ x: points[2 * i]!, y: points[2 * i + 1]! });
    // One that lies by itself.
    const alone = (i: number) =>
      Math.min(
        ...indices
          .filter((j) => j !== i)
          .map((j) => Math.hypot(place(i)[0] - place(j)[0], place(i)[1] - place(j)[1])),
      );
    const lonely = indices.reduce((best, i) => (alone(i) > alone(best) ? i : best));
    const pointed = () => page.locator("[data-pointed]").getAttribute("data-pointed");
    await page.mouse.move(box.x + place(lonely)[0], box.y + place(lonely)[1]);
    await expect.poll(pointed).toBe(String(lonely));
    expect(await page.locator("[data-pointed]").textContent()).toContain(`label ${labels[lonely]}`);
    await page.mouse.move(0, 0);
    await expect.poll(pointed).toBe("0");
    await map.focus();
    for (let i = 0; i < 8 && (await pointed()) === "0"; i++) {
      await map.press("ArrowRight");
      await page.waitForTimeout(60);
    }
    const found = await pointed();
    expect(found).not.toBe("0");
    await map.press("Enter");
    await expect.poll(() => page.evaluate(() => location.hash)).toContain(`image=${found}`);
  });

  it("goes from mistake to mistake", async () => {
    const { labels, predictions } = await embed({});
    await lab.page.locator("[data-action=next-mistake]").click();
    const shown = async () => {
      const image = Number((await lab.page.locator("[data-pointed]").getAttribute("data-pointed")) ?? 0);
      return predictions[image] !== labels[image];
    };
    await expect.poll(shown).toBe(true);
  });

  it("is made anew for another network, and by another Worker where one was lost", async () => {
    const { page } = lab;
    const alerts = () => page.locator("main [role=alert]").allTextContents();
    const busy = () => page.locator("[data-embedding]").getAttribute("data-embedding");
    const madeAt = () => page.locator("[data-made-at]").getAttribute("data-made-at");
    expect(await madeAt()).toBe("150");
    await page.locator("[data-field=seed]").fill("2");
    await page.locator("[data-field=seed]").press("Enter");
    await expect.poll(madeAt, { timeout: 15_000 }).toBe("0");
    await page.locator("[data-field=emb-by]").selectOption("umap");
    await expect.poll(busy).toBe("busy");
    await page.evaluate(() => window.gradus.loseWorker());
    await page.waitForFunction(() => window.gradus.workers === 2);
    await expect.poll(busy, { timeout: 30_000 }).toBe("done");
    expect(await alerts()).toEqual([]);
    expect(await page.locator("[data-points]").getAttribute("data-points")).toBe(String(count));
  });

  it("keeps nobody out and makes no errors", async () => {
    expect(await obstacles(lab.page)).toEqual([]);
    expect(lab.problems).toEqual([]);
    expect(lab.elsewhere).toEqual([]);
  });
});
