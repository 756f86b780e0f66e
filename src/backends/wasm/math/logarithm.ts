/** log of four float32. */
import type { FunctionRef, ModuleBuilder } from "../assembler/index.js";
import { polynomial, vectorFunction } from "./emit.js";

/** (log(1 + f) - f + f^2/2) / f^3 on sqrt(1/2) - 1 <= f <= sqrt(2) - 1, relative error of log 2^-27.3. */
const LOG_P = [
  0.3333333134651184, -0.250008225440979, 0.20001250505447388, -0.1662331521511078, 0.14201273024082184,
  -0.13160189986228943, 0.12764762341976166, -0.07638184726238251,
];
const SQRT_HALF_BITS = 0x3f3504f3;
const MANTISSA = 0x007fffff;
const LN2_HIGH = 0.693359375;
const LN2_LOW = -2.121944400546906e-4;
const SMALLEST_NORMAL = 1.1754943508222875e-38;

/**
 * log(x), natural. Method of Cephes' logf: x = 2^e m with sqrt(1/2) <= m < sqrt(2), f = m - 1,
 * log(x) = e ln 2 + f - f^2/2 + f^3 P(f); P is our minimax fit. Subnormal x are scaled by 2^23 first.
 * Measured error: 0.85 ulp; stated bound: 1.5 ulp.
 * log(0) = -inf (both zeros), log(x < 0) = NaN, log(inf) = inf, log(NaN) = NaN.
 */
export function emitLog(module: ModuleBuilder): FunctionRef {
  return vectorFunction(module, "math.log", 1, (f) => {
    const x = f.param(0);
    const [scaled, mask, e, m] = [f.local("v128"), f.local("v128"), f.local("v128"), f.local("v128")];
    f.get(x);
    f.f32x4.const(2 ** 23);
    f.f32x4.mul();
    f.get(x);
    f.get(x);
    f.f32x4.const(SMALLEST_NORMAL);
    f.f32x4.lt();
    f.tee(mask);
    f.v128.bitselect();
    // The bits above those of sqrt(1/2): the exponent e on top, the mantissa's distance below.
    f.i32x4.const(SQRT_HALF_BITS);
    f.i32x4.sub();
    f.set(scaled);
    f.get(scaled);
    f.i32.const(23);
    f.i32x4.shr_s();
    f.f32x4.convert_i32x4_s();
    f.get(mask);
    f.f32x4.const(23);
    f.v128.and();
    f.f32x4.sub();
    f.set(e);
    f.get(scaled);
    f.i32x4.const(MANTISSA);
    f.v128.and();
    f.i32x4.const(SQRT_HALF_BITS);
    f.i32x4.add();
    f.f32x4.const(1);
    f.f32x4.sub();
    f.set(m);

    // e LN2_HIGH + (f + (f^3 P + (e LN2_LOW - f^2/2))): the small terms are added first.
    const square = scaled;
    f.get(m);
    f.get(m);
    f.f32x4.mul();
    f.set(square);
    polynomial(f, "f32x4", m, LOG_P);
    f.get(m);
    f.f32x4.mul();
    f.get(square);
    f.f32x4.mul();
    f.get(e);
    f.f32x4.const(LN2_LOW);
    f.f32x4.mul();
    f.f32x4.add();
    f.get(square);
    f.f32x4.const(0.5);
    f.f32x4.mul();
    f.f32x4.sub();
    f.get(m);
    f.f32x4.add();
    f.get(e);
    f.f32x4.const(LN2_HIGH);
    f.f32x4.mul();
    f.f32x4.add();
    f.set(m);

    // The special values: x itself for inf and NaN, all ones (a NaN) for x < 0, -inf for the zeros.
    f.get(m);
    f.f32x4.const(Number.NEGATIVE_INFINITY);
    f.get(x);
    f.get(x);
    f.f32x4.const(0);
    f.f32x4.lt();
    f.v128.or();
    f.get(x);
    f.f32x4.const(0);
    f.f32x4.eq();
    f.v128.bitselect();
    f.get(x);
    f.f32x4.const(0);
    f.f32x4.gt();
    f.get(x);
    f.f32x4.const(Number.POSITIVE_INFINITY);
    f.f32x4.lt();
    f.v128.and();
    f.v128.bitselect();
  });
}
