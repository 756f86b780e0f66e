/** The public surface of Gradus. Whatever is not exported here may change without notice. */
import "./runtime/realize.js"; // so that values can be read whatever is imported

export {
  type Differentiable,
  type GradientEntry,
  type GradientReport,
  type Gradients,
  type GradOptions,
  grad,
  hessian,
  hessianVectorProduct,
  jacobian,
  jvp,
  stopGradient,
  valueAndGrad,
  vjp,
} from "./autodiff/index.js";
export type { Backend, ProgramStatistics } from "./backends/backend.js";
export * as data from "./data/index.js";
export { type CheckGradientsOptions, checkGradients } from "./inspect/check-gradients.js";
export * as inspect from "./inspect/index.js";
export * as io from "./io/index.js";
export * as losses from "./losses/index.js";
export * as models from "./models/index.js";
export * as nn from "./nn/index.js";
export * as optim from "./optim/index.js";
export * as random from "./random/index.js";
export { type Compiled, type CompileOptions, compile } from "./runtime/compile.js";
export { type BackendName, type DeviceOptions, device, useDevice } from "./runtime/device.js";
export { type ScanBody, type ScanOptions, type ScanResults, scan } from "./runtime/scan.js";
export type { Structure } from "./runtime/structure.js";
export { Variable, type VariableOptions } from "./runtime/variable.js";
export type { DType, TypedArray } from "./shape/dtype.js";
export { type Shape, ShapeError } from "./shape/shape.js";
export {
  arange,
  concatenate,
  einsum,
  eye,
  full,
  linspace,
  oneHot,
  ones,
  onesLike,
  scalar,
  stack,
  type TensorOptions,
  tensor,
  where,
  zeros,
  zerosLike,
} from "./tensor/creation.js";
export { type Nested, Tensor, type TensorLike } from "./tensor/tensor.js";
export * as train from "./train/index.js";
