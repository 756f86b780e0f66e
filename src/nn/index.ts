/** Layers and initializers: the namespace `nn`. */
export {
  Activation,
  elu,
  gelu,
  leakyRelu,
  relu,
  sigmoid,
  silu,
  softmax,
  softplus,
  tanh,
} from "./activations.js";
export { BatchNorm, type BatchNormOptions, batchNorm } from "./batch-norm.js";
export type { BuildContext, ParameterOptions } from "./build-context.js";
export { Conv, type ConvOptions, conv1d, conv2d, conv3d } from "./conv.js";
export { Dense, type DenseOptions, dense } from "./dense.js";
export { Dropout, dropout } from "./dropout.js";
export { Flatten, flatten } from "./flatten.js";
export type { Initializer } from "./init.js";
export * as init from "./init.js";
export { type ForwardOptions, type LayerDescription, Module } from "./module.js";
export {
  AveragePool,
  averagePool1d,
  averagePool2d,
  averagePool3d,
  GlobalAveragePool,
  globalAveragePool,
  MaxPool,
  maxPool1d,
  maxPool2d,
  maxPool3d,
  type PoolLayerOptions,
} from "./pool.js";
export {
  type LayerWindow,
  type Reach,
  type ReachStep,
  type ReceptiveField,
  receptiveFields,
} from "./receptive-field.js";
export { Sequential, sequential } from "./sequential.js";
