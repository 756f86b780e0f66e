// The laboratory: its packages, and the static folder that Vite and this make of it, lab/dist.

import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip, gzipSync } from "node:zlib";
import {
  at,
  ensureBuilt,
  ensurePackage,
  hashFiles,
  listFiles,
  readIfThere,
  runNode,
  SetupError,
} from "./ensure.mjs";

export const labFolder = "lab/dist";
const stamp = at(".cache/lab-stamp");

export const ensureLabPackages = () => ensurePackage("lab", "the lab's packages");

/**
 * A module of the build. Its types are not to be had where nothing is built yet.
 * @param {string} path below dist
 */
export const importBuilt = (path) => import(pathToFileURL(at(`dist/${path}`)).href);

/** Builds the library and lab/dist, each only when its sources have changed. */
export async function ensureLab() {
  ensureLabPackages();
  await ensureBuilt();
  const unlock = await lock(at(".cache/lab-lock"));
  try {
    await buildLab();
  } finally {
    unlock();
  }
}

/**
 * Waits for its turn among processes that build the same folder. A lock that is minutes old was left by one that died.
 * @param {string} path
 */
async function lock(path) {
  mkdirSync(dirname(path), { recursive: true });
  for (;;) {
    try {
      mkdirSync(path);
      return () => rmSync(path, { recursive: true, force: true });
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
      const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
      if (age > 3 * 60_000) rmSync(path, { recursive: true, force: true });
      else await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

async function buildLab() {
  const hash = hashFiles([
    ...["lab/index.html", "lab/vite.config.ts", "lab/package-lock.json", "scripts/lib/lab.mjs"],
    "src/cli/data/sources.node.ts",
    ...["lab/src", "lab/public", "src"].flatMap(listFiles).filter((file) => !file.startsWith("src/cli/")),
  ]);
  if (existsSync(at(`${labFolder}/index.html`)) && readIfThere(stamp) === hash) return;
  console.log("Building the lab ...");
  // In another place, so that lab/dist is whole at any time: it may be served meanwhile.
  const place = `.cache/lab-build-${process.pid}`;
  try {
    const options = ["--outDir", at(place), "--emptyOutDir", "--logLevel", "warn"];
    // The same build whoever asks for it: a test runner that sets NODE_ENV would get Svelte's slower one.
    const environment = { NODE_ENV: "production" };
    if (
      (await runNode("lab/node_modules/vite/bin/vite.js", ["build", "lab", ...options], environment)) !== 0
    ) {
      throw new SetupError("The lab could not be built; the messages are above.");
    }
    await writeDigits(`${place}/data`);
    await compressFiles(place);
    rmSync(stamp, { force: true });
    rmSync(at(labFolder), { recursive: true, force: true });
    renameSync(at(place), at(labFolder));
    writeFileSync(stamp, hash);
  } finally {
    rmSync(at(place), { recursive: true, force: true });
  }
}

/** Images of the first parts, which the page loads before it begins: so few that it begins at once. */
const firstParts = { train: 3_200, test: 800 };

/**
 * The digits in two parts, split as the command splits them, and the index (`DataIndex` in src/data/data-index.ts).
 * @param {string} folder
 */
async function writeDigits(folder) {
  const { loadDigits } = await importBuilt("cli/data/sources.node.js");
  const { subset, writeIdx } = await importBuilt("data/index.js");
  const digits = await loadDigits();
  mkdirSync(at(folder), { recursive: true });

  /** @param {string} name @param {Uint8Array} bytes */
  const write = (name, bytes) => {
    const packed = gzipSync(bytes, { level: 9 });
    writeFileSync(at(`${folder}/${name}`), packed);
    return packed.length;
  };
  /** @param {"train" | "test"} side */
  const parts = (side) => {
    const cut = firstParts[side];
    const ranges = [
      { start: 0, end: cut },
      { start: cut, end: digits[side].count },
    ];
    return ranges.map(({ start, end }, i) => {
      const indices = Array.from({ length: end - start }, (_, k) => start + k);
      const { pixels, labels, count, height, width } = subset(digits[side], indices);
      const images = `digits-${side}-${i + 1}-images.idx3-ubyte.gz`;
      const names = { images, labels: images.replace("images.idx3", "labels.idx1") };
      const bytes =
        write(names.images, writeIdx([count, height, width], pixels)) +
        write(names.labels, writeIdx([count], labels));
      return { format: "idx", ...names, count, bytes };
    });
  };
  const { channels, height, width, classes } = digits.train;
  const set = { name: "digits", title: "Digits", classes, channels, height, width };
  const index = { sets: [{ ...set, train: parts("train"), test: parts("test") }] };
  writeFileSync(at(`${folder}/index.json`), `${JSON.stringify(index, null, 2)}\n`);
}

/**
 * Writes what web servers send to those who can unpack it: `.gz` and `.br` beside each file of text.
 * @param {string} folder
 */
async function compressFiles(folder) {
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };
  await Promise.all(
    listFiles(folder)
      .filter((file) => /\.(html|js|css|svg|wasm)$/.test(file))
      .map(async (file) => {
        const bytes = readFileSync(at(file));
        writeFileSync(at(`${file}.gz`), await promisify(gzip)(bytes, { level: 9 }));
        writeFileSync(at(`${file}.br`), await promisify(brotliCompress)(bytes, quality));
      }),
  );
}

/**
 * What a visit loads before the page works, with the sizes of its transfer (gzip): the page, its scripts, styles and
 * workers with what they import at once, the index of the data, and the first parts of the digits.
 * @returns {{ file: string, bytes: number }[]}
 */
export function firstLoad() {
  const built = listFiles(labFolder).filter((file) => /\.(js|css)$/.test(file));
  const found = new Set([`${labFolder}/index.html`]);
  for (const file of found) {
    if (file.endsWith(".css")) continue;
    // What is imported by `import()` comes later, and so does what Vite lists to be loaded together with it.
    const text = readFileSync(at(file), "utf8")
      .replace(/\bimport\([^)]*\)/g, "")
      .replace(/\bm\.f\s*=\s*\[[^\]]*\]/g, "");
    for (const other of built) if (text.includes(basename(other))) found.add(other);
  }
  const data = `${labFolder}/data`;
  const [digits] = JSON.parse(readFileSync(at(`${data}/index.json`), "utf8")).sets;
  const first = [digits.train[0], digits.test[0]].flatMap(({ images, labels }) => [images, labels]);
  return [
    ...[...found].map((file) => ({ file, bytes: statSync(at(`${file}.gz`)).size })),
    ...["index.json", ...first]
      .map((name) => `${data}/${name}`)
      .map((file) => ({ file, bytes: statSync(at(file)).size })),
  ];
}
