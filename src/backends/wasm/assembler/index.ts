/** A small WebAssembly assembler. Start at `ModuleBuilder`. */
export { ByteWriter, type ValueType } from "./encoding.js";
export {
  type Bound,
  FunctionBuilder,
  type FunctionRef,
  type FunctionType,
  type Global,
  Label,
  type Local,
} from "./function-builder.js";
export { type GroupName, OPCODES } from "./instructions.js";
export {
  type FunctionOptions,
  type MemoryLimits,
  ModuleBuilder,
  type ModuleOptions,
} from "./module-builder.js";
