import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cacheFolder } from "../../src/cli/data/folders.node.js";
import { listDatasets, loadDigits, loadMnist, mnistFolders } from "../../src/cli/data/sources.node.js";
import { DataError } from "../../src/data/errors.js";
import { writeIdx } from "../../src/data/idx.js";
import { classCounts, type LabelledImages } from "../../src/data/labelled-images.js";

let base: string;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "gradus-sources-"));
});

afterEach(() => rmSync(base, { recursive: true, force: true }));

async function failure(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => expect.unreachable("it should have failed"),
    (error: Error) => error,
  );
}

/** MNIST's files in small: images of one value each. */
function write(
  folder: string,
  { mark = "-", gzip = true, side = 28, labels = [3, 1, 4], without = "" } = {},
): void {
  mkdirSync(folder, { recursive: true });
  const put = (stem: string, suffix: string, bytes: Uint8Array) => {
    if (stem === without) return;
    const name = `${stem}${mark}${suffix}${gzip ? ".gz" : ""}`;
    writeFileSync(join(folder, name), gzip ? gzipSync(bytes) : bytes);
  };
  for (const [stem, count] of [
    ["train", 3],
    ["t10k", 2],
  ] as const) {
    const pixels = Uint8Array.from({ length: count * side * side }, (_, i) => Math.floor(i / (side * side)));
    put(`${stem}-images`, "idx3-ubyte", writeIdx([count, side, side], pixels));
    put(
      `${stem}-labels`,
      "idx1-ubyte",
      writeIdx([Math.min(count, labels.length)], Uint8Array.from(labels.slice(0, count))),
    );
  }
}

describe("the cache folder", () => {
  it("follows the platform's convention", () => {
    expect(cacheFolder({ XDG_CACHE_HOME: "/c" }, "linux")).toBe(join("/c", "gradus"));
    expect(cacheFolder({}, "linux")).toBe(join(homedir(), ".cache", "gradus"));
    expect(cacheFolder({ LOCALAPPDATA: "/l", XDG_CACHE_HOME: "/c" }, "win32")).toBe(join("/l", "gradus"));
    expect(cacheFolder({}, "win32")).toBe(join(homedir(), "AppData", "Local", "gradus"));
  });
});

describe("MNIST", () => {
  it.each([
    ["gzip, with -", {}],
    ["plain, with -", { gzip: false }],
    ["gzip, with .", { mark: "." }],
    ["plain, with .", { mark: ".", gzip: false }],
  ])("is read from four files, %s", async (_, options) => {
    write(base, options);
    const { train, test } = await loadMnist({ data: base });
    expect([train.name, train.count, ...train.labels]).toEqual(["mnist", 3, 3, 1, 4]);
    expect([test.name, test.count, ...test.labels]).toEqual(["mnist", 2, 3, 1]);
    expect([train.channels, train.height, train.width, train.pixels[2 * 784]]).toEqual([1, 28, 28, 2]);
  });

  it("is searched in the folder given, or else in that of the environment, then the cache", async () => {
    const environment = { GRADUS_DATA: join(base, "named"), XDG_CACHE_HOME: join(base, "cache") };
    const cache = join(cacheFolder(environment), "mnist");
    expect(mnistFolders({ data: base, environment })).toEqual([base, join(base, "mnist")]);
    expect(mnistFolders({ environment })).toEqual([join(base, "named"), join(base, "named", "mnist"), cache]);
    expect(mnistFolders({ environment: { ...environment, GRADUS_DATA: "" } })).toEqual([cache]);

    write(cache, { labels: [1, 1, 1] });
    expect((await loadMnist({ environment })).train.labels[0]).toBe(1);
    write(join(base, "named", "mnist"), { labels: [2, 2, 2] });
    expect((await loadMnist({ environment })).train.labels[0]).toBe(2);
    write(join(base, "named"), { labels: [5, 5, 5] });
    expect((await loadMnist({ environment })).train.labels[0]).toBe(5);
  });

  it("that is missing is reported with where it was searched and what to do", async () => {
    const environment = { GRADUS_DATA: join(base, "named"), XDG_CACHE_HOME: join(base, "cache") };
    mkdirSync(join(base, "named"));
    write(join(base, "named", "mnist"), { without: "t10k-labels" });
    const error = await failure(loadMnist({ environment }));
    expect(error).toBeInstanceOf(DataError);
    expect(error.message).toContain(
      "mnist: the four files train-images, train-labels, t10k-images, t10k-labels",
    );
    expect(error.message).toContain(`looked in ${join(base, "named")} (none of the files)`);
    expect(error.message).toContain(
      `looked in ${join(base, "named", "mnist")} (lacks t10k-labels-idx1-ubyte)`,
    );
    expect(error.message).toContain(`looked in ${join(cacheFolder(environment), "mnist")} (no such folder)`);
    expect(error.message).toMatch(/gradus data fetch mnist.*--data or GRADUS_DATA/);
  });

  it("is not searched elsewhere when a folder is given", async () => {
    const environment = { XDG_CACHE_HOME: base };
    write(join(cacheFolder(environment), "mnist"));
    const error = await failure(loadMnist({ data: join(base, "nowhere"), environment }));
    expect(error.message).toContain(`${join(base, "nowhere")} (no such folder)`);
    expect(error.message).not.toContain(cacheFolder(environment));
  });

  it("that is broken is reported with the file and the numbers", async () => {
    write(base, { side: 20 });
    expect((await failure(loadMnist({ data: base }))).message).toContain(
      `${join(base, "train-images-idx3-ubyte.gz")}: images are 20 x 20 (height x width), expected 28 x 28`,
    );
    write(base, { labels: [1, 2] });
    expect((await failure(loadMnist({ data: base }))).message).toBe(
      `${join(base, "train-labels-idx1-ubyte.gz")}: holds 2 labels, but ` +
        `${join(base, "train-images-idx3-ubyte.gz")} holds 3 images: there must be one label an image`,
    );
    write(base, { labels: [1, 2, 12] });
    expect((await failure(loadMnist({ data: base }))).message).toContain(
      `${join(base, "train-labels-idx1-ubyte.gz")}: label 12 at index 2`,
    );
    write(base);
    const images = join(base, "t10k-images-idx3-ubyte.gz");
    writeFileSync(images, gzipSync(writeIdx([2, 28, 28], new Uint8Array(1568))).subarray(0, 20));
    expect((await failure(loadMnist({ data: base }))).message).toContain(
      `${images}: the gzip data is truncated`,
    );
    writeFileSync(images, gzipSync(writeIdx([2, 28, 28], new Uint8Array(1568)).subarray(0, 1000)));
    expect((await failure(loadMnist({ data: base }))).message).toMatch(
      /t10k-images.*: truncated: .*1568.*984/,
    );
  });
});

