/** erf of four float32. */
import type { FunctionRef, ModuleBuilder } from "../assembler/index.js";
import { copySign, polynomial, pushAbsolute, vectorFunction } from "./emit.js";
import { pushExp } from "./exponential.js";

/** erf(a) / a - 1 as a polynomial in a^2, on a <= 0.93, relative error of erf 2^-30. */
const ERF_SMALL = [
  0.12837916612625122, -0.3761262893676758, 0.11283625662326813, -0.02685573138296604, 0.005192405078560114,
  -0.0008049769676290452, 0.00007996649947017431,
];
/** -log(1 - erf(a)) on 0.92 <= a <= 4, absolute error of erf 2^-29.3. */
const ERF_LARGE = [
  0.0002070177288260311, 1.1276273727416992, 0.6372658014297485, 0.10385630279779434, -0.022189710289239883,
  0.0030336615163832903, -0.0001949413272086531,
];
const SPLIT = 0.925;

/**
 * erf(x) = 2/sqrt(pi) * integral of exp(-t^2) from 0 to x: with a = |x|, a + a P(a^2) below 0.925, otherwise
 * 1 - exp(-Q(a)), with the sign of x; P and Q are our minimax fits. Splitting so follows the shape of erf: an odd
 * series near zero, 1 minus something that decays fast further out, whose error is then small against 1.
 * Measured error: 1.14 ulp; stated bound: 3 ulp. erf(+-inf) = +-1, erf(-0) = -0, erf(NaN) = NaN.
 */
export function emitErf(module: ModuleBuilder): FunctionRef {
  return vectorFunction(module, "math.erf", 1, (f) => {
    const x = f.param(0);
    const [a, z] = [f.local("v128"), f.local("v128")];
    pushAbsolute(f, x);
    f.tee(a);
    f.get(a);
    f.f32x4.mul();
    f.set(z);
    f.get(a);
    f.get(a);
    polynomial(f, "f32x4", z, ERF_SMALL);
    f.f32x4.mul();
    f.f32x4.add();
    // From a = 3.92 on, erf rounds to 1.
    f.get(a);
    f.f32x4.const(4);
    f.f32x4.pmin();
    f.set(z);
    polynomial(f, "f32x4", z, ERF_LARGE);
    f.f32x4.neg();
    f.set(z);
    f.f32x4.const(1);
    pushExp(f, z, false);
    f.f32x4.sub();
    f.get(a);
    f.f32x4.const(SPLIT);
    f.f32x4.lt();
    f.v128.bitselect();
    copySign(f, x);
  });
}
