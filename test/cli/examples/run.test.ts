import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decode } from "fast-png";
import { afterAll, describe, expect, it } from "vitest";
import { UserError } from "../../../src/cli/errors.js";
import type { Example } from "../../../src/cli/example.js";
import { exampleContext } from "../../../src/cli/examples/context.node.js";
import { OutputFolder } from "../../../src/cli/examples/output.node.js";
import { Reader } from "../../../src/cli/examples/reader.js";
import { checkOwnOptions, jsonLine, runExample, untilStopped } from "../../../src/cli/examples/run.js";
import { example, stream } from "./support.js";

const place = mkdtempSync(join(tmpdir(), "gradus-context-"));
afterAll(() => rmSync(place, { recursive: true, force: true }));

const contextOf = (
  which: Example,
  options: Readonly<Record<string, string>> = {},
  signal = new AbortController().signal,
) =>
  exampleContext(which, {
    quick: true,
    seed: 3,
    signal,
    data: undefined,
    options,
    out: new OutputFolder(place),
    reader: new Reader(stream()),
  });

describe("what an example sees", () => {
  const declares = example({
    options: { size: { description: "", default: "4" }, name: { description: "" } },
  });

  it("has the options that it declares, or their defaults", () => {
    expect(contextOf(declares).option("size")).toBe("4");
    expect(contextOf(declares).option("name")).toBeUndefined();
    expect(contextOf(declares, { size: "7" }).option("size")).toBe("7");
    expect(() => contextOf(declares).option("other")).toThrow('example test declares no option "other"');
  });

  it("counts", () => {
    expect(contextOf(declares).count("size")).toBe(4);
    expect(contextOf(declares).count("name")).toBeUndefined();
    for (const size of ["0", "1.5", "many", "-2"]) {
      expect(() => contextOf(declares, { size }).count("size")).toThrow(
        new UserError(`--size is "${size}", but must be an integer of at least 1`),
      );
    }
  });

  it("writes pictures, charts and texts", async () => {
    const context = contextOf(example({}));
    const data = new Uint8ClampedArray([0, 128, 255, 9, 8, 7]);
    await context.picture("dots", { width: 2, height: 1, channels: 3, data });
    await context.chart("loss", { title: "<loss>", x: { label: "" }, y: { label: "" }, series: [] });
    await context.file("text.txt", "words");
    expect(readdirSync(place).sort()).toEqual(["dots.png", "loss.svg", "text.txt"]);
    const picture = decode(readFileSync(join(place, "dots.png")));
    expect({ ...picture, data: Array.from(picture.data) }).toMatchObject({
      width: 2,
      height: 1,
      channels: 3,
      data: [...data],
    });
    expect(readFileSync(join(place, "loss.svg"), "utf8")).toContain("&#60;loss&#62;");
    expect(await context.saved("text.txt")).toBe("words");
  });

  it("writes nothing more once it is told to stop", async () => {
    const controller = new AbortController();
    const context = contextOf(example({}), {}, controller.signal);
    controller.abort();
    await expect(context.file("late.txt", "")).rejects.toThrow("aborted");
    expect(() => context.progress("training", 0.5)).toThrow("aborted");
    expect(readdirSync(place)).not.toContain("late.txt");
  });

  it("says how to get data that are not there", async () => {
    const settings = {
      quick: true,
      seed: 1,
      signal: new AbortController().signal,
      options: {},
      data: join(place, "none"),
    };
    const context = exampleContext(example({}), {
      ...settings,
      out: new OutputFolder(place),
      reader: new Reader(stream()),
    });
    await expect(context.mnist()).rejects.toThrow(/gradus data fetch mnist/);
    await expect(context.cifar10()).rejects.toThrow(/cifar-10-binary\.tar\.gz/);
    await expect(context.image(join(place, "none.jpg"))).rejects.toThrow(/none\.jpg: no such file/);
  });
});

describe("running an example", () => {
  const facts = {
    example: "a",
    quick: true,
    seed: 1,
    seconds: 2,
    claim: "c",
    measured: "m",
    files: ["x.png"],
  };

  it("gives one line of JSON, with null for what is not finite", () => {
    const line = jsonLine(facts, {
      loss: Number.NaN,
      curve: [1, Number.POSITIVE_INFINITY],
      nested: { ok: true },
    });
    expect(line.indexOf("\n")).toBe(line.length - 1);
    expect(JSON.parse(line)).toEqual({ ...facts, loss: null, curve: [1, null], nested: { ok: true } });
  });

  it("refuses values that would hide what the line says itself", async () => {
    const which = example({ run: async () => ({ measured: "", values: { seconds: 1 } }) });
    await expect(runExample(which, contextOf(which))).rejects.toThrow(
      'its value "seconds" needs another name',
    );
  });

  it("refuses options that every example has", () => {
    const which = example({ options: { seed: { description: "" } } });
    expect(() => checkOwnOptions(which, ["quick", "seed"])).toThrow("its option --seed needs another name");
    expect(() => checkOwnOptions(which, ["quick"])).not.toThrow();
  });

  it("ends with what came of it, or undefined once stopped, whatever it does then", async () => {
    const { signal } = new AbortController();
    expect(await untilStopped(Promise.resolve(5), signal)).toBe(5);
    await expect(untilStopped(Promise.reject(new Error("bad")), signal)).rejects.toThrow("bad");
    const late = new AbortController();
    const work = new Promise((_, reject) =>
      late.signal.addEventListener("abort", () => reject(new Error("stopped"))),
    );
    const outcome = untilStopped(work, late.signal);
    late.abort();
    expect(await outcome).toBeUndefined();
    expect(await untilStopped(Promise.resolve(5), late.signal)).toBeUndefined();
  });
});
