/**
 * What a row of the instruction tables says: the opcode, the types taken from and left on the operand stack,
 * and the kind of immediate that follows the opcode. Everything else (the builder's methods, their TypeScript
 * signatures, the operand check, the tests) is derived from the rows.
 *
 * The tables hold the instructions that are in use. To add one, write its name and opcode, as in the specification's
 * table, next to others of its signature.
 */

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
  /** Sixteen lane numbers: 0..15 of the first operand, 16..31 of the second. */
  shuffle: [lanes: ArrayLike<number>];
  /** Four lanes; a single value fills them all. The same for the kinds below. */
  i32x4: [...values: number[]];
  i64x2: [...values: (bigint | number)[]];
  f32x4: [...values: number[]];
  f64x2: [...values: number[]];
  /** A fixed number of zero bytes: memory indices. */
  zeros: [];
}

export type ImmediateKind = keyof ImmediateArguments;

/** One instruction. */
export interface OpcodeRow<K extends ImmediateKind = ImmediateKind> {
  /** 0 for a one-byte opcode, otherwise the prefix byte: 0xfc, 0xfd (vectors) or 0xfe (atomics). */
  readonly prefix: number;
  readonly code: number;
  /** Types `popped:pushed`, deepest first, one letter each: i = i32, I = i64, f = f32, F = f64, v = v128. */
  readonly signature: string;
  readonly immediate: K;
  /** `memory`: log2 of the access size. `lane`: the number of lanes. `zeros`: the number of bytes. */
  readonly size: number;
}

/** Instructions of one group, by name. */
export type OpcodeTable = { readonly [name: string]: OpcodeRow };

/** Opcodes by the names of their instructions. */
type Codes = { readonly [name: string]: number };
type Rows<C extends Codes, K extends ImmediateKind> = { readonly [Name in keyof C]: OpcodeRow<K> };

/** Rows of instructions that differ in nothing but name and opcode. */
export function rows<C extends Codes, K extends ImmediateKind>(
  prefix: number,
  signature: string,
  immediate: K,
  codes: C,
  size = 0,
): Rows<C, K> {
  const row = ([name, code]: [string, number]) => [name, { prefix, code, signature, immediate, size }];
  return Object.fromEntries(Object.entries(codes).map(row)) as Rows<C, K>;
}

/** One-byte opcodes without immediate. */
export const op = <C extends Codes>(signature: string, codes: C) => rows(0, signature, "none", codes);
/** Vector instructions without immediate. */
export const simd = <C extends Codes>(signature: string, codes: C) => rows(0xfd, signature, "none", codes);
/** Vector instructions that name one of `lanes` lanes. */
export const simdLane = <C extends Codes>(signature: string, lanes: number, codes: C) =>
  rows(0xfd, signature, "lane", codes, lanes);
/** Loads and stores of vectors; `size` is the access size in bytes. */
export const simdMemory = <C extends Codes>(signature: string, size: number, codes: C) =>
  rows(0xfd, signature, "memory", codes, Math.log2(size));
/** Loads and stores of one lane. */
export const simdMemoryLane = <C extends Codes>(signature: string, size: number, codes: C) =>
  rows(0xfd, signature, "memoryLane", codes, Math.log2(size));
/** Atomic accesses to 32 bits. */
export const atomic = <C extends Codes>(signature: string, codes: C) =>
  rows(0xfe, signature, "memory", codes, 2);
