import { inspect, io } from "gradus";
import { type RecipeInput, recipes } from "gradus/recipe";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeAddress } from "../../lab/src/state/address.js";
import { numberText, offsetOf, readNumber } from "../../lab/src/worker/number-address.js";
import type { Plan } from "../../lab/src/worker/protocol.js";
import { Run } from "../../lab/src/worker/run.js";
import { loadDigits } from "../../src/cli/data/sources.node.js";
import { obstacles } from "./axe.js";
import { modelOf, order, reach, seek } from "./lab-api.js";
import { type Lab, openLab, shown, skipBrowser } from "./support.js";

const [step, image] = [40, 3];
const plan = { recipe: recipes.digits!, seed: 1, changes: [] };

/** The same numbers from the library in Node, with the page's weights. */
async function bookOf(lab: Lab, own: Plan = plan): Promise<inspect.ArithmeticBook> {
  const run = await Run.create(own, await loadDigits());
  const { tensors } = io.readSafetensors(Uint8Array.from(await modelOf(lab.page)), "the page");
  await run.replaceWeights("the page", tensors);
  const { images, labels } = run.batchOf(run.sets.test, [image]);
  return inspect.arithmetic(run.model, images, labels);
}

describe.skipIf(skipBrowser)("numbers", () => {
  let lab: Lab;
  let book: inspect.ArithmeticBook;

  const part = (name: string) => lab.page.locator(`[data-panel=arithmetic] ${name}`);

  /** Waits until the arithmetic of a number is shown. */
  const opened = (address: inspect.Address) =>
    lab.page.waitForSelector(`[data-panel=arithmetic][data-address="${numberText(address)}"]`);

  const current = async () =>
    readNumber((await lab.page.getAttribute("[data-panel=arithmetic]", "data-address")) ?? "");

  const valueIn = async (selector: string) => Number(await part(selector).first().getAttribute("data-value"));

  /** Goes to a number as one does with the keyboard. */
  async function locate(address: inspect.Address): Promise<void> {
    await lab.page.selectOption("[data-field=tensor]", `${address.kind}:${address.path}`);
    const { shape } = book.tensor(address.kind, address.path);
    const origin = { ...address, index: shape.map(() => 0) };
    // The gradient of a value keeps its place.
    await lab.page.waitForSelector(
      `[data-panel=arithmetic][data-address^="${numberText({ ...origin, index: [] })}"]`,
    );
    const inputs = lab.page.locator("section[aria-label='The number'] input[type=number]");
    const skipped = shape.length - (await inputs.count());
    for (let axis = skipped; axis < shape.length; axis++) {
      const input = inputs.nth(axis - skipped);
      await input.fill(String(address.index[axis]));
      await input.press("Enter");
    }
    await opened(address);
  }

  /** All products of a number's terms, page after page. */
  async function products(): Promise<number[]> {
    const all: number[] = [];
    for (;;) {
      const rows = await part("[data-term]").evaluateAll((terms) =>
        terms.map((term) => Number(term.getAttribute("data-product"))),
      );
      all.push(...rows);
      const next = part("[data-action=next-terms]");
      if ((await next.count()) === 0 || (await next.isDisabled())) return all;
      await next.click();
    }
  }

  beforeAll(async () => {
    lab = await openLab({ address: `/#/numbers?recipe=digits&seed=1&step=${step}&image=${image}` });
    await shown(lab.page, "numbers");
    await lab.page.waitForSelector(`[data-panel=arithmetic][data-step="${step}"]`);
    book = await bookOf(lab);
  });

  afterAll(() => lab?.close());

  it("begins with the loss of the image", async () => {
    expect(await current()).toEqual({ kind: "loss", path: "", index: [] });
    expect(await valueIn("[data-figure=value]")).toBe(book.value({ kind: "loss", path: "", index: [] }));
  });

  it.each<[string, inspect.Address, number]>([
    ["an activation of a convolution", { kind: "activation", path: "0", index: [0, 5, 4, 7] }, 26],
    ["a maximum", { kind: "activation", path: "2", index: [0, 2, 5, 6] }, 4],
    ["a logit", { kind: "activation", path: "7", index: [0, 8] }, 257],
    ["a probability", { kind: "probability", path: "", index: [0, 8] }, 10],
    ["a weight's gradient", { kind: "weightGradient", path: "3.weight", index: [4, 1, 0, 3] }, 144],
    ["an activation's gradient", { kind: "activationGradient", path: "6", index: [0, 17] }, 10],
    ["a pixel's gradient", { kind: "inputGradient", path: "", index: [0, 0, 0, 11] }, 120],
  ])("shows the arithmetic of %s, which is that of the tensor", async (_, address, terms) => {
    await locate(address);
    const value = await valueIn("[data-figure=value]");
    const expected = book.explain(address);
    expect(value).toBe(book.value(address));
    if (address.kind === "activation") {
      const { path, index } = address;
      const offset = offsetOf(index, book.tensor("activation", path).shape);
      const entry = await lab.page.evaluate((of) => window.gradus.look("tensorEntry", of), {
        image,
        path,
        index: offset,
      });
      expect(value).toBe(entry);
    }
    const shownProducts = await products();
    expect(shownProducts).toHaveLength(terms);
    // Two versions of V8 may round an exponential differently.
    for (const [i, { product }] of expected.terms.entries()) {
      expect(Math.abs((shownProducts[i] ?? Number.NaN) - product)).toBeLessThanOrEqual(
        1e-14 * Math.abs(product),
      );
    }
    const sum = shownProducts.reduce((total, product) => total + product, 0);
    const chosen = expected.terms.findIndex(({ mark }) => mark === "chosen");
    const made = { sum, maximum: shownProducts[chosen], share: (shownProducts[chosen] ?? 0) / sum };
    const result = await valueIn("[data-figure=result]");
    expect(made[expected.combination as keyof typeof made]).toBe(result);
    expect(Math.abs(result - value)).toBeLessThan(1e-5);
  });

  it("draws a convolution's patch, kernel and products, which are the tensors' numbers", async () => {
    await locate({ kind: "activation", path: "3", index: [0, 5, 0, 7] });
    await part("[data-plane]").nth(2).click();
    const grids = await part("[data-panel=patches] table").evaluateAll((tables) =>
      tables.map((table) => [...table.querySelectorAll("td")].map((cell) => Number(cell.dataset.cell))),
    );
    const cells = [0, 1, 2, 3, 4].flatMap((y) => [0, 1, 2, 3, 4].map((x) => [y, x] as const));
    const patch = cells.map(([y, x]) =>
      y < 2 ? 0 : book.value({ kind: "activation", path: "2", index: [0, 2, y - 2, 7 + x - 2] }),
    );
    const kernel = cells.map(([y, x]) =>
      book.value({ kind: "weight", path: "3.weight", index: [5, 2, y, x] }),
    );
    expect(grids).toEqual([patch, kernel, patch.map((number, i) => number * (kernel[i] ?? 0) + 0)]);
    const planes = await part("[data-plane]").evaluateAll((buttons) =>
      buttons.map((button) => Number(button.getAttribute("data-plane"))),
    );
    const bias = book.value({ kind: "weight", path: "3.bias", index: [5] });
    const result = await valueIn("[data-figure=result]");
    expect(planes.reduce((sum, plane) => sum + plane, bias)).toBeCloseTo(result, 10);
  });

  it("goes from number to number, from the loss to a pixel, and back", async () => {
    await lab.page.locator("[data-action=loss]").click();
    await opened({ kind: "loss", path: "", index: [] });
    const way = ["loss"];
    const back = ["exampleLoss", "activation", "input"]
      .map((kind) => `[data-panel=terms] [data-number^='${kind}:']:visible`)
      .join(", ");
    for (;;) {
      const link = lab.page.locator(back).first();
      const [text, value] = [
        await link.getAttribute("data-number"),
        Number(await link.getAttribute("data-value")),
      ];
      const address = readNumber(text ?? "");
      await link.click();
      await opened(address);
      expect(await valueIn("[data-figure=value]")).toBe(value);
      expect(value).toBe(book.value(address));
      way.push(`${address.kind} ${address.path}`.trim());
      if (address.kind === "input") break;
    }
    const layers = [7, 6, 5, 4, 3, 2, 1, 0].map((layer) => `activation ${layer}`);
    expect(way).toEqual(["loss", "exampleLoss", ...layers, "input"]);
    const pixel = await current();
    await lab.page.locator("[data-action=back]").click();
    await lab.page.waitForSelector("[data-panel=arithmetic][data-address^='activation:0:']");
    await lab.page.locator("[data-action=forward]").click();
    await opened(pixel);
    // And on, by what is computed from it.
    const uses = part("[data-panel=uses] [data-number]");
    expect(await uses.count()).toBeGreaterThan(8);
    const use = readNumber((await uses.first().getAttribute("data-number")) ?? "");
    await uses.first().click();
    await opened(use);
    const parts = await part("[data-panel=terms] [data-number]").evaluateAll((links) =>
      links.map((link) => link.getAttribute("data-number")),
    );
    expect(parts).toContain(numberText(pixel));
  });

  it("opens the number under the pointer in a picture", async () => {
    const picture = lab.page.locator("[data-sheet='activation:0'] canvas");
    await lab.page.locator("[data-layer='0']").evaluate((element) => element.scrollIntoView());
    const box = (await picture.boundingBox()) ?? { width: 0, height: 0 };
    // Eight maps of 24 x 24 in two rows, with a line between them.
    const pixel = box.width / (4 * 25 - 1);
    await picture.click({ position: { x: pixel * (2 * 25 + 10.5), y: pixel * (25 + 8.5) } });
    await opened({ kind: "activation", path: "0", index: [0, 6, 8, 10] });
    expect(await part("[data-figure=name]").textContent()).toBe(
      "Activation of layer 0 (conv2d), channel 6, row 8, column 10",
    );
  });

  it("walks with the arrow keys", async () => {
    const { page } = lab;
    await locate({ kind: "activationGradient", path: "4", index: [0, 3, 5, 11] });
    const cell = page.locator("[data-neighbour][tabindex='0']");
    await cell.focus();
    const visits = await page.locator("[data-visit]").count();
    for (const [key, index] of [
      ["ArrowRight", [0, 3, 5, 11]],
      ["ArrowLeft", [0, 3, 5, 10]],
      ["ArrowDown", [0, 3, 6, 10]],
      ["PageDown", [0, 4, 6, 10]],
      ["Home", [0, 4, 6, 0]],
    ] as const) {
      await page.keyboard.press(key);
      const address = { kind: "activationGradient", path: "4", index } as const;
      await opened(address);
      expect(await valueIn("[data-figure=value]")).toBe(book.value(address));
      expect(await page.evaluate(() => document.activeElement?.getAttribute("data-neighbour"))).toBe(
        numberText(address),
      );
    }
    expect(await page.locator("[data-visit]").count()).toBe(visits);
  });

  it("says what is wrong with an address", async () => {
    await lab.page.evaluate(() => {
      location.hash = "#/numbers?at=activation:0:0,99,0,0";
    });
    await expect
      .poll(() => lab.page.locator("[data-field=problem]").textContent())
      .toMatch(/\[0, 99, 0, 0\] is not in the activation of "0", whose shape is \[1, 8, 24, 24\]/);
    await lab.page.locator("[data-action=loss]").click();
    await opened({ kind: "loss", path: "", index: [] });
    expect(await lab.page.locator("[data-field=problem]").count()).toBe(0);
  });

  it("follows the training, and shows the same number by a link, to the last bit", async () => {
    const { page } = lab;
    await page.fill("[data-field=image]", String(image));
    await page.press("[data-field=image]", "Enter");
    await page.waitForSelector(`[data-panel=arithmetic][data-image="${image}"]`);
    const address = { kind: "weightGradient", path: "0.weight", index: [1, 0, 2, 2] } as const;
    await locate(address);
    const before = await valueIn("[data-figure=value]");
    expect(before).toBe(book.value(address));
    await order(page, "play");
    await reach(page, step + 20);
    const stopped = (await order(page, "pause")).step;
    await page.waitForSelector(`[data-panel=arithmetic][data-step="${stopped}"]`);
    expect(await valueIn("[data-figure=value]")).not.toBe(before);
    await seek(page, step + 7);
    await page.waitForSelector(`[data-panel=arithmetic][data-step="${step + 7}"]`);
    const there = await valueIn("[data-figure=value]");
    expect(there).toBe((await bookOf(lab)).value(address));
    await expect.poll(() => page.evaluate(() => location.hash)).toContain(`step=${step + 7}`);
    const hash = await page.evaluate(() => location.hash);
    const name = await part("[data-figure=name]").textContent();
    await page.goto("about:blank");
    await page.goto(`${lab.url}/${hash}`);
    await page.waitForSelector(`[data-panel=arithmetic][data-step="${step + 7}"]`);
    expect(await current()).toEqual(address);
    expect(await part("[data-figure=name]").textContent()).toBe(name);
    expect(await valueIn("[data-figure=value]")).toBe(there);
  });

  it("keeps nobody out, fits a phone, and makes no errors", async () => {
    const { page } = lab;
    for (const address of [
      { kind: "activation", path: "3", index: [0, 5, 0, 7] },
      { kind: "probability", path: "", index: [0, 8] },
    ] as const) {
      await locate(address);
      expect(await obstacles(page)).toEqual([]);
    }
    await page.setViewportSize({ width: 390, height: 844 });
    await locate({ kind: "activation", path: "3", index: [0, 5, 0, 7] });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    expect(lab.problems).toEqual([]);
    expect(lab.elsewhere).toEqual([]);
  });
});

