/**
 * Elementary functions on vectors of four float32, as functions of a WebAssembly module. Results are the same on
 * every machine: only operations that IEEE 754 defines exactly are used. Errors are measured by the tests over all
 * exponents and stated in `docs/math-accuracy.md`. For a scalar, splat it and take lane 0.
 */
import type { FunctionRef, ModuleBuilder } from "../assembler/index.js";
import { emitErf } from "./error-function.js";
import { emitExp, emitSigmoid, emitTanh } from "./exponential.js";
import { emitLog } from "./logarithm.js";
import { emitPow } from "./power.js";
import { emitRemainder, emitSign } from "./remainder.js";
import { emitCos, emitSin, emitTrigonometricReduction } from "./trigonometric.js";

export {
  emitCos,
  emitErf,
  emitExp,
  emitLog,
  emitPow,
  emitRemainder,
  emitSigmoid,
  emitSign,
  emitSin,
  emitTanh,
  emitTrigonometricReduction,
};

export type UnaryMathName = "exp" | "log" | "tanh" | "sigmoid" | "erf" | "sin" | "cos" | "sign";
export type BinaryMathName = "pow" | "remainder";
export type MathName = UnaryMathName | BinaryMathName;

/** The functions of one module: unary ones are v128 -> v128, `pow` and `remainder` (v128, v128) -> v128. */
export type MathFunctions = { readonly [Name in MathName]: FunctionRef };

const byModule = new WeakMap<ModuleBuilder, MathFunctions>();

/** The elementary functions of a module. Each is added to it when it is first read, and only then. */
export function mathFunctions(module: ModuleBuilder): MathFunctions {
  const known = byModule.get(module);
  if (known !== undefined) return known;
  const added = new Map<string, FunctionRef>();
  const once = (name: string, emit: (module: ModuleBuilder) => FunctionRef): FunctionRef => {
    const reference = added.get(name) ?? emit(module);
    added.set(name, reference);
    return reference;
  };
  const reduction = () => once("reduction", emitTrigonometricReduction);
  const functions: MathFunctions = {
    get exp() {
      return once("exp", emitExp);
    },
    get log() {
      return once("log", emitLog);
    },
    get tanh() {
      return once("tanh", emitTanh);
    },
    get sigmoid() {
      return once("sigmoid", emitSigmoid);
    },
    get erf() {
      return once("erf", emitErf);
    },
    get sin() {
      return once("sin", () => emitSin(module, reduction()));
    },
    get cos() {
      return once("cos", () => emitCos(module, reduction()));
    },
    get sign() {
      return once("sign", emitSign);
    },
    get pow() {
      return once("pow", emitPow);
    },
    get remainder() {
      return once("remainder", emitRemainder);
    },
  };
  byModule.set(module, functions);
  return functions;
}
