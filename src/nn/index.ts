/** Layers and initializers: the namespace `nn`. */
import "../runtime/realize.js"; // so that values can be read wherever only this is imported

export {
  Activation,
  type ActivationOptions,
  elu,
  gelu,
  hardSigmoid,
  hardSwish,
  hardTanh,
  leakyRelu,
  logSigmoid,
  mish,
  relu,
  relu6,
  selu,
  sigmoid,
  silu,
  softmax,
  softplus,
  softsign,
  step,
  tanh,
} from "./activations.js";
export {
  AdaptiveAveragePool,
  adaptiveAveragePool1d,
  adaptiveAveragePool2d,
  adaptiveAveragePool3d,
} from "./adaptive-pool.js";
export { BatchNorm, type BatchNormOptions, batchNorm } from "./batch-norm.js";
export { Bidirectional, bidirectional } from "./bidirectional.js";
export { Parallel, parallel, Residual, residual } from "./branches.js";
export type { BuildContext, ParameterOptions } from "./build-context.js";
export {
  ChannelAveragePool,
  ChannelLpPool,
  ChannelMaxPool,
  type ChannelPoolOptions,
  channelAveragePool,
  channelLpPool,
  channelMaxPool,
  Maxout,
  maxout,
} from "./channel-pool.js";
export { ConnectedConv, type ConnectionTable, connectedConv2d } from "./connected-conv.js";
export { Conv, type ConvOptions, conv, conv1d, conv2d, conv3d } from "./conv.js";
export { ConvLayer, type ConvLayerOptions } from "./conv-layer.js";
export {
  ConvTranspose,
  type ConvTransposeOptions,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
} from "./conv-transpose.js";
export { Dense, type DenseOptions, dense } from "./dense.js";
export {
  DepthwiseConv,
  type DepthwiseConvOptions,
  depthwiseConv1d,
  depthwiseConv2d,
  depthwiseConv3d,
  separableConv2d,
} from "./depthwise-conv.js";
export {
  Dropout,
  dropout,
  GaussianDropout,
  gaussianDropout,
  SpatialDropout,
  spatialDropout,
} from "./dropout.js";
export { Embedding, type EmbeddingOptions, embedding } from "./embedding.js";
export { Ensemble, ensemble } from "./ensemble.js";
export { Flatten, flatten } from "./flatten.js";
export { toFullyConvolutional } from "./fully-convolutional.js";
export {
  GlobalAveragePool,
  GlobalLpPool,
  GlobalMaxPool,
  globalAveragePool,
  globalLpPool,
  globalMaxPool,
} from "./global-pool.js";
export { GroupNorm, groupNorm } from "./group-norm.js";
export { Gru, gru } from "./gru.js";
export type { Initializer } from "./init.js";
export * as init from "./init.js";
export { InstanceNorm, type InstanceNormOptions, instanceNorm } from "./instance-norm.js";
export { ChannelNorm, channelNorm, LayerNorm, type LayerNormOptions, layerNorm } from "./layer-norm.js";
export {
  LocalContrastNorm,
  type LocalContrastNormOptions,
  localContrastNorm,
} from "./local-contrast-norm.js";
export {
  LocalResponseNorm,
  type LocalResponseNormOptions,
  localResponseNorm,
} from "./local-response-norm.js";
export { LocallyConnected, locallyConnected1d, locallyConnected2d } from "./locally-connected.js";
export { Lstm, type LstmState, lstm } from "./lstm.js";
export { type ForwardOptions, type LayerDescription, Module } from "./module.js";
export type { NormalizationOptions } from "./normalization.js";
export { type Cells, Pad, pad } from "./pad.js";
export {
  AveragePool,
  type AveragePoolLayerOptions,
  averagePool1d,
  averagePool2d,
  averagePool3d,
  LpPool,
  lpPool1d,
  lpPool2d,
  lpPool3d,
  MaxPool,
  maxPool1d,
  maxPool2d,
  maxPool3d,
  type PoolLayerOptions,
} from "./pool.js";
export { PRelu, type PReluOptions, prelu } from "./prelu.js";
export { Rbm, type RbmOptions, rbm } from "./rbm.js";
export {
  type LayerWindow,
  type Reach,
  type ReachStep,
  type ReceptiveField,
  receptiveFields,
} from "./receptive-field.js";
export { Recurrent, type RecurrentOptions } from "./recurrent.js";
export { Rnn, type RnnOptions, rnn } from "./rnn.js";
export { Sequential, sequential } from "./sequential.js";
export { type Forest, packTrees, recurse, type TreeNode } from "./tree.js";
export { TreeLstm, treeLstm } from "./tree-lstm.js";
export { Upsample, upsample } from "./upsample.js";
