/** Scalar instructions. Source: WebAssembly Core Specification 2.0, section 5.4; threads proposal for the atomics. */
import { atomic, op, rows } from "./opcodes.js";

export const I32_TABLE = {
  ...rows(0, ":i", "i32", { const: 0x41 }),
  ...rows(0, "i:i", "memory", { load: 0x28 }, 2),
  ...op("i:i", { eqz: 0x45 }),
  ...op("ii:i", {
    eq: 0x46,
    ne: 0x47,
    lt_s: 0x48,
    lt_u: 0x49,
    gt_s: 0x4a,
    le_s: 0x4c,
    ge_s: 0x4e,
    add: 0x6a,
    sub: 0x6b,
    mul: 0x6c,
    div_s: 0x6d,
    div_u: 0x6e,
    rem_s: 0x6f,
    rem_u: 0x70,
    and: 0x71,
    or: 0x72,
    shl: 0x74,
    shr_s: 0x75,
    shr_u: 0x76,
  }),
  ...op("I:i", { wrap_i64: 0xa7 }),
  ...atomic("i:i", { atomic_load: 0x10 }),
  ...atomic("ii:", { atomic_store: 0x17 }),
  ...atomic("ii:i", { atomic_rmw_add: 0x1e }),
} as const;

export const I64_TABLE = {
  ...rows(0, ":I", "i64", { const: 0x42 }),
  ...op("II:I", { add: 0x7c, mul: 0x7e, div_u: 0x80, or: 0x84, shl: 0x86, shr_u: 0x88 }),
  ...op("i:I", { extend_i32_u: 0xad }),
} as const;

export const F32_TABLE = {
  ...rows(0, ":f", "f32", { const: 0x43 }),
  ...op("F:f", { demote_f64: 0xb6 }),
} as const;

export const F64_TABLE = {
  ...rows(0, ":F", "f64", { const: 0x44 }),
  ...op("FF:F", { mul: 0xa2 }),
  ...op("I:F", { convert_i64_s: 0xb9 }),
} as const;

export const MEMORY_TABLE = {
  /** Pops destination, source, byte count. */
  ...rows(0xfc, "iii:", "zeros", { copy: 0x0a }, 2),
  /** Pops destination, byte value, byte count. */
  ...rows(0xfc, "iii:", "zeros", { fill: 0x0b }, 1),
} as const;

export const ATOMIC_TABLE = {
  /** Pops address and the greatest number of threads to wake; pushes the number woken. */
  ...atomic("ii:i", { notify: 0x00 }),
  /** Pops address, expected value, timeout in nanoseconds (-1: none); pushes 0 woken, 1 not equal, 2 timed out. */
  ...atomic("iiI:i", { wait32: 0x01 }),
} as const;
