/** x to the power y of four float32. */
import type { FunctionBuilder, FunctionRef, Local, ModuleBuilder } from "../assembler/index.js";
import { joinHalves, polynomial, pushAbsolute, pushPromoted, SIGN_BIT, vectorFunction } from "./emit.js";

/** log2((1 + s) / (1 - s)) / s as a polynomial in s^2, on |s| <= 0.1716, relative error 2^-45. */
const LOG2_P = [
  2.8853900817778504, 0.9617966941132426, 0.577077942368856, 0.41220925342319886, 0.3199056098901894,
  0.2829019227623561,
];
/** 2^r on |r| <= 1/2, relative error 2^-34.5. */
const EXP2_P = [
  0.9999999999616821, 0.6931471807284472, 0.2402265119815691, 0.055504103534474936, 0.009618027253766802,
  0.0013333922564454541, 0.00015469291108639408, 0.000015201921252095094,
];
const SQRT_HALF_BITS = 0x3fe6a09e667f3bcdn;
const MANTISSA = (1n << 52n) - 1n;
/** 2^52, whose low bits can hold an integer. */
const INTEGER_BITS = 0x4330000000000000n;
const EXPONENT_BIAS = 1024n;
/** 1.5 * 2^52: adding it rounds a float64 to an integer, which is then in the low bits of the sum. */
const ROUND = 6755399441055744;

/**
 * x^y as 2^(y log2 |x|) in float64, where both factors have more than the 33 bits that a float32 result needs.
 * log2: |x| = 2^e m with sqrt(1/2) <= m < sqrt(2), s = (m - 1) / (m + 1), log2(m) = s L(s^2), as in fdlibm's log;
 * L and the polynomial of 2^r are our minimax fits. Special values are those of JavaScript's `**`: x^0 = 1 for
 * every x, 1^(+-inf) = NaN, x^y = NaN for finite x < 0 and y not an integer, the sign of x for odd y.
 * Measured error: 0.501 ulp; stated bound: 1 ulp, subnormal operands and results included.
 */
export function emitPow(module: ModuleBuilder): FunctionRef {
  return vectorFunction(module, "math.pow", 2, (f) => {
    const [x, y] = [f.param(0), f.param(1)];
    const [absolute, integer, odd] = [f.local("v128"), f.local("v128"), f.local("v128")];
    pushAbsolute(f, x);
    f.set(absolute);
    pushPowHalf(f, absolute, y, "low");
    pushPowHalf(f, absolute, y, "high");
    joinHalves(f);

    f.get(y);
    f.f32x4.trunc();
    f.get(y);
    f.f32x4.eq();
    f.set(integer);
    f.get(y);
    f.f32x4.const(0.5);
    f.f32x4.mul();
    f.tee(odd);
    f.f32x4.trunc();
    f.get(odd);
    f.f32x4.ne();
    f.get(integer);
    f.v128.and();
    f.set(odd);
    // The sign, for odd y.
    f.get(x);
    f.i32x4.const(SIGN_BIT);
    f.v128.and();
    f.get(odd);
    f.v128.and();
    f.v128.or();
    // All ones, a NaN, for a NaN in x and for a root of a negative number.
    f.get(x);
    f.get(x);
    f.f32x4.ne();
    f.v128.or();
    f.get(x);
    f.f32x4.const(0);
    f.f32x4.lt();
    f.get(integer);
    f.v128.andnot();
    f.get(absolute);
    f.f32x4.const(Number.POSITIVE_INFINITY);
    f.f32x4.ne();
    f.v128.and();
    f.v128.or();
    // 1 for y = 0.
    f.set(odd);
    f.f32x4.const(1);
    f.get(odd);
    f.get(y);
    f.f32x4.const(0);
    f.f32x4.eq();
    f.v128.bitselect();
  });
}

/** Pushes x^y of two lanes as float32, for x >= 0. */
function pushPowHalf(f: FunctionBuilder, x: Local, y: Local, half: "low" | "high"): void {
  f.withLocals(["v128", "v128", "v128", "v128"], (wide, bits, s, z) => {
    // bits = (e + 1024) in the exponent's place, below it the distance of m from sqrt(1/2).
    pushPromoted(f, x, half);
    f.tee(wide);
    f.i64x2.const(SQRT_HALF_BITS - (EXPONENT_BIAS << 52n));
    f.i64x2.sub();
    f.tee(bits);
    f.i64x2.const(MANTISSA);
    f.v128.and();
    f.i64x2.const(SQRT_HALF_BITS);
    f.i64x2.add();
    f.set(s);
    f.get(s);
    f.f64x2.const(1);
    f.f64x2.sub();
    f.get(s);
    f.f64x2.const(1);
    f.f64x2.add();
    f.f64x2.div();
    f.tee(s);
    f.get(s);
    f.f64x2.mul();
    f.set(z);
    // log2(x) = s L(z) + e, and -inf and inf at 0 and inf
    polynomial(f, "f64x2", z, LOG2_P);
    f.get(s);
    f.f64x2.mul();
    f.get(bits);
    f.i32.const(52);
    f.i64x2.shr_u();
    f.i64x2.const(INTEGER_BITS);
    f.v128.or();
    f.f64x2.const(2 ** 52 + Number(EXPONENT_BIAS));
    f.f64x2.sub();
    f.f64x2.add();
    f.set(z);
    f.f64x2.const(Number.NEGATIVE_INFINITY);
    f.get(wide);
    f.get(z);
    f.get(wide);
    f.f64x2.const(Number.POSITIVE_INFINITY);
    f.f64x2.eq();
    f.v128.bitselect();
    f.get(wide);
    f.f64x2.const(0);
    f.f64x2.eq();
    f.v128.bitselect();
    // p = y log2(x), cut where the result has long been 0 or inf
    pushPromoted(f, y, half);
    f.f64x2.mul();
    f.f64x2.const(200);
    f.f64x2.pmin();
    f.f64x2.const(-200);
    f.f64x2.pmax();
    f.tee(s);
    f.f64x2.const(ROUND);
    f.f64x2.add();
    f.set(bits);
    f.get(s);
    f.get(bits);
    f.f64x2.const(ROUND);
    f.f64x2.sub();
    f.f64x2.sub();
    f.set(z);
    polynomial(f, "f64x2", z, EXP2_P);
    f.get(bits);
    f.i32.const(52);
    f.i64x2.shl();
    f.f64x2.const(1);
    f.i64x2.add();
    f.f64x2.mul();
    f.f32x4.demote_f64x2_zero();
  });
}