/** Branch and shortcut with batch normalization, which halves the resolution; a norm that is opened as well. */
const residual: RecipeInput = {
  dataset: "digits",
  optimizer: { type: "sgd", learningRate: 0.05 },
  batchSize: 20,
  epochs: 1,
  name: "residual",
  layers: [
    { type: "conv2d", filters: 4, kernelSize: 3, stride: 2, padding: 1 },
    {
      type: "residual",
      layers: [
        { type: "conv2d", filters: 6, kernelSize: 3, stride: 2, padding: 1 },
        { type: "batchNorm" },
        { type: "relu" },
        { type: "conv2d", filters: 6, kernelSize: 3, padding: 1 },
        { type: "groupNorm", groups: 2 },
      ],
      shortcut: [{ type: "conv2d", filters: 6, kernelSize: 1, stride: 2 }, { type: "batchNorm" }],
    },
    { type: "relu" },
    {
      type: "residual",
      layers: [{ type: "conv2d", filters: 6, kernelSize: 3, padding: 1 }, { type: "batchNorm" }],
    },
    { type: "globalAveragePool" },
    { type: "dense", units: 10 },
  ],
};

describe.skipIf(skipBrowser)("numbers of residual blocks", () => {
  let lab: Lab;
  let book: inspect.ArithmeticBook;
  const own = { recipe: residual, seed: 1, changes: [] };
  const part = (name: string) => lab.page.locator(`[data-panel=arithmetic] ${name}`);
  const opened = (address: inspect.Address) =>
    lab.page.waitForSelector(`[data-panel=arithmetic][data-address="${numberText(address)}"]`);
  const valueAt = async (selector: string) => Number(await part(selector).first().getAttribute("data-value"));

  /** Follows the first link among the terms that leads to one of these. */
  async function follow(...starts: string[]): Promise<inspect.Address> {
    const links = starts.map((start) => `[data-panel=terms] [data-number^='${start}']:visible`).join(", ");
    const link = lab.page.locator(links).first();
    const address = readNumber((await link.getAttribute("data-number")) ?? "");
    const value = Number(await link.getAttribute("data-value"));
    await link.focus();
    await lab.page.keyboard.press("Enter");
    await opened(address);
    expect(await valueAt("[data-figure=value]"), numberText(address)).toBe(value);
    expect(value, numberText(address)).toBe(book.value(address));
    return address;
  }

  beforeAll(async () => {
    const address = writeAddress({
      page: "numbers",
      ...own,
      step: 3,
      view: { image: String(image) },
    });
    lab = await openLab({ address: `/${address}`, viewport: { width: 390, height: 844 } });
    await shown(lab.page, "numbers");
    await lab.page.waitForSelector("[data-panel=arithmetic][data-step='3']");
    book = await bookOf(lab, own);
  });

  afterAll(() => lab?.close());

  it("lead from the loss to a pixel, with the keyboard, by the branch and by the shortcut", async () => {
    for (const [way, last] of [
      ["body", ["1.body.3", "1.body.2", "1.body.1", "1.body.0"]],
      ["shortcut", ["1.shortcut.1", "1.shortcut.0"]],
    ] as const) {
      await lab.page.locator("[data-action=loss]").click();
      await opened({ kind: "loss", path: "", index: [] });
      const walked: string[] = [];
      for (;;) {
        const at = walked.at(-1);
        const next =
          at === "3"
            ? ["activation:2:"]
            : at === "1"
              ? [`activation:1.${way}`]
              : ["exampleLoss", "activation", "input:"];
        const { kind, path } = await follow(...next);
        walked.push(kind === "activation" ? path : kind);
        if (kind === "input") break;
      }
      const inside = walked.filter((path) => !path.startsWith("1.body.4"));
      expect(inside).toEqual(["exampleLoss", "5", "4", "3", "2", "1", ...last, "0", "input"]);
      // The group normalization is walked through operation by operation.
      expect(walked.some((path) => path.startsWith("1.body.4/"))).toBe(way === "body");
    }
  });

  it("say of a sum what is added, and draw it", async () => {
    const address = { kind: "activation", path: "1", index: [0, 2, 3, 4] } as const;
    await lab.page.evaluate(
      (at) => {
        location.hash = location.hash.replace(/&at=[^&]*|$/, `&at=${at}`);
      },
      encodeURIComponent(numberText(address)),
    );
    await opened(address);
    expect(await part("[data-figure=name]").textContent()).toBe(
      "Activation of layer 1 (residual), channel 2, row 3, column 4",
    );
    const added = await part("[data-panel=terms] [data-number]").evaluateAll((links) =>
      links.map(
        (link) => [link.getAttribute("data-number"), Number(link.getAttribute("data-value"))] as const,
      ),
    );
    const both = ["1.body.4", "1.shortcut.1"].map((path) => ({ ...address, path }));
    expect(added).toEqual(both.map((one) => [numberText(one), book.value(one)]));
    expect(await valueAt("[data-figure=result]")).toBe(added.reduce((sum, [, value]) => sum + value, 0));
    const picture = lab.page.locator("[data-layer='1'] [data-sheet='activation:1']");
    expect(await picture.count()).toBe(1);
    expect(await obstacles(lab.page)).toEqual([]);
  });

  it("sum the gradients of both ways where they part", async () => {
    const address = { kind: "activationGradient", path: "2", index: [0, 2, 3, 4] } as const;
    await lab.page.selectOption("[data-field=tensor]", "activationGradient:2");
    for (const [axis, at] of [
      ["channel", 2],
      ["row", 3],
      ["column", 4],
    ] as const) {
      const input = lab.page.locator(`section[aria-label='The number'] [data-field=${axis}]`);
      await input.fill(String(at));
      await input.press("Enter");
    }
    await opened(address);
    const expected = book.explain(address);
    expect(expected.terms.filter(({ label }) => label.startsWith("3: "))).toHaveLength(1);
    expect(await valueAt("[data-figure=value]")).toBe(book.value(address));
    expect(await valueAt("[data-figure=result]")).toBeCloseTo(expected.result, 12);
    expect(await lab.page.locator("[data-panel=arithmetic]").textContent()).toContain('by "3" (add)');
    // What comes by the sum stands behind what comes by the convolution.
    const next = part("[data-action=next-terms]");
    while (await next.isEnabled()) await next.click();
    const { path } = await follow("activationGradient:3:");
    expect(path).toBe("3");
    expect(await lab.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    expect(lab.problems).toEqual([]);
    expect(lab.elsewhere).toEqual([]);
  });
});
