import { allocate, type TypedArray } from "../../src/shape/dtype.js";
import { sizeOf } from "../../src/shape/shape.js";
import type { SampleInput } from "./sample.js";

const special = {
  float32: [Number.NaN, Infinity, -Infinity, 0, -0, 1, -1, 0.5, -2.5, 3, 3e38, -3e38, 1e-30, 1e-40, -90, 90],
  int32: [0, 1, -1, 2, 3, -7, 65_537, 2 ** 31 - 1, -(2 ** 31), -(2 ** 31) + 1],
  bool: [0, 1],
};

/** How many special values a dtype has: the extent that shows them all. */
export const specialCount = {
  float32: special.float32.length,
  int32: special.int32.length,
  bool: special.bool.length,
};

export function inputValues(input: SampleInput, index: number, seed: string): TypedArray {
  const { shape, dtype, domain } = input;
  const values = allocate(dtype, sizeOf(shape));
  const next = generator(`${seed}/${index}`);
  if (domain === "special") {
    // Each further input changes more slowly, so that together they take every combination.
    const list = special[dtype];
    values.forEach((_, i) => {
      values[i] = list[Math.floor(i / list.length ** index) % list.length]!;
    });
  } else if (domain === "distinct") {
    const order = shuffled(values.length, next);
    values.forEach((_, i) => {
      const rank = order[i]! - Math.floor(values.length / 2);
      values[i] = dtype === "float32" ? rank * 0.25 + 0.125 + index * 0.03125 : rank;
    });
  } else if (domain !== undefined && "given" in domain) {
    if (domain.given.length !== values.length) throw new Error(`${seed}: ${values.length} values are needed`);
    values.set(domain.given);
  } else {
    const [low, high] = domain ?? (dtype === "float32" ? [-2, 2] : dtype === "int32" ? [-9, 9] : [0, 1]);
    values.forEach((_, i) => {
      values[i] =
        dtype === "float32" ? low + (high - low) * next() : low + Math.floor((high - low + 1) * next());
    });
  }
  return values;
}

/** A number from 0 to below 1 at each call: a linear congruential generator, seeded by the FNV-1a hash of a text. */
function generator(seed: string): () => number {
  let state = 0x811c9dc5;
  for (const letter of seed) state = Math.imul(state ^ letter.charCodeAt(0), 0x01000193);
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 8) / 2 ** 24;
  };
}

/** 0 .. count-1 in random order (Fisher and Yates). */
function shuffled(count: number, next: () => number): number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}
