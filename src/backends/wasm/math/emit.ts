/** What the emitters of the vector functions share. */
import type { FunctionBuilder, FunctionRef, Local, ModuleBuilder } from "../assembler/index.js";

/** The sign bit of a float32, as an i32x4 constant. */
export const SIGN_BIT = 0x80000000 | 0;

/** Adds an internal function on vectors of four float32 to the module. */
export function vectorFunction(
  module: ModuleBuilder,
  name: string,
  arity: 1 | 2,
  body: (f: FunctionBuilder) => void,
): FunctionRef {
  const f = module.func(name, { params: arity === 1 ? ["v128"] : ["v128", "v128"], results: ["v128"] });
  body(f);
  return f;
}

/** Pushes `c[0] + c[1] x + c[2] x^2 + ...`, evaluated by Horner's rule with separate multiplications and additions. */
export function polynomial(
  f: FunctionBuilder,
  shape: "f32x4" | "f64x2",
  x: Local,
  coefficients: readonly number[],
): void {
  for (let degree = coefficients.length - 1; degree >= 0; degree--) {
    const coefficient = coefficients[degree] ?? 0;
    if (degree < coefficients.length - 1) {
      f.get(x);
      f[shape].mul();
      f[shape].const(coefficient);
      f[shape].add();
    } else {
      f[shape].const(coefficient);
    }
  }
}

/** Pushes |x| of a float32 vector. */
export function pushAbsolute(f: FunctionBuilder, x: Local): void {
  f.get(x);
  f.f32x4.abs();
}

/** Gives the float32 vector on the stack, which has no sign, the signs of `x`. */
export function copySign(f: FunctionBuilder, x: Local): void {
  f.get(x);
  f.i32x4.const(SIGN_BIT);
  f.v128.and();
  f.v128.or();
}

/** Pushes the two upper float32 of `x` as float64, or the two lower. */
export function pushPromoted(f: FunctionBuilder, x: Local, half: "low" | "high"): void {
  f.get(x);
  if (half === "high") {
    f.get(x);
    f.i8x16.shuffle([8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15]);
  }
  f.f64x2.promote_low_f32x4();
}

/** Pops two vectors whose lower halves hold two float32 each; pushes the four. */
export function joinHalves(f: FunctionBuilder): void {
  f.i8x16.shuffle([0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23]);
}
