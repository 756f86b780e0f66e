import type { Expression, ScalarOp } from "../../../compile/kernel.js";
import type { FunctionBuilder, ModuleBuilder } from "../assembler/index.js";
import { mathFunctions } from "../math/index.js";

type Apply = Extract<Expression, { kind: "apply" }>;

/**
 * How each elementwise operation works on vectors of four. Operands are on the stack. Bools are masks (all ones or all
 * zeros) while in registers.
 */
export type EmitOp = (f: FunctionBuilder, module: ModuleBuilder, expression: Apply) => void;

const isFloat = (expression: Apply) => expression.inputs[0]!.dtype === "float32";

export const scalarOps: { readonly [K in ScalarOp]: EmitOp } = {
  negate: (f, _, e) => (isFloat(e) ? f.f32x4.neg() : f.i32x4.neg()),
  exp: (f, module) => f.call(mathFunctions(module).exp),
  log: (f, module) => f.call(mathFunctions(module).log),
  sin: (f, module) => f.call(mathFunctions(module).sin),
  cos: (f, module) => f.call(mathFunctions(module).cos),
  tanh: (f, module) => f.call(mathFunctions(module).tanh),
  sigmoid: (f, module) => f.call(mathFunctions(module).sigmoid),
  sqrt: (f) => f.f32x4.sqrt(),
  reciprocal(f) {
    f.withLocals(["v128"], (x) => {
      f.set(x);
      f.f32x4.const(1);
      f.get(x);
      f.f32x4.div();
    });
  },
  floor: (f) => f.f32x4.floor(),
  abs: (f, _, e) => (isFloat(e) ? f.f32x4.abs() : f.i32x4.abs()),
  sign(f, module, e) {
    if (isFloat(e)) return f.call(mathFunctions(module).sign);
    // (x > 0) - (x < 0), with masks that are -1.
    f.withLocals(["v128"], (x) => {
      f.set(x);
      f.get(x);
      f.i32x4.const(0);
      f.i32x4.lt_s();
      f.get(x);
      f.i32x4.const(0);
      f.i32x4.gt_s();
      f.i32x4.sub();
    });
  },
  erf: (f, module) => f.call(mathFunctions(module).erf),
  cast: emitCast,
  not: (f) => f.v128.not(),
  add: (f, _, e) => (isFloat(e) ? f.f32x4.add() : f.i32x4.add()),
  subtract: (f, _, e) => (isFloat(e) ? f.f32x4.sub() : f.i32x4.sub()),
  multiply: (f, _, e) => (isFloat(e) ? f.f32x4.mul() : f.i32x4.mul()),
  divide: (f, _, e) => (isFloat(e) ? f.f32x4.div() : perLaneInteger(f, "div_s")),
  maximum: (f, _, e) => (isFloat(e) ? f.f32x4.max() : f.i32x4.max_s()),
  minimum: (f, _, e) => (isFloat(e) ? f.f32x4.min() : f.i32x4.min_s()),
  power: (f, module) => f.call(mathFunctions(module).pow),
  remainder: (f, module, e) =>
    isFloat(e) ? f.call(mathFunctions(module).remainder) : perLaneInteger(f, "rem_s"),
  compare: emitCompare,
  and: (f) => f.v128.and(),
  or: (f) => f.v128.or(),
  where(f) {
    f.withLocals(["v128", "v128"], (a, b) => {
      f.set(b);
      f.set(a);
      f.withLocals(["v128"], (mask) => {
        f.set(mask);
        f.get(a);
        f.get(b);
        f.get(mask);
        f.v128.bitselect();
      });
    });
  },
};

function emitCast(f: FunctionBuilder, _: ModuleBuilder, e: Apply): void {
  const from = e.inputs[0]!.dtype;
  if (from === e.dtype) return;
  if (from === "bool") {
    if (e.dtype === "int32") f.i32x4.const(1);
    else f.f32x4.const(1);
    f.v128.and();
  } else if (e.dtype === "bool") {
    if (from === "float32") {
      f.f32x4.const(0);
      f.f32x4.ne();
    } else {
      f.i32x4.const(0);
      f.i32x4.ne();
    }
  } else if (e.dtype === "int32") f.i32x4.trunc_sat_f32x4_s();
  else f.f32x4.convert_i32x4_s();
}

const FLOAT_COMPARISON = {
  equal: "eq",
  notEqual: "ne",
  less: "lt",
  lessEqual: "le",
  greater: "gt",
  greaterEqual: "ge",
} as const;
const INTEGER_COMPARISON = {
  equal: "eq",
  notEqual: "ne",
  less: "lt_s",
  lessEqual: "le_s",
  greater: "gt_s",
  greaterEqual: "ge_s",
} as const;
/** Masks of bools compare as 0 and -1, which reverses their order. */
const MASK_COMPARISON = {
  ...INTEGER_COMPARISON,
  less: "gt_s",
  lessEqual: "ge_s",
  greater: "lt_s",
  greaterEqual: "le_s",
} as const;

function emitCompare(f: FunctionBuilder, _: ModuleBuilder, e: Apply): void {
  const comparison = e.comparison!;
  if (isFloat(e)) f.f32x4[FLOAT_COMPARISON[comparison]]();
  else f.i32x4[(e.inputs[0]!.dtype === "bool" ? MASK_COMPARISON : INTEGER_COMPARISON)[comparison]]();
}

/** Integer division has no vector form: lane by lane, 0 where the divisor is 0, wrapping where the quotient overflows. */
function perLaneInteger(f: FunctionBuilder, op: "div_s" | "rem_s"): void {
  f.withLocals(["v128", "v128", "v128", "i32"], (a, b, result, divisor) => {
    f.set(b);
    f.set(a);
    f.i32x4.const(0);
    f.set(result);
    for (let lane = 0; lane < 4; lane++) {
      f.get(b);
      f.i32x4.extract_lane(lane);
      f.tee(divisor);
      f.if(() => {
        f.get(result);
        // i32.div_s traps on -2^31 / -1, so division by -1 is negation.
        f.get(divisor);
        f.i32.const(-1);
        f.i32.eq();
        f.if(() => {
          f.i32.const(0);
          if (op === "div_s") {
            f.get(a);
            f.i32x4.extract_lane(lane);
            f.i32.sub();
          }
        }, () => {
          f.get(a);
          f.i32x4.extract_lane(lane);
          f.get(divisor);
          f.i32[op]();
        }, ["i32"]);
        f.i32x4.replace_lane(lane);
        f.set(result);
      });
    }
    f.get(result);
  });
}
