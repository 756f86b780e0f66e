import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { obstacles } from "./axe.js";
import { noticesOf, order, reach } from "./lab-api.js";
import { type Lab, openLab, shown, skipBrowser } from "./support.js";

/** Waits until it is so: other things may keep the machine busy. */
const eventually = <T>(look: () => T, message = "") => expect.poll(look, { timeout: 15_000, message });

describe.skipIf(skipBrowser)("the editor of the network", () => {
  let lab: Lab;
  const scripts: string[] = [];
  const layer = (index: number) => lab.page.locator(`[data-layer="layers[${index}]"]`);
  const option = (index: number, name: string) => layer(index).locator(`[data-option=${name}]`);
  const shape = (index: number) => layer(index).locator("[data-shape]").first();
  const state = () => lab.page.locator("[data-state]").getAttribute("data-state");
  const use = () => lab.page.locator("[data-action=use]");
  const recipe = () => lab.page.evaluate(() => window.gradus.status!.plan.recipe);
  const step = () => lab.page.evaluate(() => window.gradus.status!.step);

  beforeAll(async () => {
    lab = await openLab({ address: "about:blank", viewport: { width: 1300, height: 900 } });
    lab.page.on("request", (request) => scripts.push(request.url()));
    await lab.page.goto(lab.url);
    await shown(lab.page, "train");
    await layer(7).waitFor();
  });

  afterAll(() => lab?.close());

  it("shows the running network, layer by layer, as it is", async () => {
    await eventually(() => shape(7).textContent()).toBe("10");
    const layers = await lab.page.evaluate(() =>
      window.gradus.status!.layers.map(({ kind, outputShape, parameters, receptiveField }) => [
        kind,
        outputShape.join(" x "),
        String(parameters),
        receptiveField?.join(" x "),
      ]),
    );
    for (const [i, [kind, output, parameters, field]] of layers.entries()) {
      expect(await layer(i).locator("strong").first().textContent()).toBe(kind);
      expect(await shape(i).textContent()).toBe(output);
      expect(await layer(i).locator("[data-parameters]").getAttribute("data-parameters")).toBe(parameters);
      expect(await layer(i).locator("[data-field-size]").textContent()).toBe(`sees ${field}`);
    }
    expect(await state()).toBe("running");
    expect(await use().isDisabled()).toBe(true);
  });

  it("says what other options would give, while the running network learns on", async () => {
    await option(0, "filters").fill("12");
    await eventually(() => shape(0).textContent()).toBe("12 x 24 x 24");
    expect(await layer(0).locator("[data-parameters]").getAttribute("data-parameters")).toBe(
      String(12 * 25 + 12),
    );
    expect(await layer(3).locator("[data-parameters]").getAttribute("data-parameters")).toBe(
      String(16 * 12 * 25 + 16),
    );
    await eventually(state).toBe("ready");
    expect((await recipe()).layers?.[0]).toMatchObject({ filters: 8 });
    await reach(lab.page, (await step()) + 5);
  });

  it("marks what is wrong at the very layer and option, and what comes before is still described", async () => {
    await option(3, "filters").fill("many");
    await eventually(() => layer(3).locator(".problem").textContent()).toContain(
      'expected number, received string (it is "many")',
    );
    expect(await shape(2).textContent()).toBe("12 x 12 x 12");
    expect(await use().isDisabled()).toBe(true);
    await option(3, "filters").fill("16");
    await option(7, "units").fill("9");
    await eventually(() => layer(7).locator("[data-problem]").textContent()).toContain(
      "digits has 10 classes, so it must be [10]; use 10 units",
    );
    await option(7, "units").fill("10");
    await option(3, "kernelSize").fill("40");
    await eventually(() => layer(3).locator("[data-problem]").textContent()).toMatch(/40/);
    expect(await layer(2).locator("[data-problem]").count()).toBe(0);
    expect(await layer(4).textContent()).toContain("not reached");
    await option(3, "kernelSize").fill("5");
    await eventually(state).toBe("ready");
  });

  it("adds, moves and removes layers", async () => {
    const { page } = lab;
    const kinds = () => page.locator("[data-layer] > .head strong").allTextContents();
    const before = await kinds();
    await page.locator("[data-field=add-type]").selectOption("batchNorm");
    await page.locator("[data-field=add-place]").selectOption("1");
    await page.locator("[data-action=add]").click();
    await eventually(kinds).toEqual([before[0], "batchNorm", ...before.slice(1)]);
    await eventually(() => layer(1).locator("[data-parameters]").getAttribute("data-parameters")).toBe("24");
    await layer(1).locator("[data-action=down]").click();
    await eventually(kinds).toEqual([before[0], "relu", "batchNorm", ...before.slice(2)]);
    await layer(2).locator("[data-action=remove]").click();
    await eventually(kinds).toEqual(before);
  });

  it("opens the network when told to", async () => {
    await eventually(() => use().isEnabled()).toBe(true);
    await use().click();
    await eventually(async () => (await recipe()).layers?.[0]).toMatchObject({ filters: 12 });
    await reach(lab.page, 3);
    expect(await lab.page.evaluate(() => window.gradus.status!.state)).toBe("playing");
    expect(await state()).toBe("running");
  });

  it("edits the same as JSON, in an editor that is loaded only now", async () => {
    const { page } = lab;
    const editor = /json-editor/;
    expect(scripts.filter((url) => editor.test(url))).toEqual([]);
    await page.locator("[data-action=json]").click();
    await page.locator(".cm-content").waitFor();
    expect(scripts.some((url) => editor.test(url))).toBe(true);
    expect(await page.locator(".cm-content").textContent()).toContain(
      '{ "type": "conv2d", "filters": 12, "kernelSize": 5, "padding": 2 }',
    );
  });

  it("marks mistakes at their places in the text", async () => {
    const { page } = lab;
    const text = page.locator(".cm-content");
    const marked = () => page.locator(".cm-lintRange-error").allTextContents();
    const write = async (recipe: unknown) => {
      await text.click();
      await page.keyboard.press("Control+a");
      await page.keyboard.insertText(typeof recipe === "string" ? recipe : JSON.stringify(recipe));
    };
    const running = await recipe();
    const layers = [...running.layers!];
    await write({
      ...running,
      layers: layers.with(0, { type: "conv2d", filters: 1.5, kernelSize: 5 } as never),
    });
    await eventually(marked).toEqual(["1.5"]);
    expect(await page.locator('[data-problem="layers[0].filters"]').textContent()).toContain("expected int");
    await write({ ...running, layers: layers.with(1, { type: "rleu" } as never) });
    await eventually(marked).toEqual(['"rleu"']);
    await write({ ...running, layers: layers.with(1, { type: "relu", slop: 1 } as never) });
    await eventually(marked).toEqual(['"slop"']);
    // What only the building of the network finds.
    await write({ ...running, layers: layers.with(7, { type: "dense", units: 11 }) });
    await eventually(async () => (await marked()).join("")).toBe('{"type":"dense","units":11}');
    await write({ ...running, optimizer: { type: "sgd", learningRate: 0.1, nesterov: true } });
    await eventually(() => page.locator('[data-problem="optimizer"]').textContent()).toContain(
      "nesterov needs a momentum",
    );
    await write('{ "name": "x", }');
    await eventually(() => page.locator("[data-mistake]").textContent()).toContain(
      "there is a comma too much",
    );
    expect(await marked()).toEqual(["}"]);
    expect(await use().isDisabled()).toBe(true);
    // JSON, but no recipe: the editor stays.
    for (const [words, says] of [
      ["null", "received null"],
      ["5", "received number"],
      ["[]", "received array"],
    ] as const) {
      await write(words);
      await eventually(() => page.locator('[data-problem=""]').allTextContents()).toEqual([
        expect.stringContaining(says),
      ]);
      expect(await text.textContent()).toBe(words);
    }
    expect(await recipe()).toEqual(running);
    await reach(page, (await step()) + 5);
    await page.locator("[data-action=discard]").click();
    await eventually(state).toBe("running");
    await eventually(marked).toEqual([]);
  });

  it("keeps what was changed while another page is looked at", async () => {
    const { page } = lab;
    await page.locator("[data-action=blocks]").click();
    await option(0, "filters").fill("9");
    await eventually(state).toBe("ready");
    await lab.show("doctor");
    await lab.show("train");
    await eventually(() => option(0, "filters").inputValue()).toBe("9");
    expect((await recipe()).layers?.[0]).toMatchObject({ filters: 12 });
    await page.locator("[data-action=discard]").click();
    await eventually(() => option(0, "filters").inputValue()).toBe("12");
    await page.locator("[data-action=json]").click();
    await page.locator(".cm-content").waitFor();
  });

  it("offers what may stand at a place", async () => {
    const { page } = lab;
    const line = page.locator(".cm-line", { hasText: '"maxPool2d"' }).first();
    await line.click();
    await page.keyboard.press("End");
    for (let i = 0; i < 3; i++) await page.keyboard.press("ArrowLeft");
    await page.keyboard.insertText(", ");
    await page.keyboard.press("Control+Space");
    await eventually(() => page.locator(".cm-tooltip-autocomplete li").allTextContents()).toEqual(
      expect.arrayContaining(['"ceilMode"']),
    );
    await page.keyboard.press("Escape");
    await page.locator("[data-action=discard]").click();
    expect(await obstacles(page)).toEqual([]);
    await page.locator("[data-action=blocks]").click();
  });

  it("begins with networks that teach something, blocks within blocks", async () => {
    const { page } = lab;
    await page.locator("[data-field=preset]").selectOption("residual");
    await page.locator('[data-layer="layers[5].shortcut[0]"]').waitFor();
    const inner = page.locator('[data-layer="layers[5].layers[3]"]');
    await eventually(() => inner.locator("[data-shape]").first().textContent()).toBe("16 x 14 x 14");
    await inner.locator("[data-option=filters]").fill("17");
    await eventually(() => layer(5).locator("[data-problem]").count()).toBeGreaterThan(0);
    await inner.locator("[data-option=filters]").fill("16");
    await eventually(state).toBe("ready");
    await use().click();
    await eventually(async () => (await recipe()).name).toBe("residual");
    await reach(page, 3);
    for (const id of await page
      .locator("[data-field=preset] option:not([disabled])")
      .evaluateAll((all) => all.map((one) => (one as HTMLOptionElement).value))) {
      if (id === "") continue;
      await page.locator("[data-field=preset]").selectOption(id);
      await eventually(state, id).toMatch(/ready|running/);
    }
    await page.locator("[data-action=discard]").click();
  });

  it("refuses settings of an optimizer that exclude each other, and goes on", async () => {
    const { page } = lab;
    await page.locator("[data-field=optimizer]").selectOption("sgd");
    await page.locator("[data-field=momentum]").fill("0");
    await page.locator("[data-field=momentum]").press("Enter");
    await page.locator("[data-field=nesterov]").click();
    await eventually(() => noticesOf(page)).toEqual([
      expect.stringContaining("nesterov needs a momentum above 0"),
    ]);
    await page.locator("[data-notice] button").click();
    await reach(page, (await step()) + 3);
    const kinds = await page
      .locator("[data-field=optimizer] option")
      .evaluateAll((all) => all.map((one) => (one as HTMLOptionElement).value));
    expect(kinds.length).toBe(11);
    for (const kind of ["rmsprop", "rprop"]) {
      await page.locator("[data-field=optimizer]").selectOption(kind);
      await eventually(() => page.evaluate(() => window.gradus.status!.settings.optimizer.type)).toBe(kind);
      await reach(page, (await step()) + 2);
    }
    expect(await noticesOf(page)).toEqual([]);
  });

  it("makes no errors, and keeps nobody out", async () => {
    await order(lab.page, "pause");
    expect(await obstacles(lab.page)).toEqual([]);
    expect(lab.problems).toEqual([]);
    expect(lab.elsewhere).toEqual([]);
  });
});
