/**
 * What a row of the instruction tables says: the opcode, the types taken from and left on the operand stack,
 * and the kind of immediate that follows the opcode. Everything else (the builder's methods, their TypeScript
 * signatures, the operand check, the tests) is derived from the rows.
 */
import type { ValueType } from "./encoding.js";

/** The arguments that the builder's method for an instruction takes, by the kind of its immediate. */
export interface ImmediateArguments {
  /** No immediate. */
  none: [];
  /** Address = popped i32 + `offset`; `align` in bytes, a power of two, is a hint (default: the access size). */
  memory: [offset?: number, align?: number];
  /** A memory access to one lane of a vector. */
  memoryLane: [lane: number, offset?: number, align?: number];
  /** The number of a lane. */
  lane: [lane: number];
  i32: [value: number];
  i64: [value: bigint | number];
  f32: [value: number];
  f64: [value: number];
  /** Sixteen byte values. */
  i8x16: [values: ArrayLike<number>];
  /** Sixteen lane numbers: 0..15 of the first operand, 16..31 of the second. */
  shuffle: [lanes: ArrayLike<number>];
  /** Eight lanes; a single value fills them all. The same for the kinds below. */
  i16x8: [...values: number[]];
  i32x4: [...values: number[]];
  i64x2: [...values: (bigint | number)[]];
  f32x4: [...values: number[]];
  f64x2: [...values: number[]];
  /** A fixed number of zero bytes (memory indices, the ordering of a fence). */
  zeros: [];
}

export type ImmediateKind = keyof ImmediateArguments;

/** One instruction. */
export interface OpcodeRow<K extends ImmediateKind = ImmediateKind> {
  /** 0 for a one-byte opcode, otherwise the prefix byte: 0xfc, 0xfd (vectors) or 0xfe (atomics). */
  readonly prefix: number;
  readonly code: number;
  /** Types popped, deepest first. */
  readonly params: readonly ValueType[];
  /** Types pushed. */
  readonly results: readonly ValueType[];
  readonly immediate: K;
  /** `memory`: log2 of the access size. `lane`: the number of lanes. `zeros`: the number of bytes. */
  readonly size: number;
}

/** Instructions of one group, by name. */
export type OpcodeTable = { readonly [name: string]: OpcodeRow };

const LETTER: { readonly [letter: string]: ValueType } = {
  i: "i32",
  I: "i64",
  f: "f32",
  F: "f64",
  v: "v128",
};

function typesOf(letters: string): ValueType[] {
  return Array.from(letters, (letter) => {
    const type = LETTER[letter];
    if (type === undefined) throw new Error(`unknown type letter "${letter}" in the opcode table`);
    return type;
  });
}

/** Builds rows. `signature` is `popped:pushed`, one letter a type: i = i32, I = i64, f = f32, F = f64, v = v128. */
export function row<K extends ImmediateKind>(
  prefix: number,
  code: number,
  signature: string,
  immediate: K,
  size = 0,
): OpcodeRow<K> {
  const [params = "", results = ""] = signature.split(":");
  return { prefix, code, params: typesOf(params), results: typesOf(results), immediate, size };
}

/** A one-byte opcode without immediate. */
export const op = (code: number, signature: string) => row(0, code, signature, "none");
/** A vector instruction without immediate. */
export const simd = (code: number, signature: string) => row(0xfd, code, signature, "none");
/** A load or store with a one-byte opcode; `size` is the access size in bytes. */
export const mem = (code: number, signature: string, size: number) =>
  row(0, code, signature, "memory", Math.log2(size));
/** A vector load or store. */
export const simdMem = (code: number, signature: string, size: number) =>
  row(0xfd, code, signature, "memory", Math.log2(size));
/** A vector load or store of one lane. */
export const simdMemLane = (code: number, signature: string, size: number) =>
  row(0xfd, code, signature, "memoryLane", Math.log2(size));
/** A vector instruction that names a lane. */
export const simdLane = (code: number, signature: string, lanes: number) =>
  row(0xfd, code, signature, "lane", lanes);
/** An atomic memory access. */
export const atomic = (code: number, signature: string, size: number) =>
  row(0xfe, code, signature, "memory", Math.log2(size));