describe("the list of data sets", () => {
  it("says what is there, where, and how to get what is not", () => {
    const environment = { XDG_CACHE_HOME: base };
    const mnist = () => listDatasets({ environment }).find(({ name }) => name === "mnist");
    const folder = join(cacheFolder(environment), "mnist");
    expect(mnist()).toMatchObject({ present: false, where: folder, howToGet: "gradus data fetch mnist" });
    write(folder);
    expect(mnist()).toMatchObject({ present: true, where: folder });
    expect(listDatasets({ environment }).map(({ name }) => name)).toEqual(["digits", "mnist"]);
  });
});

/** Each image and its label as one string. Values of 1 read 0, as in some copies of MNIST. */
function fingerprints(set: LabelledImages, count = set.count): string[] {
  const pixels = set.pixels.map((value) => (value === 1 ? 0 : value));
  return Array.from({ length: count }, (_, i) => {
    const image = pixels.subarray(i * 784, (i + 1) * 784);
    return `${set.labels[i]} ${createHash("sha1").update(image).digest("base64")}`;
  });
}

const shared = [process.env.GRADUS_DATA, resolve(import.meta.dirname, "../../../shared/data")].find(
  (folder) => folder !== undefined && existsSync(join(folder, "mnist", "train-images-idx3-ubyte.gz")),
);

describe("the embedded digits", () => {
  it("are 8,000 and 2,000, with the classes in the same proportions", async () => {
    const { train, test } = await loadDigits();
    expect([train.count, test.count, train.height, train.width]).toEqual([8_000, 2_000, 28, 28]);
    const counts = { train: classCounts(train), test: classCounts(test) };
    // The classes of the first 10,000 of MNIST's training set.
    const all = [1001, 1127, 991, 1032, 980, 863, 1014, 1070, 944, 978];
    expect(counts.train.map((count, label) => count + counts.test[label]!)).toEqual(all);
    counts.test.forEach((count, label) => {
      expect(Math.abs(count - 0.2 * all[label]!)).toBeLessThan(1);
    });
  });

  it("are all different, so that none is on both sides", async () => {
    const { train, test } = await loadDigits();
    expect(new Set([...fingerprints(train), ...fingerprints(test)]).size).toBe(10_000);
  });

  it("that are missing are reported with the folder and what to do", async () => {
    const error = await failure(loadDigits(join(base, "digits")));
    expect(error).toBeInstanceOf(DataError);
    expect(error.message).toContain(`${join(base, "digits")}: the embedded digits are not there`);
    expect(error.message).toContain("npm run build");
  });

  it.skipIf(shared === undefined)(
    "are the first 10,000 images of MNIST's training set (skipped without MNIST in GRADUS_DATA or ../shared/data)",
    async () => {
      const digits = await loadDigits();
      const embedded = [...fingerprints(digits.train), ...fingerprints(digits.test)].sort();
      const { train } = await loadMnist({ data: shared });
      expect(train.count).toBe(60_000);
      expect(embedded).toEqual(fingerprints(train, 10_000).sort());
    },
  );
});
