import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FrameOf, PlaygroundName } from "../../lab/src/worker/playgrounds/index.js";
import { obstacles } from "./axe.js";
import "./lab-api.js";
import { type Lab, openLab, shown, skipBrowser } from "./support.js";

declare global {
  interface Window {
    /** The playground that is open, which the page shows to the console. */
    readonly playground: Seen<PlaygroundName> & { readonly playing: boolean };
  }
}

interface Seen<K extends PlaygroundName> {
  readonly frame: FrameOf<K>;
  readonly step: number;
}

describe.skipIf(skipBrowser)("the playgrounds", () => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await openLab({ address: "#/playgrounds?at=0" });
    await shown(lab.page, "playgrounds");
  });

  afterAll(() => lab?.close());

  /** Opens a playground by its address, in a fresh page. */
  async function open(address: string): Promise<void> {
    // What the page still loads would count as requests that failed.
    await lab.page.waitForFunction(() => window.gradus.status !== undefined);
    await lab.page.goto("about:blank");
    await lab.page.goto(`${lab.url}/#/playgrounds?${address}`);
    await shown(lab.page, "playgrounds");
  }

  /** Waits until it has made so many steps and waits. */
  async function resting<K extends PlaygroundName>(step: number): Promise<Seen<K>> {
    await lab.page.waitForFunction(
      (step) => window.playground.step === step && !window.playground.playing,
      step,
      { timeout: 60_000 },
    );
    return look();
  }

  function look<K extends PlaygroundName>(): Promise<Seen<K>> {
    return lab.page.evaluate(() => {
      const { frame, step } = window.playground;
      const plain = (value: unknown): unknown =>
        ArrayBuffer.isView(value)
          ? Array.from(value as Float32Array)
          : Array.isArray(value)
            ? value.map(plain)
            : typeof value === "object" && value !== null
              ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]))
              : value;
      return { frame: plain(frame), step } as Seen<K>;
    });
  }

  const field = (name: string) => lab.page.locator(`[data-field="${name}"]`);
  const action = (name: string) => lab.page.locator(`[data-action="${name}"]`);
  const figure = async (name: string) =>
    (await lab.page.locator(`[data-figure="${name}"]`).textContent()) ?? "";

  it("learns two spirals, while the training of digits waits", async () => {
    await open("set=spiral&at=2500&speed=full");
    const { frame } = await resting<"classify">(2500);
    expect(frame.accuracy).toBeGreaterThan(0.95);
    expect(await figure("game-step")).toBe("2,500");
    expect(await figure("game-accuracy")).toBe(`${(100 * frame.accuracy).toFixed(1)} %`);
    await expect.poll(() => lab.page.evaluate(() => window.gradus.status?.state)).not.toBe("playing");
  });

  it("repeats the same losses from the same link", async () => {
    await open("set=xor&dice=7&at=120&speed=full");
    const first = await resting<"classify">(120);
    expect(first.frame.curve.y).toHaveLength(120);
    await open("set=xor&dice=7&at=120&speed=full");
    expect(await resting(120)).toEqual(first);
    await action("game-reset").click();
    await resting(0);
    await action("game-step").click();
    const once = await resting<"classify">(1);
    expect(once.frame.curve.y).toEqual(first.frame.curve.y.slice(0, 1));
  });

  it("takes points by mouse and keyboard, and keeps them in the address", async () => {
    await open("at=0");
    const points = async () => (await look<"classify">()).frame.warpedPoints.length / 2;
    const before = await points();
    const plane = field("regions");
    await plane.click({ position: { x: 5, y: 5 } });
    await expect.poll(points).toBe(before + 1);
    await plane.press("Enter");
    await expect.poll(points).toBe(before + 2);
    await plane.press("Delete");
    await expect.poll(points).toBe(before + 1);
    await expect.poll(() => lab.page.url()).toContain("points=");
    await lab.page.reload();
    await shown(lab.page, "playgrounds");
    await expect.poll(points).toBe(before + 1);
    await action("clear-points").click();
    await expect.poll(points).toBe(0);
    await action("game-toggle").click();
    await lab.page.getByRole("alert").filter({ hasText: "There are no points" }).waitFor();
  });

  it("finds a sine", async () => {
    await open("game=regression&at=1000&speed=full");
    const { frame } = await resting<"regression">(1000);
    expect(frame.error).toBeLessThan(0.03);
    await field("game-layer").selectOption("2");
    await expect.poll(async () => (await look<"regression">()).frame.units).toBe(1);
  });

  it("paints, also what the user brings, and says what is no picture", async () => {
    await open("game=painting&at=300");
    const { frame } = await resting<"painting">(300);
    expect(frame.loss).toBeLessThan(0.3 * (frame.curve.y[0] as number));
    await field("game-upload").setInputFiles({
      name: "broken.png",
      mimeType: "image/png",
      buffer: Buffer.from("this is no picture"),
    });
    await lab.page
      .locator('[data-notice="error"]')
      .filter({ hasText: "broken.png cannot be read as a picture" })
      .waitFor();
    expect((await look()).step).toBe(300);
    const own = await lab.page.screenshot({ clip: { x: 0, y: 0, width: 100, height: 50 } });
    await field("game-upload").setInputFiles({ name: "own.png", mimeType: "image/png", buffer: own });
    await resting<"painting">(0);
    await expect.poll(async () => (await look<"painting">()).frame.height).toBe(36);
  });

  it("decodes the code of a digit to the digit's reconstruction", async () => {
    await open("game=autoencoder&at=60&digit=7");
    const { frame } = await resting<"autoencoder">(60);
    expect(frame.loss).toBeLessThan(0.6 * (frame.curve.y[0] as number));
    const code = [...frame.codes.slice(14, 16)].join(",");
    await open(`game=autoencoder&at=60&digit=7&point=${code}`);
    const again = await resting<"autoencoder">(60);
    expect(again.frame.codes).toEqual(frame.codes);
    expect(again.frame.decoded).toEqual(frame.reconstruction);
    expect(again.frame.decoded).not.toEqual(frame.decoded);
  });

  it("starts all optimizers of a race from the same losses", async () => {
    await open("game=race&at=20&seeds=2");
    const { frame } = await resting<"race">(20);
    expect(frame.rows).toHaveLength(5);
    const [first] = frame.rows;
    expect(first?.firstLosses[0]).not.toBe(first?.firstLosses[1]);
    for (const { firstLosses, band } of frame.rows) {
      expect(firstLosses).toEqual(first?.firstLosses);
      expect(band.low[0]).toBe(Math.min(...firstLosses));
      expect(band.high[0]).toBe(Math.max(...firstLosses));
    }
    const optimizer = lab.page.locator('[data-optimizer="nAdam"] input[type=checkbox]');
    await optimizer.check();
    await expect.poll(async () => (await look<"race">()).frame.rows.length).toBe(6);
    expect(lab.page.url()).toContain("nAdam");
  });

  it("lets optimizers walk on surfaces from where one clicks", async () => {
    await open("game=surfaces&surface=bowl&at=30&speed=full");
    const { frame } = await resting<"surfaces">(30);
    expect(frame.paths.map(({ places }) => places.length)).toEqual([62, 62, 62, 62, 62]);
    expect(frame.paths[0]?.height).toBeLessThan(1e-3);
    await field("surface").click({ position: { x: 20, y: 20 } });
    await expect.poll(async () => (await look<"surfaces">()).frame.paths[0]?.places.length).toBe(2);
    const { paths } = (await look<"surfaces">()).frame;
    expect(paths[0]?.places[0]).toBeLessThan(-2.5);
    expect(paths[0]?.places[1]).toBeGreaterThan(2);
  });

  it("can be used by all", async () => {
    for (const game of ["classify", "regression", "painting", "autoencoder", "race", "surfaces"]) {
      await open(`game=${game}&at=3`);
      await resting(3);
      expect(await obstacles(lab.page), game).toEqual([]);
    }
  });

  it("ends its Worker when it is left, and makes no trouble", async () => {
    const workers = () => lab.page.workers().filter((worker) => worker.url().includes("playground")).length;
    await open("game=surfaces");
    await expect.poll(workers).toBe(1);
    await lab.page.locator('[data-game="classify"]').click();
    await expect
      .poll(() => lab.page.evaluate(() => "probabilities" in (window.playground.frame ?? {})))
      .toBe(true);
    await expect.poll(workers).toBe(1);
    await lab.show("convolution");
    await expect.poll(workers).toBe(0);
    expect(lab.problems).toEqual([]);
    expect(lab.elsewhere).toEqual([]);
  });
});
