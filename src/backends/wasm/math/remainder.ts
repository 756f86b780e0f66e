/** The remainder of the division of four float32, and the sign. */
import type { FunctionBuilder, FunctionRef, Local, ModuleBuilder } from "../assembler/index.js";
import { copySign, joinHalves, pushAbsolute, pushPromoted, vectorFunction } from "./emit.js";

/** Keeps the 28 leading bits of a float64. */
const LEADING_BITS = -(1n << 25n);

/**
 * x - y trunc(x / y), exact, with the sign of x: JavaScript's `%`, C's fmod. NaN for infinite x or zero y; x for
 * infinite y. In float64 a quotient of at most 28 bits times y (24 bits) is exact, so each turn takes 28 bits off
 * the quotient; one turn does for |x / y| < 2^28.
 */
export function emitRemainder(module: ModuleBuilder): FunctionRef {
  return vectorFunction(module, "math.remainder", 2, (f) => {
    const [x, y] = [f.param(0), f.param(1)];
    const divisor = f.local("v128");
    const dividend = f.local("v128");
    pushAbsolute(f, x);
    f.set(dividend);
    pushAbsolute(f, y);
    f.set(divisor);
    pushRemainderHalf(f, dividend, divisor, "low");
    pushRemainderHalf(f, dividend, divisor, "high");
    joinHalves(f);
    f.get(y);
    f.get(y);
    f.f32x4.ne();
    f.v128.or();
    copySign(f, x);
  });
}

/** Pushes the remainders of two lanes as float32, for x, y >= 0. */
function pushRemainderHalf(f: FunctionBuilder, x: Local, y: Local, half: "low" | "high"): void {
  f.withLocals(["v128", "v128", "v128", "v128"], (rest, divisor, next, active) => {
    pushPromoted(f, x, half);
    f.set(rest);
    pushPromoted(f, y, half);
    f.set(divisor);
    f.loop((again) => {
      f.get(rest);
      f.get(divisor);
      f.f64x2.ge();
      f.tee(active);
      f.v128.any_true();
      f.if(() => {
        f.get(rest);
        f.get(rest);
        f.get(divisor);
        f.f64x2.div();
        f.f64x2.trunc();
        f.i64x2.const(LEADING_BITS);
        f.v128.and();
        f.get(divisor);
        f.f64x2.mul();
        f.f64x2.sub();
        f.tee(next);
        // A quotient that was rounded up left a negative rest.
        f.get(divisor);
        f.get(next);
        f.f64x2.const(0);
        f.f64x2.lt();
        f.v128.and();
        f.f64x2.add();
        f.get(rest);
        f.get(active);
        f.v128.bitselect();
        f.set(rest);
        f.br(again);
      });
    });
    f.get(rest);
    f.f32x4.demote_f64x2_zero();
  });
}

/** The sign of x: 1, -1, or x itself for zeros and NaN. */
export function emitSign(module: ModuleBuilder): FunctionRef {
  return vectorFunction(module, "math.sign", 1, (f) => {
    const x = f.param(0);
    f.f32x4.const(1);
    copySign(f, x);
    f.get(x);
    pushAbsolute(f, x);
    f.f32x4.const(0);
    f.f32x4.gt();
    f.v128.bitselect();
  });
}
