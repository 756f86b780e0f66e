/**
 * sin and cos of four float32, over the whole range.
 *
 * |x| = n pi/2 + r, |r| <= pi/4. Below 2^28 the reduction is that of Cody and Waite in float64, with pi/2 in two
 * parts, the first so short that its product with n is exact; from 2^28 on it is that of Payne and Hanek ("Radian
 * reduction for trigonometric functions", SIGNUM 18, 1983), lane by lane in 64-bit integers. The polynomials on
 * the reduced r are our minimax fits in float32.
 */
import type { FunctionBuilder, FunctionRef, Local, ModuleBuilder } from "../assembler/index.js";
import { joinHalves, polynomial, pushAbsolute, pushPromoted, SIGN_BIT, vectorFunction } from "./emit.js";

const TWO_OVER_PI = 0.6366197723675814;
/** pi/2 cut to 25 bits, and the rest. */
const HALF_PI_HIGH = 1.5707963109016418;
const HALF_PI_LOW = 1.5893254773528196e-8;
/** 1.5 * 2^52: adding it rounds a float64 to an integer, which is then in the low bits of the sum. */
const ROUND = 6755399441055744;
const LARGE = 2 ** 28;
/** The first 224 binary digits of 2/pi after the point, in words of 32. */
const TWO_OVER_PI_WORDS = [
  0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0, 0xdb629599, 0x3c439041, 0xfe5163ab,
] as const;

/** (sin(r) - r) / r^3 as a polynomial in r^2, on |r| <= pi/4, relative error of sin 2^-27.9. */
const SIN_P = [-0.16666655242443085, 0.008332189172506332, -0.00019518277258612216];
/** (cos(r) - 1 + r^2/2) / r^4 as a polynomial in r^2, on |r| <= pi/4, relative error of cos 2^-33. */
const COS_P = [0.04166664555668831, -0.0013887310633435845, 0.00002443256016704254];

/** Adds the range reduction that sin and cos share: `x -> (r, quadrant)`, for x >= 0. */
export function emitTrigonometricReduction(module: ModuleBuilder): FunctionRef {
  const large = emitLargeReduction(module);
  const f = module.func("math.reduceHalfPi", { params: ["v128"], results: ["v128", "v128"] });
  const x = f.param(0);
  const [low, high, r, quadrant] = [f.local("v128"), f.local("v128"), f.local("v128"), f.local("v128")];
  pushReducedHalf(f, x, low, "low");
  pushReducedHalf(f, x, high, "high");
  joinHalves(f);
  f.set(r);
  f.get(low);
  f.get(high);
  f.i8x16.shuffle([0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27]);
  f.set(quadrant);

  const mask = low;
  f.get(x);
  f.f32x4.const(LARGE);
  f.f32x4.ge();
  f.get(x);
  f.f32x4.const(Number.POSITIVE_INFINITY);
  f.f32x4.lt();
  f.v128.and();
  f.tee(mask);
  f.v128.any_true();
  f.if(() => {
    const [laneR, laneQuadrant] = [f.local("f32"), f.local("i32")];
    for (let lane = 0; lane < 4; lane++) {
      f.get(mask);
      f.i32x4.extract_lane(lane);
      f.if(() => {
        f.get(x);
        f.i32x4.extract_lane(lane);
        f.call(large);
        f.set(laneQuadrant);
        f.set(laneR);
        f.get(r);
        f.get(laneR);
        f.f32x4.replace_lane(lane);
        f.set(r);
        f.get(quadrant);
        f.get(laneQuadrant);
        f.i32x4.replace_lane(lane);
        f.set(quadrant);
      });
    }
  });
  f.get(r);
  f.get(quadrant);
  return f;
}

/** Pushes r of two lanes as float32; `rounded` gets n in the low bits of its two float64. */
function pushReducedHalf(f: FunctionBuilder, x: Local, rounded: Local, half: "low" | "high"): void {
  f.withLocals(["v128", "v128"], (wide, n) => {
    pushPromoted(f, x, half);
    f.tee(wide);
    f.f64x2.const(TWO_OVER_PI);
    f.f64x2.mul();
    f.f64x2.const(ROUND);
    f.f64x2.add();
    f.set(rounded);
    f.get(wide);
    f.get(rounded);
    f.f64x2.const(ROUND);
    f.f64x2.sub();
    f.tee(n);
    f.f64x2.const(HALF_PI_HIGH);
    f.f64x2.mul();
    f.f64x2.sub();
    f.get(n);
    f.f64x2.const(HALF_PI_LOW);
    f.f64x2.mul();
    f.f64x2.sub();
    f.f32x4.demote_f64x2_zero();
  });
}

/**
 * The scalar reduction for finite x >= 2^28, given by its bits: `bits -> (r, quadrant)`.
 * x = m 2^e with a 24-bit integer m. Digits of 2/pi that make multiples of 4 with 2^e are left out; the 96 that
 * follow, times m, give two bits of quadrant and 62 bits of fraction of a quadrant.
 */
