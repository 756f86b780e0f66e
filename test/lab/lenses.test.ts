import { data, inspect, io, type nn, type Tensor, tensor, train } from "gradus";
import { buildModel, parseRecipe, recipes } from "gradus/recipe";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { placesAlong } from "../../lab/src/parts/lenses/occlusion.js";
import { pixelOf, scaleFor } from "../../lab/src/views/colors.js";
import { loadDigits } from "../../src/cli/data/sources.node.js";
import { obstacles } from "./axe.js";
import { modelOf, order, reach } from "./lab-api.js";
import { type Lab, openLab, shown, skipBrowser } from "./support.js";

/** Looks again for a while: under load a picture may take its time. */
const eventually = <T>(look: () => T | Promise<T>) => expect.poll(look, { timeout: 10_000 });

const image = 4;
const step = 150;

describe.skipIf(skipBrowser)("the page Lenses", () => {
  let lab: Lab;
  /** The same network with the same weights, in this process, and what it is shown. */
  let model: nn.Module;
  let digits: data.LabelledImages;
  let images: Tensor;
  let probabilities: number[];
  let seen: number;

  const recipe = parseRecipe({ ...recipes.digits!, seed: 1 }, "digits");
  const { crop, scale, offset } = recipe.preprocessing;

  /** Chooses a lens by its button. */
  async function choose(id: string) {
    await lab.page.locator(`[data-lens=${id}]`).click();
    await lab.page.locator(`[data-lens-shown=${id}]`).waitFor();
  }

  const fill = (field: string, value: number) =>
    lab.page.locator(`[data-lens-shown] [data-field=${field}]`).fill(String(value));

  /** What a picture says of one of its pixels, and that pixel's colour. */
  const point = (canvas: string, x: number, y: number) =>
    lab.page.evaluate(
      async ({ canvas: selector, x, y }) => {
        const canvas = document.querySelector<HTMLCanvasElement>(selector)!;
        const box = canvas.getBoundingClientRect();
        const clientX = box.left + ((x + 0.5) / canvas.width) * box.width;
        const clientY = box.top + ((y + 0.5) / canvas.height) * box.height;
        canvas.dispatchEvent(new MouseEvent("mousemove", { clientX, clientY, bubbles: true }));
        await new Promise((resolve) => setTimeout(resolve, 50));
        const hint = canvas.parentElement?.querySelector(".hint")?.textContent ?? "";
        const [, coordinates = "", value = ""] = /^\[(.*)\] = (.*)$/.exec(hint) ?? [];
        const pixel = [...canvas.getContext("2d")!.getImageData(x, y, 1, 1).data];
        return { coordinates: coordinates.split(", ").map(Number), value: Number(value), pixel };
      },
      { canvas, x, y },
    );

  const clickAt = async (canvas: string, x: number, y: number) => {
    const target = lab.page.locator(canvas);
    const box = (await target.boundingBox())!;
    const [width, height] = await target.evaluate((node) => [
      (node as HTMLCanvasElement).width,
      (node as HTMLCanvasElement).height,
    ]);
    await target.click({
      position: { x: ((x + 0.5) / width!) * box.width, y: ((y + 0.5) / height!) * box.height },
    });
  };

  const attribute = (selector: string, name: string) =>
    lab.page.evaluate(({ selector, name }) => document.querySelector(selector)?.getAttribute(name) ?? "", {
      selector,
      name,
    });

  const number = async (selector: string, name: string) => {
    const text = await attribute(selector, name);
    return text === "" ? Number.NaN : Number(text);
  };

  beforeAll(async () => {
    lab = await openLab({
      address: `/#/lenses?recipe=digits&seed=1&step=${step}&image=${image}`,
      viewport: { width: 1300, height: 1000 },
    });
    await shown(lab.page, "lenses");
    await lab.page.waitForFunction(
      (step) => window.gradus.status?.step === step && window.gradus.status.state === "paused",
      step,
    );
    digits = (await loadDigits()).test;
    model = buildModel(recipe, [1, 24, 24], digits);
    const source = "the lab's model";
    const { tensors } = io.readSafetensors(Uint8Array.from(await modelOf(lab.page)), source);
    train.restoreVariables({ source, tensors, state: null }, model.variables());
    const options = { crop, scaling: { scale, offset }, shuffle: false, size: 1, seed: 0 };
    images = new data.Batches(data.subset(digits, [image]), options).batch(0, 0).images;
    probabilities = [...(await model.forward(images).softmax(1).data())];
    seen = probabilities.indexOf(Math.max(...probabilities));
  });

  afterAll(() => lab?.close());

  it("says of the image what the network says elsewhere", async () => {
    const { page } = lab;
    const answer = await page.evaluate(async (image) => {
      const { probabilities, label } = await window.gradus.look("answer", { chosen: { image } });
      return { probabilities: [...probabilities], label };
    }, image);
    expect(answer.label).toBe(digits.labels[image]);
    for (const [i, probability] of probabilities.entries()) {
      expect(answer.probabilities[i]).toBeCloseTo(probability, 5);
    }
  });

  it("shows in a pixel of a feature map what stands in the tensor", async () => {
    const [channel, row, column] = [5, 4, 7] as const;
    const index = (channel * 12 + row) * 12 + column;
    const entry = await lab.page.evaluate(
      ({ image, index }) => window.gradus.look("tensorEntry", { image, path: "3", index }),
      { image, index },
    );
    const { minimum, maximum } = await lab.page.evaluate(async (image) => {
      const { maps } = await window.gradus.look("featureMaps", { chosen: { image }, path: "3" });
      return { minimum: maps.minimum, maximum: maps.maximum };
    }, image);
    // Sixteen planes of 12 x 12 stand six in a row, with a pixel between them.
    const at = [channel * 13 + column, row] as const;
    const place = await point("[data-maps='3'] canvas", ...at);
    expect(place.coordinates).toEqual([channel, row, column]);
    expect(place.value).toBeCloseTo(entry, 2);
    const expected = pixelOf(entry, scaleFor(minimum, maximum));
    expect(place.pixel).toEqual([0, 8, 16, 24].map((shift) => (expected >>> shift) & 255));
    await clickAt("[data-maps='3'] canvas", ...at);
    await eventually(() => number("[data-unit-value]", "data-unit-value")).toBe(entry);
    await eventually(() => lab.page.evaluate(() => decodeURIComponent(location.hash))).toContain(
      "unit=5,4,7",
    );
  });

  it("draws the box of what the unit sees, and nothing outside of it changes the unit", async () => {
    const { start, stop } = inspect.receptiveField(model, { path: "3", unit: [5, 4, 7] })!;
    expect([start, stop]).toEqual([
      [0, 2, 8],
      [1, 16, 22],
    ]);
    await eventually(() => attribute("[data-receptive-field]", "data-receptive-field")).toBe("2,8,14,14");
    expect(await attribute("[data-field-of] [data-box]", "data-box")).toBe("2,8,14,14");
    const values = await lab.page.evaluate(async () => {
      const parameters = { path: "3", unit: [5, 4, 7], count: 32 };
      return [...(await window.gradus.look("effectiveField", parameters)).values.data];
    });
    const inside = (at: number) => {
      const [row, column] = [Math.floor(at / 24), at % 24];
      return row >= 2 && row < 16 && column >= 8 && column < 22;
    };
    expect(values.length).toBe(24 * 24);
    expect(values.filter((value, at) => value !== 0 && !inside(at))).toEqual([]);
    expect(values.filter((value, at) => value > 0 && inside(at)).length).toBeGreaterThan(100);
  });

  it("goes from unit to unit by the keyboard", async () => {
    const field = lab.page.locator("[data-lens-shown] [data-field=row]");
    await field.focus();
    await field.press("ArrowUp");
    await eventually(() => attribute("[data-receptive-field]", "data-receptive-field")).toBe("4,8,14,14");
    await eventually(() => attribute("[data-field-of]", "data-field-of")).toBe("5,5,7");
  });

  it("finds the patches to which a channel responds most", async () => {
    await choose("backwards");
    await fill("channel", 5);
    const first500 = data.subset(
      digits,
      Array.from({ length: 500 }, (_, i) => i),
    );
    const options = { path: "3", channels: [5], count: 8, crop, scaling: { scale, offset } };
    const [expected] = await inspect.topPatches(model, first500, options);
    const found = () =>
      lab.page
        .locator("[data-patch]")
        .evaluateAll((list) => list.map((one) => Number(one.getAttribute("data-patch"))));
    await eventually(found).toEqual(expected!.patches.map(({ image }) => image));
    const { list } = await lab.page.evaluate(async (image) => {
      const { list } = await window.gradus.look("reconstruction", {
        chosen: [{ image }],
        path: "3",
        channel: 5,
      });
      return {
        list: list.map(({ activation, position, guided }) => ({
          activation,
          position,
          guided: [...guided.data],
        })),
      };
    }, expected!.patches[0]!.image);
    expect(list[0]!.activation).toBeCloseTo(expected!.patches[0]!.value, 3);
    expect(list[0]!.position).toEqual(expected!.patches[0]!.position);
    const here = new data.Batches(data.subset(digits, [expected!.patches[0]!.image]), {
      crop,
      scaling: { scale, offset },
      shuffle: false,
      size: 1,
      seed: 0,
    }).batch(0, 0).images;
    const guided = await inspect.guidedBackprop(model, here, { path: "3", channel: 5 }).data();
    expect(Math.max(...guided.map((value, i) => Math.abs(value - list[0]!.guided[i]!)))).toBeLessThan(1e-4);
  });

  it("gives the library's saliency, for the class that is chosen", async () => {
    await choose("saliency");
    await lab.page.locator("[data-field=of]").selectOption("3");
    await eventually(() => attribute("[data-saliency-of]", "data-saliency-of")).toBe("3");
    const map = await lab.page.evaluate(async (image) => {
      const parameters = { chosen: { image }, of: 3, timesInput: true };
      return [...(await window.gradus.look("saliency", parameters)).map.data];
    }, image);
    const expected = await inspect.saliency(model, images, { of: 3, timesInput: true }).data();
    expect(map.length).toBe(expected.length);
    expect(Math.max(...expected.map((value, i) => Math.abs(value - map[i]!)))).toBeLessThan(1e-4);
    await lab.page.locator("[data-saliency=smooth]").click();
    await lab.page.locator("[data-field=samples]").waitFor();
    await lab.page.locator("[data-field=of]").selectOption("");
    await eventually(() => attribute("[data-saliency-of]", "data-saliency-of")).toBe(String(seen));
  });

  it("covers a part of the image, and tells what is left of the probability", async () => {
    await choose("occlusion");
    const [row, column, side] = [8, 7, 6];
    await fill("occ-row", row);
    await fill("occ-col", column);
    await eventually(() => attribute("[data-covered]", "data-covered")).toBe(`${row},${column}`);
    const covered = Float32Array.from(await images.data());
    for (let y = row; y < row + side; y++) covered.fill(0, y * 24 + column, y * 24 + column + side);
    const left = await model
      .forward(tensor(covered, { shape: [1, 1, 24, 24] }))
      .softmax(1)
      .data();
    await eventually(() => number("[data-probability]", "data-probability")).toBeCloseTo(left[seen]!, 5);
    // The square follows the pointer: its middle is there.
    await lab.page.locator("[data-lens-shown] .image").hover({ position: { x: 125, y: 95 } });
    await eventually(() => attribute("[data-covered]", "data-covered")).toBe("6,9");
  });

  it("maps what each square takes away as the library does", async () => {
    const map = await inspect.occlusion(model, images, { size: 6, stride: 2, of: seen });
    const drops = await map.data();
    await eventually(() => attribute("[data-drops]", "data-drops")).toBe("10,10");
    const corners = placesAlong(24, 6, 2).flatMap((y) => placesAlong(24, 6, 2).map((x) => [y, x] as const));
    const left = await lab.page.evaluate(
      async ({ image, corners }) => [
        ...(await window.gradus.look("occluded", { chosen: { image }, size: 6, corners })).probabilities,
      ],
      { image, corners },
    );
    expect(corners.length).toBe(drops.length);
    const differences = corners.map((_, i) =>
      Math.abs(probabilities[seen]! - left[10 * i + seen]! - drops[i]!),
    );
    expect(Math.max(...differences)).toBeLessThan(1e-5);
    const greatest = drops.indexOf(Math.max(...drops));
    const [x, y] = [greatest % 10, Math.floor(greatest / 10)];
    // Planes without gaps: a pixel for each place.
    const place = await point("[data-drops] canvas", x, y);
    expect(place.coordinates).toEqual([y, x]);
    expect(place.value).toBeCloseTo(drops[greatest]!, 2);
  });

  it("adds up the class activation map to the score", async () => {
    await choose("cam");
    await eventually(() => attribute("[data-map-shape]", "data-map-shape")).toBe("1,4,4");
    const mean = await lab.page.evaluate(
      async ({ image, of }) => (await window.gradus.look("classMap", { chosen: { image }, of })).map.mean,
      { image, of: seen },
    );
    const [score, bias] = [await model.forward(images).data(), await model.variables().get("7.bias")!.data()];
    expect(mean + bias[seen]!).toBeCloseTo(score[seen]!, 3);
    await lab.page.locator("[data-cam=grad]").click();
    await eventually(() => attribute("[data-map-shape]", "data-map-shape")).toBe("1,12,12");
    const lowest = await lab.page.evaluate(
      async (image) => (await window.gradus.look("classMap", { chosen: { image }, path: "3" })).map.minimum,
      image,
    );
    expect(lowest).toBeGreaterThanOrEqual(0);
  });

  it("grows an image that a class responds to, and stops when asked", async () => {
    const { page } = lab;
    await choose("dream");
    await page.locator("[data-field=max-ch]").selectOption("3");
    await page.locator("[data-action=grow]").click();
    await eventually(() => number("[data-grown]", "data-grown")).toBeGreaterThan(20);
    await page.locator("[data-action=stop]").click();
    await page.locator("[data-action=grow]").waitFor();
    const grown = await number("[data-grown]", "data-grown");
    const response = await number("[data-response]", "data-response");
    const parameters = { path: "", channel: 3, seed: 1, learningRate: 0.05, decay: 0.01, jitter: 0, blur: 0 };
    const { image, scores } = await page.evaluate(async (parameters) => {
      const look = () => window.gradus.look("maximization", { ...parameters, attempt: -1, until: 30 });
      let result = await look();
      while (result.scores.length <= 30) result = await look();
      return { image: [...(result.image?.data ?? [])], scores: [...result.scores] };
    }, parameters);
    expect(scores.length).toBe(31);
    expect(response).toBeGreaterThan(scores[0]! + 3);
    expect(scores.at(-1)).toBeGreaterThan(scores[0]! + 3);
    const logits = await model.forward(tensor(Float32Array.from(image), { shape: [1, 1, 24, 24] })).data();
    expect(scores.at(-1)).toBeCloseTo(logits[3]!, 3);
    expect(await number("[data-grown]", "data-grown")).toBe(grown);
  });

  it("follows the training, and stands still with it", async () => {
    const { page } = lab;
    await choose("maps");
    const value = () => number("[data-unit-value]", "data-unit-value");
    const before = await value();
    await order(page, "play");
    await eventually(value).not.toBe(before);
    await reach(page, step + 50);
    await order(page, "pause");
    const entry = (path: string, index: number) =>
      page.evaluate(({ image, path, index }) => window.gradus.look("tensorEntry", { image, path, index }), {
        image,
        path,
        index,
      });
    const index = (5 * 12 + 5) * 12 + 7;
    const [first, second] = [await entry("3", index), await entry("3", index)];
    expect(second).toBe(first);
    await eventually(value).toBe(first);
    // What takes longer comes later, of the same step.
    const now = await page.evaluate(() => window.gradus.status!.step);
    await eventually(() => number("[data-made-at]", "data-made-at")).toBe(now);
    await page.waitForTimeout(300);
    expect(await value()).toBe(first);
  });

  it("goes through the images of a class", async () => {
    const { page } = lab;
    const labels = [...digits.labels];
    const subject = () => attribute("[data-subject]", "data-subject");
    await page.locator("[data-field=only]").selectOption("7");
    const next = labels.findIndex((label, i) => label === 7 && i > image);
    await eventually(subject).toBe(String(next));
    await page.locator("[data-action=next]").click();
    const after = labels.findIndex((label, i) => label === 7 && i > next);
    await eventually(subject).toBe(String(after));
    await page.locator("[data-action=previous]").click();
    await eventually(subject).toBe(String(next));
  });

  it("looks at a drawing as well", async () => {
    const { page } = lab;
    await page.locator("[data-action=draw]").click();
    const pad = page.locator("[data-pad]");
    await pad.scrollIntoViewIfNeeded();
    const box = (await pad.boundingBox())!;
    await page.mouse.move(box.x + box.width / 2, box.y + 20);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height - 20, { steps: 5 });
    await page.mouse.up();
    await eventually(() => attribute("[data-subject]", "data-subject")).toBe("drawn");
    await choose("saliency");
    await page.locator("[data-saliency-of]").waitFor();
    await page.locator("[data-action=draw]").click();
    await eventually(() => attribute("[data-subject]", "data-subject")).not.toBe("drawn");
  });

  it("keeps nobody out and makes no errors", async () => {
    for (const id of ["maps", "backwards", "saliency", "occlusion", "cam", "dream"]) {
      await choose(id);
      await lab.page.waitForTimeout(300);
      expect([id, await obstacles(lab.page)]).toEqual([id, []]);
    }
    expect(await lab.page.locator("[role=alert]").allTextContents()).toEqual([]);
    expect(lab.problems).toEqual([]);
    expect(lab.elsewhere).toEqual([]);
  });
});
