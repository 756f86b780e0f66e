import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encode } from "fast-png";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readImage } from "../../src/cli/data/image.node.js";
import { gradus, lines, type Workplace, workplace } from "./support.js";

let place: Workplace;
let run: string;

beforeAll(async () => {
  place = await workplace();
  run = place.path("run");
  await gradus(["train", place.recipe({ epochs: 5 }), "--data", place.data, "--out", run, "--json"]);
});

afterAll(() => place.remove());

describe("gradus inspect", () => {
  it("shows people the layers, the parameters and what is found", async () => {
    const { code, stdout, stderr } = await gradus(["inspect", run]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^200 training images: loss \d\.\d{4}, accuracy \d+\.\d\d%/);
    expect(stdout).toMatch(/\n0 +conv2d +3 .*\n1 +relu +3 .*\n2 +maxPool2d +3 .*\n/);
    expect(stdout).toMatch(/\n0\.weight +3 x 1 x 3 x 3 +\d/);
    expect(stdout).toMatch(/\n(good|watch|bad) +(update size|update too large|update too small): /);
    expect(stdout).not.toContain("\u001b");
  });

  it("prints objects, the same each time, and changes nothing in the run's folder", async () => {
    const before = readFileSync(join(run, "checkpoint.safetensors"));
    const first = await gradus(["inspect", run, "--json"]);
    const second = await gradus(["inspect", run, "--json", "--data", place.data]);
    expect(first.code).toBe(0);
    expect(second.stdout).toBe(first.stdout);
    expect(readFileSync(join(run, "checkpoint.safetensors"))).toEqual(before);
    const objects = lines(first.stdout);
    const of = (name: string) => objects.filter(({ event }) => event === name);
    expect(of("examination")).toMatchObject([{ examples: 200, classes: 10, imagesFinite: true }]);
    expect(of("layer").map(({ path, kind }) => `${path} ${kind}`)).toEqual([
      "0 conv2d",
      "1 relu",
      "2 maxPool2d",
      "3 flatten",
      "4 dropout",
      "5 dense",
    ]);
    expect(of("parameter").map(({ name }) => name)).toEqual(["0.weight", "0.bias", "5.weight", "5.bias"]);
    for (const { updateRatio } of of("parameter")) expect(updateRatio).toBeGreaterThan(0);
    expect(of("finding").length).toBeGreaterThan(3);
  });

  it("draws kernels, and what layers make of a test image or of one's own", async () => {
    const pictures = place.path("pictures");
    const shown = await gradus(["inspect", run, "--picture", pictures, "--test", "3", "--json"]);
    expect({ code: shown.code, stderr: shown.stderr }).toEqual({ code: 0, stderr: "" });
    const names = [0, 1, 2, 4, 5].map((layer) => `activations-${layer}.png`);
    const all = [...names, "image.png", "kernels.png", "saliency.png"];
    expect(readdirSync(pictures).sort()).toEqual(all);
    const told = lines(shown.stdout).filter(({ event }) => event === "picture");
    expect(told.map(({ path }) => path).sort()).toEqual(all.map((name) => join(pictures, name)));
    // Three kernels of 3 x 3, each 24 pixels wide, and gaps of 2.
    expect(await readImage(join(pictures, "kernels.png"))).toMatchObject({
      width: 54,
      height: 54,
      channels: 3,
    });

    const blank = place.path("bar.png");
    const data = Uint8Array.from({ length: 40 * 40 }, (_, i) => (i % 40 > 17 && i % 40 < 23 ? 0 : 255));
    writeFileSync(blank, encode({ width: 40, height: 40, data, channels: 1, depth: 8 }));
    const own = place.path("own");
    expect((await gradus(["inspect", run, "--picture", own, "--image", blank])).code).toBe(0);
    const [given, test] = await Promise.all(
      [own, pictures].map((folder) => readImage(join(folder, "image.png"))),
    );
    expect(given!.data).not.toEqual(test!.data);
    expect(given!.width).toBe(test!.width);
  });

  const wrong: [string, () => string[], RegExp][] = [
    ["an image for no pictures", () => [run, "--test", "1"], /say where to with --picture DIR/],
    [
      "two images",
      () => [run, "--picture", place.path("x"), "--test", "1", "--image", "y"],
      /--image and --test exclude each other/,
    ],
    [
      "a test image that is not there",
      () => [run, "--picture", place.path("x"), "--test", "60"],
      /--test is 60, but the test set has 60 images: 0 to 59/,
    ],
    [
      "no image",
      () => [run, "--picture", place.path("x"), "--image", place.recipe()],
      /neither a PNG nor a JPEG/,
    ],
    ["no run", () => [place.data], /is not the folder of a run/],
    ["data that are elsewhere", () => [run, "--data", place.path("nothing")], /were not found/],
    ["a folder that cannot be", () => [run, "--picture", join(place.recipe(), "x")], /cannot be used/],
  ];
  it.each(wrong)("refuses with exit code 2: %s", async (_, args, message) => {
    const { code, stdout, stderr } = await gradus(["inspect", ...args()]);
    expect(stderr).toMatch(message);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(existsSync(place.path("x"))).toBe(false);
  });
});
