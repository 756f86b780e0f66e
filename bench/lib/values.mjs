// The numbers that both sides start from: made once, written to a file, read by every process.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { valuesOf } from "./network.mjs";

/**
 * Uniform in [0, 1), 24 bits, the same everywhere. A multiplicative congruential generator modulo 2^31 - 1
 * (Park and Miller, "Random number generators: good ones are hard to find", 1988).
 * @param {number} seed
 */
function uniform(seed) {
  let state = (seed % 2147483646) + 1;
  return () => {
    state = (state * 48271) % 2147483647;
    return (state >>> 7) / 2 ** 24;
  };
}

/**
 * @param {import("./works.mjs").Work} work
 * @param {string} folder for `values.json`, which names arrays, and `values.bin`, which holds them (32 bits each)
 */
export function writeValues(work, folder) {
  const next = uniform(20);
  /** @type {Record<string, { dtype: "float32" | "int32", shape: readonly number[], offset: number }>} */
  const index = {};
  /** @type {Uint8Array[]} */
  const parts = [];
  let offset = 0;
  /**
   * @param {string} name
   * @param {readonly number[]} shape
   * @param {Float32Array | Int32Array} data
   */
  const add = (name, shape, data) => {
    index[name] = { dtype: data instanceof Int32Array ? "int32" : "float32", shape, offset };
    parts.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    offset += data.byteLength;
  };
  /**
   * @param {readonly number[]} shape
   * @param {number} from
   * @param {number} to
   */
  const random = (shape, from, to) =>
    Float32Array.from(
      { length: shape.reduce((product, extent) => product * extent, 1) },
      () => from + (to - from) * next(),
    );
  if (work.size !== undefined) {
    const shape = [work.size, work.size];
    add("a", shape, random(shape, -1, 1));
    add("b", shape, random(shape, -1, 1));
  } else if (work.network !== undefined) {
    for (const { name, shape, from, to } of valuesOf(work.network.layers))
      add(name, shape, random(shape, from, to));
    const shape = [work.batch, ...work.network.inputShape];
    add("inputs", shape, random(shape, -1, 1));
    add(
      "labels",
      [work.batch],
      Int32Array.from({ length: work.batch }, (_, example) => example % 10),
    );
  }
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "values.bin"), Buffer.concat(parts));
  writeFileSync(join(folder, "values.json"), JSON.stringify(index));
}

/**
 * @typedef {{ shape: number[], data: Float32Array }} Floats
 * @param {string} folder
 * @returns {{ floats: (name: string) => Floats, labels: () => Int32Array, has: (name: string) => boolean }}
 */
export function readValues(folder) {
  const index = JSON.parse(readFileSync(join(folder, "values.json"), "utf8"));
  const bytes = readFileSync(join(folder, "values.bin"));
  const cut = (/** @type {string} */ name) => {
    const entry = index[name];
    if (entry === undefined) throw new Error(`there are no values named ${name}`);
    const size = entry.shape.reduce((/** @type {number} */ a, /** @type {number} */ b) => a * b, 1);
    // A copy of its own, aligned and small.
    const buffer = new Uint8Array(bytes.subarray(entry.offset, entry.offset + 4 * size)).buffer;
    return { shape: entry.shape, buffer };
  };
  return {
    floats: (name) => {
      const { shape, buffer } = cut(name);
      return { shape, data: new Float32Array(buffer) };
    },
    labels: () => new Int32Array(cut("labels").buffer),
    has: (name) => name in index,
  };
}

/**
 * Evenly spaced elements of a result, to compare products without sending them whole.
 * @param {ArrayLike<number>} data
 */
export function sample(data, count = 1024) {
  const stride = Math.max(1, Math.floor(data.length / count));
  // An odd step visits all columns of a matrix whose width is a power of two.
  const step = stride > 1 ? stride - 1 : 1;
  return Array.from({ length: Math.min(count, data.length) }, (_, index) => data[index * step] ?? Number.NaN);
}
