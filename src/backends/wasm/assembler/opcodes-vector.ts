/**
 * 128-bit vector instructions. Source: WebAssembly Core Specification 2.0, section 5.4.8; relaxed SIMD proposal
 * for the `relaxed_` ones, whose results may differ between machines.
 */
import { rows, simd, simdLane, simdMemory, simdMemoryLane } from "./opcodes.js";

export const V128_TABLE = {
  ...simdMemory("i:v", 16, { load: 0 }),
  ...simdMemory("iv:", 16, { store: 11 }),
  ...simdMemory("i:v", 4, { load32_splat: 9, load32_zero: 92 }),
  ...simdMemory("i:v", 8, { load64_zero: 93 }),
  ...simdMemoryLane("iv:v", 4, { load32_lane: 86 }),
  ...simdMemoryLane("iv:", 4, { store32_lane: 90 }),
  ...simdMemoryLane("iv:", 8, { store64_lane: 91 }),
  ...simd("v:v", { not: 77 }),
  ...simd("vv:v", {
    and: 78,
    /** a AND NOT b. */
    andnot: 79,
    or: 80,
    xor: 81,
  }),
  /** Pops a, b, mask: bits of a where the mask is one, of b where it is zero. */
  ...simd("vvv:v", { bitselect: 82 }),
  ...simd("v:i", { any_true: 83 }),
} as const;

export const I8X16_TABLE = {
  ...rows(0xfd, "vv:v", "shuffle", { shuffle: 13 }),
} as const;

export const I32X4_TABLE = {
  ...rows(0xfd, ":v", "i32x4", { const: 12 }),
  ...simd("i:v", { splat: 17 }),
  ...simdLane("v:i", 4, { extract_lane: 27 }),
  ...simdLane("vi:v", 4, { replace_lane: 28 }),
  ...simd("v:v", { abs: 160, neg: 161, trunc_sat_f32x4_s: 248 }),
  ...simd("vi:v", { shl: 171, shr_s: 172, shr_u: 173 }),
  ...simd("vv:v", {
    eq: 55,
    ne: 56,
    lt_s: 57,
    gt_s: 59,
    le_s: 61,
    ge_s: 63,
    add: 174,
    sub: 177,
    mul: 181,
    min_s: 182,
    max_s: 184,
  }),
} as const;

export const I64X2_TABLE = {
  ...rows(0xfd, ":v", "i64x2", { const: 12 }),
  ...simd("vi:v", { shl: 203, shr_u: 205 }),
  ...simd("vv:v", { add: 206, sub: 209 }),
} as const;

export const F32X4_TABLE = {
  ...rows(0xfd, ":v", "f32x4", { const: 12 }),
  ...simdLane("v:f", 4, { extract_lane: 31 }),
  ...simdLane("vf:v", 4, { replace_lane: 32 }),
  ...simd("v:v", {
    demote_f64x2_zero: 94,
    floor: 104,
    trunc: 105,
    abs: 224,
    neg: 225,
    sqrt: 227,
    convert_i32x4_s: 250,
  }),
  ...simd("vv:v", {
    eq: 65,
    ne: 66,
    lt: 67,
    gt: 68,
    le: 69,
    ge: 70,
    add: 228,
    sub: 229,
    mul: 230,
    div: 231,
    min: 232,
    max: 233,
    /** b < a ? b : a */
    pmin: 234,
    /** a < b ? b : a */
    pmax: 235,
  }),
  /** Pops a, b, c: a * b + c, rounded once or twice. */
  ...simd("vvv:v", { relaxed_madd: 0x105 }),
} as const;

export const F64X2_TABLE = {
  ...rows(0xfd, ":v", "f64x2", { const: 12 }),
  ...simd("v:v", { promote_low_f32x4: 95, trunc: 122 }),
  ...simd("vv:v", {
    eq: 71,
    lt: 73,
    ge: 76,
    add: 240,
    sub: 241,
    mul: 242,
    div: 243,
    pmin: 246,
    pmax: 247,
  }),
} as const;
