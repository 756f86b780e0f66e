/** Compiling and running modules in tests. */
import {
  type FunctionBuilder,
  ModuleBuilder,
  type ValueType,
} from "../../../src/backends/wasm/assembler/index.js";
import { OperandCheck } from "../../../src/backends/wasm/assembler/operand-check.js";

export type Exported = (...values: number[]) => number;

/** Compiles a module and returns its exports as functions of numbers, with a memory of one page. */
export function instantiate(
  module: ModuleBuilder,
  imports: WebAssembly.ModuleImports = {},
): Record<string, Exported> {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.finish()), { env: imports });
  return instance.exports as Record<string, Exported>;
}

/** One exported function `run`, with its memory as views. */
export function single(
  params: readonly ValueType[],
  results: readonly ValueType[],
  body: (f: FunctionBuilder, module: ModuleBuilder) => void,
  shared = false,
) {
  const module = new ModuleBuilder({ check: OperandCheck });
  module.importMemory("env", "memory", { minimum: 1, maximum: 1, shared });
  body(module.func("run", { params, results, export: true }), module);
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared });
  const run = instantiate(module, { memory }).run!;
  return {
    run,
    f32: new Float32Array(memory.buffer),
    f64: new Float64Array(memory.buffer),
    i32: new Int32Array(memory.buffer),
  };
}
