/**
 * exp, sigmoid and tanh of four float32.
 *
 * Method (Cody and Waite, "Software Manual for the Elementary Functions", 1980, ch. 6; the splitting of Cephes'
 * expf): x = n ln 2 + r with |r| <= ln(2)/2, exp(x) = 2^n exp(r), exp(r) = 1 + r + r^2 P(r).
 * P is our minimax fit; ln 2 is taken in two parts, the first so short that its product with n is exact.
 */
import type { FunctionBuilder, FunctionRef, Local, ModuleBuilder } from "../assembler/index.js";
import { copySign, polynomial, pushAbsolute, SIGN_BIT, vectorFunction } from "./emit.js";

const LOG2_E = Math.LOG2E;
/** 355/512: nine bits. */
const LN2_HIGH = 0.693359375;
/** ln 2 - LN2_HIGH. */
const LN2_LOW = -2.121944400546906e-4;
/** 1.5 * 2^23: adding it rounds a float32 to an integer, which is then in the low bits of the sum. */
const ROUND = 12582912;
const ROUND_BITS = 0x4b400000;

/** (exp(r) - 1 - r) / r^2 on |r| <= 0.3475, relative error of exp 2^-28.2. */
const EXP_P = [
  0.4999999403953552, 0.1666652113199234, 0.04166829213500023, 0.008368715643882751, 0.0013818697771057487,
];

/** (tanh(a) - a) / a^3 as a polynomial in a^2, on a <= 0.625, relative error of tanh 2^-27.7. */
const TANH_P = [
  -0.3333328068256378, 0.1333140730857849, -0.05373678728938103, 0.020629528909921646, -0.0056943269446492195,
];
const TANH_SMALL = 0.625;

/**
 * Pushes exp(x) for x in [-104, 89] or NaN; x is a local. With `gradual`, the power of two is applied in two steps,
 * which is needed where the result may be subnormal or infinite; without, |x| must be below 87.
 */
export function pushExp(f: FunctionBuilder, x: Local, gradual: boolean): void {
  f.withLocals(["v128", "v128"], (t, r) => {
    f.get(x);
    f.f32x4.const(LOG2_E);
    f.f32x4.mul();
    f.f32x4.const(ROUND);
    f.f32x4.add();
    f.set(t);
    // r = x - n * LN2_HIGH - n * LN2_LOW, where n = t - ROUND
    f.get(x);
    f.get(t);
    f.f32x4.const(ROUND);
    f.f32x4.sub();
    f.tee(r);
    f.f32x4.const(LN2_HIGH);
    f.f32x4.mul();
    f.f32x4.sub();
    f.get(r);
    f.f32x4.const(LN2_LOW);
    f.f32x4.mul();
    f.f32x4.sub();
    f.set(r);
    // 1 + (r + r * (r * P(r)))
    f.f32x4.const(1);
    f.get(r);
    polynomial(f, "f32x4", r, EXP_P);
    f.get(r);
    f.f32x4.mul();
    f.get(r);
    f.f32x4.mul();
    f.f32x4.add();
    f.f32x4.add();
    if (gradual) {
      // n = n1 + n2 with n1 = n >> 1: neither 2^n1 nor 2^n2 leaves the normal range, and only the last product rounds.
      f.get(t);
      f.i32x4.const(ROUND_BITS);
      f.i32x4.sub();
      f.tee(t);
      f.i32.const(1);
      f.i32x4.shr_s();
      f.set(r);
      pushPowerOfTwo(f, () => f.get(r));
      f.f32x4.mul();
      pushPowerOfTwo(f, () => {
        f.get(t);
        f.get(r);
        f.i32x4.sub();
      });
    } else {
      pushPowerOfTwo(f, () => f.get(t));
    }
    f.f32x4.mul();
  });
}

/** Pushes 2^n for the integers in the low bits of the pushed vector: n goes into the exponent's place. */
function pushPowerOfTwo(f: FunctionBuilder, pushInteger: () => void): void {
  pushInteger();
  f.i32.const(23);
  f.i32x4.shl();
  f.i32x4.const(0x3f800000);
  f.i32x4.add();
}

/**
 * exp(x). Measured error: 1.00 ulp; stated bound: 1.5 ulp. Subnormal results are not flushed.
 * exp(-inf) = 0, exp(inf) = inf, exp(NaN) = NaN, overflow gives inf.
 */
export function emitExp(module: ModuleBuilder): FunctionRef {
  return vectorFunction(module, "math.exp", 1, (f) => {
    const x = f.param(0);
    f.get(x);
    // pmin and pmax keep a NaN in their first operand, and are one machine instruction each.
    f.f32x4.const(89);
    f.f32x4.pmin();
    f.f32x4.const(-104);
    f.f32x4.pmax();
    f.set(x);
    pushExp(f, x, true);
  });
}

/**
 * 1 / (1 + exp(-x)), computed as e / (1 + e) for x < 0 and 1 / (1 + e) otherwise, where e = exp(-|x|), so that
 * neither side loses digits or overflows. Measured error: 2.41 ulp; stated bound: 2.5 ulp, subnormal results
 * included. sigmoid(-inf) = 0, sigmoid(inf) = 1, sigmoid(NaN) = NaN.
 */
export function emitSigmoid(module: ModuleBuilder): FunctionRef {
  return vectorFunction(module, "math.sigmoid", 1, (f) => {
    const x = f.param(0);
    const e = f.local("v128");
    f.get(x);
    f.i32x4.const(SIGN_BIT);
    f.v128.or();
    f.f32x4.const(-104);
    f.f32x4.pmax();
    f.set(e);
    pushExp(f, e, true);
    f.set(e);
    f.get(e);
    f.f32x4.const(1);
    f.get(x);
    f.f32x4.const(0);
    f.f32x4.lt();
    f.v128.bitselect();
    f.get(e);
    f.f32x4.const(1);
    f.f32x4.add();
    f.f32x4.div();
  });
}

/**
 * tanh(x): a + a^3 P(a^2) for a = |x| < 0.625, otherwise 1 - 2 / (exp(2a) + 1), with the sign of x.
 * Measured error: 1.34 ulp; stated bound: 2.5 ulp. tanh(+-inf) = +-1, tanh(-0) = -0, tanh(NaN) = NaN.
 */
export function emitTanh(module: ModuleBuilder): FunctionRef {
  return vectorFunction(module, "math.tanh", 1, (f) => {
    const x = f.param(0);
    const [a, z] = [f.local("v128"), f.local("v128")];
    pushAbsolute(f, x);
    f.tee(a);
    f.get(a);
    f.f32x4.mul();
    f.set(z);
    f.get(a);
    f.get(a);
    polynomial(f, "f32x4", z, TANH_P);
    f.get(z);
    f.f32x4.mul();
    f.f32x4.mul();
    f.f32x4.add();
    // From a = 9.02 on, tanh rounds to 1.
    f.get(a);
    f.get(a);
    f.f32x4.add();
    f.f32x4.const(20);
    f.f32x4.pmin();
    f.set(z);
    f.f32x4.const(1);
    f.f32x4.const(2);
    pushExp(f, z, false);
    f.f32x4.const(1);
    f.f32x4.add();
    f.f32x4.div();
    f.f32x4.sub();
    f.get(a);
    f.f32x4.const(TANH_SMALL);
    f.f32x4.lt();
    f.v128.bitselect();
    copySign(f, x);
  });
}