function emitLargeReduction(module: ModuleBuilder): FunctionRef {
  const digits = emitTwoOverPiDigits(module);
  const f = module.func("math.reduceHalfPiLarge", { params: ["i32"], results: ["f32", "i32"] });
  const bits = f.param(0);
  const [skipped, m, product] = [f.local("i32"), f.local("i64"), f.local("i64")];
  f.get(bits);
  f.i32.const(23);
  f.i32.shr_u();
  f.i32.const(152); // e = exponent field - 150; the digits before e - 2 are left out
  f.i32.sub();
  f.set(skipped);
  f.get(bits);
  f.i32.const(0x007fffff);
  f.i32.and();
  f.i32.const(0x00800000);
  f.i32.or();
  f.i64.extend_i32_u();
  f.set(m);
  const pushTimes = (offset: number) => {
    f.get(skipped);
    f.i32.const(offset);
    f.i32.add();
    f.call(digits);
    f.get(m);
    f.i64.mul();
  };
  pushTimes(0);
  f.i64.const(32);
  f.i64.shl();
  pushTimes(32);
  f.i64.add();
  pushTimes(64);
  f.i64.const(32);
  f.i64.shr_u();
  f.i64.add();
  f.set(product);
  // The 62 bits after the quadrant's as a signed fraction in [-1/2, 1/2), scaled by 2^64.
  f.get(product);
  f.i64.const(2);
  f.i64.shl();
  f.f64.convert_i64_s();
  f.f64.const((Math.PI / 2) * 2 ** -64);
  f.f64.mul();
  f.f32.demote_f64();
  f.get(product);
  f.i64.const(2n ** 61n);
  f.i64.add();
  f.i64.const(62);
  f.i64.shr_u();
  f.i32.wrap_i64();
  return f;
}

/** `position -> 32 binary digits of 2/pi that start there`, as i64. */
function emitTwoOverPiDigits(module: ModuleBuilder): FunctionRef {
  const word = module.func("math.twoOverPiWord", { params: ["i32"], results: ["i64"] });
  const choose = (index: number) => {
    word.i64.const(TWO_OVER_PI_WORDS[index] ?? 0);
    if (index === TWO_OVER_PI_WORDS.length - 1) return;
    choose(index + 1);
    word.get(word.param(0));
    word.i32.const(index);
    word.i32.eq();
    word.select();
  };
  choose(0);

  const f = module.func("math.twoOverPiDigits", { params: ["i32"], results: ["i64"] });
  const position = f.param(0);
  const pushWord = (offset: number) => {
    f.get(position);
    f.i32.const(5);
    f.i32.shr_u();
    f.i32.const(offset);
    f.i32.add();
    f.call(word);
  };
  pushWord(0);
  f.i64.const(32);
  f.i64.shl();
  pushWord(1);
  f.i64.or();
  f.get(position);
  f.i32.const(31);
  f.i32.and();
  f.i64.extend_i32_u();
  f.i64.shl();
  f.i64.const(32);
  f.i64.shr_u();
  return f;
}

/** Pops (r, quadrant); pushes sin(r + quadrant pi/2). */
function pushSinOfReduced(f: FunctionBuilder, quadrant: Local): void {
  f.withLocals(["v128", "v128"], (r, z) => {
    f.set(quadrant);
    f.tee(r);
    f.get(r);
    f.f32x4.mul();
    f.set(z);
    // cos(r) = (1 - z/2) + z^2 C(z)
    f.f32x4.const(1);
    f.get(z);
    f.f32x4.const(0.5);
    f.f32x4.mul();
    f.f32x4.sub();
    polynomial(f, "f32x4", z, COS_P);
    f.get(z);
    f.f32x4.mul();
    f.get(z);
    f.f32x4.mul();
    f.f32x4.add();
    // sin(r) = r + r z S(z)
    f.get(r);
    f.get(r);
    polynomial(f, "f32x4", z, SIN_P);
    f.get(z);
    f.f32x4.mul();
    f.f32x4.mul();
    f.f32x4.add();
    // Odd quadrants take the cosine; quadrants 2 and 3 change the sign.
    f.i32x4.const(0);
    f.get(quadrant);
    f.i32x4.const(1);
    f.v128.and();
    f.i32x4.sub();
    f.v128.bitselect();
    f.get(quadrant);
    f.i32.const(30);
    f.i32x4.shl();
    f.i32x4.const(SIGN_BIT);
    f.v128.and();
    f.v128.xor();
  });
}

/**
 * sin(x). sin(+-inf) = NaN, sin(-0) = -0. The sign of x is applied at the end, which keeps that of zero.
 * Measured error: 1.56 ulp; stated bound: 2 ulp, for every finite x.
 */
export function emitSin(module: ModuleBuilder, reduction: FunctionRef): FunctionRef {
  return vectorFunction(module, "math.sin", 1, (f) => {
    const quadrant = f.local("v128");
    pushAbsolute(f, f.param(0));
    f.call(reduction);
    pushSinOfReduced(f, quadrant);
    f.get(f.param(0));
    f.i32x4.const(SIGN_BIT);
    f.v128.and();
    f.v128.xor();
  });
}

/**
 * cos(x) = sin(|x| + pi/2). cos(+-inf) = NaN.
 * Measured error: 1.58 ulp; stated bound: 2 ulp, for every finite x.
 */
export function emitCos(module: ModuleBuilder, reduction: FunctionRef): FunctionRef {
  return vectorFunction(module, "math.cos", 1, (f) => {
    const quadrant = f.local("v128");
    pushAbsolute(f, f.param(0));
    f.call(reduction);
    f.i32x4.const(1);
    f.i32x4.add();
    pushSinOfReduced(f, quadrant);
  });
}
