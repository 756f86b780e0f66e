import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { obstacles } from "./axe.js";
import { type Lab, openLab, shown, skipBrowser } from "./support.js";

/** The lecture's picture, its kernel, and what it says comes out. */
const lecture = {
  picture: ["0000000", "0111110", "0100100", "0101000", "0110000", "0100000", "0000000"],
  kernel: ["000", "011", "010"],
  answer: ["32231", "20210", "22100", "31000", "10000"],
};
const rows = (texts: readonly string[]) => texts.map((text) => Array.from(text, Number));

/** Cross-correlation without padding, one place after the other. */
function correlate(picture: readonly number[][], kernel: readonly number[][]): number[][] {
  const places = picture.length - kernel.length + 1;
  return Array.from({ length: places }, (_, y) =>
    Array.from({ length: places }, (_, x) =>
      kernel
        .flatMap((row, i) => row.map((weight, j) => weight * picture[y + i]![x + j]!))
        .reduce((a, b) => a + b),
    ),
  );
}
const turned = (kernel: readonly number[][]) => kernel.map((row) => row.toReversed()).toReversed();

describe.skipIf(skipBrowser)("the convolution page", () => {
  let lab: Lab;
  let page: Page;

  /** Goes to a state of the page by its link; the network waits at step 0. */
  async function open(query = ""): Promise<void> {
    await page.goto("about:blank");
    await page.goto(`${lab.url}/#/convolution?step=0${query}`);
    await shown(page, "convolution");
  }

  const cells = (name: string) =>
    page
      .locator(`[data-cells="${name}"]`)
      .evaluate((table) =>
        Array.from(table.querySelectorAll("tr"), (row) =>
          Array.from(row.querySelectorAll("td"), (cell) =>
            Number(cell.querySelector("input")?.value ?? cell.textContent),
          ),
        ),
      );
  const number = async (selector: string, key: string) =>
    Number(await page.locator(selector).first().getAttribute(key));
  const place = () => number("[data-place]", "data-place");
  const act = (name: string) => page.locator(`[data-action="${name}"]`).click();
  const choose = (field: string, value: string) =>
    page.locator(`[data-field="${field}"]`).selectOption(value);
  /** Products as the page writes them, "number x weight" and what it is. */
  const products = () =>
    page
      .locator("td:has(.factors)")
      .evaluateAll((all) =>
        all.map((cell) => [
          ...(cell.querySelector(".factors")?.textContent ?? "").split("\u00d7").map(Number),
          Number(cell.querySelector("strong")?.textContent),
        ]),
      );
  const input = (name: string, row: number, column: number, columns: number) =>
    page.locator(`[data-cells="${name}"] input[data-index="${row * columns + column}"]`);

  beforeAll(async () => {
    lab = await openLab({ address: "about:blank" });
    page = lab.page;
  });

  afterAll(() => lab?.close());

  it("shows the lecture's example with the lecture's numbers", async () => {
    await open();
    expect(await cells("input-0")).toEqual(rows(lecture.picture));
    expect(await cells("kernel-0")).toEqual(rows(lecture.kernel));
    expect(await cells("output-0")).toEqual(rows(lecture.answer));
    expect(await number("[data-size]", "data-size")).toBe(5);
  });

  it("shows at every place the products whose sum is the output there", async () => {
    await open("&k=1,-2,3,0,5,-1,2,0,1");
    const picture = rows(lecture.picture);
    const kernel = [
      [1, -2, 3],
      [0, 5, -1],
      [2, 0, 1],
    ];
    const expected = correlate(picture, kernel);
    expect(await cells("output-0")).toEqual(expected);
    for (let at = 0; at < 12; at++) {
      expect(await place()).toBe(at);
      const [y, x] = [Math.floor(at / 5), at % 5];
      // Adding 0 makes the products of -2 and 0 what the page writes.
      const byHand = kernel.flatMap((row, i) =>
        row.map((weight, j) => [picture[y + i]![x + j]!, weight, picture[y + i]![x + j]! * weight + 0]),
      );
      expect(await products()).toEqual(byHand);
      expect(await number("[data-sum]", "data-sum")).toBe(expected[y]![x]);
      await act("step");
    }
  });

  it("slides by itself, by the pointer and by the keyboard, and the link remembers where", async () => {
    await open("&v=16");
    await act("play");
    await page.waitForFunction(
      () => Number(document.querySelector<HTMLElement>("[data-place]")?.dataset.place) >= 3,
    );
    await act("play");
    const stopped = await place();
    await page.waitForTimeout(200);
    expect(await place()).toBe(stopped);
    await page.waitForFunction((at) => location.hash.includes(`at=${at}`), stopped);

    await page.locator('[data-cells="output-0"] td').nth(12).hover();
    expect(await place()).toBe(12);
    await page.locator("[data-output]").press("ArrowDown");
    await page.locator("[data-output]").press("ArrowLeft");
    expect(await place()).toBe(16);
    await page.locator('[data-field="row"]').fill("2");
    expect(await place()).toBe(6);
    await input("input-0", 3, 3, 7).focus();
    expect(await place()).toBe(12);
  });

  it("turns the kernel for true convolution", async () => {
    await open();
    await act("convolution");
    await page.waitForSelector('[data-cells="flipped-0"]');
    const flipped = turned(rows(lecture.kernel));
    expect(await cells("flipped-0")).toEqual(flipped);
    const expected = correlate(rows(lecture.picture), flipped);
    expect(expected).not.toEqual(rows(lecture.answer));
    await expect.poll(() => cells("output-0")).toEqual(expected);
    expect((await products()).map(([, weight]) => weight)).toEqual(flipped.flat());
    expect(await number("[data-sum]", "data-sum")).toBe(expected[0]![0]);
  });

  it("follows every number that is typed, and keeps them in its link", async () => {
    await open();
    await input("input-0", 6, 6, 7).fill("2,5");
    await input("kernel-0", 2, 2, 3).fill("-4");
    const picture = rows(lecture.picture);
    picture[6]![6] = 2.5;
    const kernel = rows(lecture.kernel);
    kernel[2]![2] = -4;
    const expected = correlate(picture, kernel);
    expect(expected[4]![4]).toBe(-10);
    await expect.poll(() => cells("output-0")).toEqual(expected);
    await page.waitForFunction(() => /x=/.test(location.hash) && /k=/.test(location.hash));
    const link = page.url();
    await page.goto("about:blank");
    await page.goto(link);
    await shown(page, "convolution");
    expect(await cells("output-0")).toEqual(expected);
    // What is no number changes nothing.
    await input("kernel-0", 0, 0, 3).fill("one");
    expect(await input("kernel-0", 0, 0, 3).getAttribute("aria-invalid")).toBe("true");
    await input("kernel-0", 0, 0, 3).blur();
    expect(await cells("kernel-0")).toEqual(kernel);
  });

  it("says how large the output becomes, and when nothing fits", async () => {
    await open("&in=step&k=box-3");
    await choose("padding", "2");
    await choose("stride", "2");
    await choose("dilation", "3");
    // floor((7 + 4 - 3 * 2 - 1) / 2) + 1
    expect(await number("[data-size]", "data-size")).toBe(3);
    await expect.poll(async () => (await cells("output-0")).length).toBe(3);
    await choose("padding", "same");
    expect(await number("[data-size]", "data-size")).toBe(4);
    await choose("padding", "0");
    await choose("dilation", "4");
    expect(await page.locator("[data-misfit]").textContent()).toMatch(
      "covers 9 numbers in a row, but the input has only 7",
    );
  });

  it("adds up the channels, or takes each by itself", async () => {
    await open("&in=channels&k=1,0,0,0~box-3&p=1&at=7");
    const sums = await page
      .locator("[data-sum]")
      .evaluateAll((all) => all.map((one) => Number(one.getAttribute("data-sum"))));
    expect(sums).toHaveLength(3);
    const total = await number("[data-total]", "data-total");
    expect(total).toBe(sums.reduce((a, b) => a + b));
    const columns = (await cells("output-0"))[0]!.length;
    expect((await cells("output-0")).flat()[7]).toBe(total);
    expect(columns).toBe(6);
    await act("each");
    await page.waitForSelector('[data-cells="output-2"]');
    for (const channel of [0, 1, 2]) expect((await cells(`output-${channel}`)).flat()[7]).toBe(sums[channel]);
    await page.locator('[data-kernel="1"]').click();
    await expect.poll(async () => (await cells("output-0")).length).toBe(5);
  });

  it("shows the matrix that does the same, linked to the places", async () => {
    await open();
    const at = page.locator('[data-board="toeplitz"]');
    await at.waitFor();
    expect(await page.locator("[data-toeplitz]").getAttribute("data-toeplitz")).toBe("25x49");
    expect(await number("[data-difference]", "data-difference")).toBe(0);
    await at.focus();
    for (let i = 0; i < 7; i++) await at.press("ArrowDown");
    for (let i = 0; i < 16; i++) await at.press("ArrowRight");
    // Row 7 is the output (1, 2), column 16 the input (2, 2), on which the kernel's first number of the middle row lies.
    expect(await place()).toBe(7);
    expect(await number("[data-product]", "data-product")).toBe(rows(lecture.answer)[1]![2]);
    expect(await number("[data-entry]", "data-entry")).toBe(rows(lecture.kernel)[1]![0]);
    await at.press("ArrowRight");
    expect(await number("[data-entry]", "data-entry")).toBe(rows(lecture.kernel)[1]![1]);
    await act("step");
    expect(await number("[data-product]", "data-product")).toBe(rows(lecture.answer)[1]![3]);
  });

  it("chains layers: receptive fields, and the one kernel that they are", async () => {
    await open("&in=disc");
    const figures = (name: string) =>
      page
        .locator(`[data-chain] [data-figure="${name}"]`)
        .evaluateAll((all) => all.map((one) => Number(one.textContent)));
    expect(await figures("field")).toEqual([3, 5, 7]);
    await expect.poll(async () => (await cells("equivalent")).length).toBe(7);
    const kernel = await cells("equivalent");
    const line = [1, 3, 6, 7, 6, 3, 1];
    for (const [y, row] of kernel.entries()) {
      for (const [x, value] of row.entries()) expect(value).toBeCloseTo((line[y]! * line[x]!) / 729, 4);
    }
    expect(await number("[data-chain-difference]", "data-chain-difference")).toBeLessThan(1e-5);

    await choose("chain", "convolve and pool, twice");
    expect(await figures("field")).toEqual([3, 4, 8, 10]);
    expect(await figures("jump")).toEqual([1, 2, 2, 4]);
    await expect.poll(() => page.locator("[data-seen]").getAttribute("data-seen")).toBe("10x10");

    await open("&in=lecture&c=c.3.1.0.8.box");
    expect(await page.locator("[data-chain-note]").textContent()).toMatch(
      /sees 17 numbers in a row, but the picture has only\s+7/,
    );
    await act("larger");
    await expect.poll(() => page.locator("[data-seen]").getAttribute("data-seen")).toBe("17x17");
  });

  it("shows of a whole picture the number that the sum says", async () => {
    await open("&in=scene&k=sobelX-3~gaussian-5&at=9000");
    const board = page.locator('[data-board="output"]');
    await board.locator("canvas").hover({ position: { x: 120, y: 90 } });
    const hint = (await board.locator(".hint").textContent()) ?? "";
    const shown = await page.locator("[data-total]").textContent();
    expect(hint).toMatch(/^row \d+, column \d+: -?[\d.]+/);
    expect(Number(hint.split(": ")[1])).toBeCloseTo(Number(shown), 3);
    await board.press("ArrowRight");
    await page.locator('[data-display="absolute"]').click();
    expect(await board.locator("canvas").getAttribute("aria-label")).toMatch("absolute");
    await page.waitForFunction(() => location.hash.includes("show=absolute"));
  });

  it("takes an image of the data", async () => {
    await open("&in=digit&digit=3");
    const size = () =>
      page
        .locator('[data-board="input"] canvas')
        .evaluate((canvas: HTMLCanvasElement) => [canvas.width, canvas.height]);
    await expect.poll(size).toEqual([28, 28]);
  });

  it("takes the user's own pictures, and says what is wrong with those that are none", async () => {
    await open();
    const file = page.locator('[data-field="file"]');
    const note = page.locator("[data-input-note]");
    await file.setInputFiles({
      name: "broken.png",
      mimeType: "image/png",
      buffer: Buffer.from("this is no picture"),
    });
    await expect
      .poll(() => note.textContent())
      .toMatch("broken.png cannot be read as a picture: it may be damaged");
    await page.evaluate(() => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([new Uint8Array(50 * 2 ** 20)], "huge.jpg", { type: "image/jpeg" }));
      window.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, cancelable: true }));
    });
    await expect.poll(() => note.textContent()).toBe("huge.jpg has 50 MB; a picture may have 40 MB at most.");
    // Nothing is broken.
    expect(await cells("output-0")).toEqual(rows(lecture.answer));

    const png = await page.evaluate(() => {
      const canvas = Object.assign(document.createElement("canvas"), { width: 400, height: 200 });
      const context = canvas.getContext("2d")!;
      context.fillStyle = "rgb(255, 0, 51)";
      context.fillRect(0, 0, 400, 200);
      return canvas.toDataURL("image/png").split(",")[1]!;
    });
    await file.setInputFiles({ name: "red.png", mimeType: "image/png", buffer: Buffer.from(png, "base64") });
    const picture = page.locator('[data-board="input"] canvas');
    await picture.waitFor();
    expect(await picture.evaluate((canvas: HTMLCanvasElement) => [canvas.width, canvas.height])).toEqual([
      224, 112,
    ]);
    await picture.hover();
    expect(await page.locator('[data-board="input"] .hint').textContent()).toMatch(/: 1, 0, 0.2$/);
    expect(await note.count()).toBe(0);
  });

  it("can be used by everybody", async () => {
    await open("&in=channels&flip=1");
    expect(await obstacles(page)).toEqual([]);
  });

  it("had no problems", () => {
    expect(lab.problems).toEqual([]);
    expect(lab.elsewhere).toEqual([]);
  });
});
