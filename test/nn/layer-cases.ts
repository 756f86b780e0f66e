import * as nn from "../../src/nn/index.js";
import layerFixtures from "../fixtures/layers.json" with { type: "json" };
import moreFixtures from "../fixtures/layers-more.json" with { type: "json" };
import type { LayerFixture } from "../support/layer-fixture.js";

/** The layer of each fixture in layers.json and layers-more.json. */
export const layers: Readonly<Record<string, () => nn.Module>> = {
  conv1d: () => nn.conv1d(3, 3, { stride: 2, padding: 1, dilation: 2 }),
  conv2d: () => nn.conv2d(3, [3, 2]),
  conv2dSame: () => nn.conv2d(2, 4, { padding: "same" }),
  conv2dGroups: () => nn.conv2d(4, 3, { stride: [2, 1], padding: [1, 2], groups: 2, bias: false }),
  conv2dUnequalPadding: () => nn.conv2d(2, 3, { padding: [[1, 0], [0, 2]] }), // biome-ignore format: one row
  conv3d: () => nn.conv3d(2, 2, { padding: 1, stride: 2 }),
  dense: () => nn.dense(3),
  denseNoBias: () => nn.dense(2, { bias: false }),
  flatten: () => nn.flatten(),
  relu: () => nn.relu(),
  sigmoid: () => nn.sigmoid(),
  tanh: () => nn.tanh(),
  leakyRelu: () => nn.leakyRelu(0.125),
  elu: () => nn.elu(0.75),
  gelu: () => nn.gelu(),
  geluTanh: () => nn.gelu("tanh"),
  silu: () => nn.silu(),
  softplus: () => nn.softplus(),
  softmax: () => nn.softmax(),
  maxPool1d: () => nn.maxPool1d(3, { stride: 2, padding: 1 }),
  maxPool2d: () => nn.maxPool2d(2),
  maxPool2dOverlapping: () => nn.maxPool2d([3, 2], { stride: [2, 1] }),
  maxPool3d: () => nn.maxPool3d(2),
  averagePool1d: () => nn.averagePool1d(3),
  averagePool2d: () => nn.averagePool2d(3, { stride: 2, padding: 1 }),
  averagePool3d: () => nn.averagePool3d(2),
  globalAveragePool: () => nn.globalAveragePool(),
  batchNormTraining: () => nn.batchNorm(),
  batchNormInference: () => nn.batchNorm(),
  batchNormFlat: () => nn.batchNorm({ epsilon: 0.001, momentum: 0.25 }),
  batchNormPlain: () => nn.batchNorm({ affine: false }),
  network: () =>
    nn.sequential([
      nn.conv2d(2, 3, { padding: "same" }),
      nn.relu(),
      nn.maxPool2d(2),
      nn.sequential([nn.conv2d(3, 2), nn.tanh()]),
      nn.flatten(),
      nn.dense(3),
    ]),

  // transfer functions
  step: () => nn.step(),
  stepKinks: () => nn.step(),
  relu6: () => nn.relu6(),
  relu6Kinks: () => nn.relu6(),
  selu: () => nn.selu(),
  seluKinks: () => nn.selu(),
  logSigmoid: () => nn.logSigmoid(),
  logSigmoidKinks: () => nn.logSigmoid(),
  softsign: () => nn.softsign(),
  softsignKinks: () => nn.softsign(),
  mish: () => nn.mish(),
  hardTanh: () => nn.hardTanh(-0.5, 0.75),
  hardTanhKinks: () => nn.hardTanh(-0.5, 0.75),
  hardSigmoid: () => nn.hardSigmoid(),
  hardSigmoidKinks: () => nn.hardSigmoid(),
  hardSwish: () => nn.hardSwish(),
  hardSwishKinks: () => nn.hardSwish(),
  reluKinks: () => nn.relu(),
  leakyReluKinks: () => nn.leakyRelu(0.125),
  eluKinks: () => nn.elu(0.75),
  prelu: () => nn.prelu(),
  preluKinks: () => nn.prelu(),
  preluPerChannel: () => nn.prelu({ perChannel: true }),
  preluFlat: () => nn.prelu({ perChannel: true }),
  maxout: () => nn.maxout(3),
  maxoutFlat: () => nn.maxout(2),

  // convolution
  conv2dEverything: () =>
    nn.conv2d(4, [3, 2], { stride: [2, 1], padding: [[0, 3], [2, 1]], dilation: [1, 2], groups: 2 }), // biome-ignore format: one row
  conv4d: () => nn.conv(4, 2, [3, 2, 1, 2], { stride: [2, 1, 1, 1], padding: [1, 0, 0, 0] }),
  convTranspose1d: () => nn.convTranspose1d(3, 3),
  convTranspose1dStride: () => nn.convTranspose1d(2, 2, { stride: 3, outputPadding: 2, bias: false }),
  convTranspose2d: () => nn.convTranspose2d(3, 3, { stride: 2, padding: 1, outputPadding: 1 }),
  convTranspose2dGroups: () =>
    nn.convTranspose2d(2, [2, 3], { stride: [1, 2], padding: [0, 2], dilation: [2, 1], groups: 2 }),
  convTranspose3d: () => nn.convTranspose3d(1, 2, { stride: [2, 1, 2] }),
  convTranspose2dSame3: () => nn.convTranspose2d(2, 3, { stride: 2, padding: "same" }),
  convTranspose2dSame4: () => nn.convTranspose2d(2, 4, { stride: 2, padding: "same" }),
  convTranspose2dUnequal: () => nn.convTranspose2d(1, 4, { stride: 2, padding: [[2, 1], [2, 1]] }), // biome-ignore format: one row
  depthwiseConv1d: () => nn.depthwiseConv1d(3),
  depthwiseConv2d: () => nn.depthwiseConv2d(3, { multiplier: 2, stride: 2, padding: 1 }),
  depthwiseConv3d: () => nn.depthwiseConv3d(2, { bias: false }),
  separableConv2d: () => nn.separableConv2d(2, 3, { multiplier: 2, padding: 1 }),
  connectedConv2d: () => nn.connectedConv2d([[0, 1], [1, 2], [0], [2, 0, 1]], [2, 3], { padding: 1, stride: 2 }), // biome-ignore format: one row
  locallyConnected1d: () => nn.locallyConnected1d(2, 3, { stride: 2 }),
  locallyConnected2d: () =>
    nn.locallyConnected2d(2, [2, 3], { stride: [1, 2], dilation: [2, 1], padding: 1 }),

  // padding and resampling
  padConstant: () => nn.pad([[2, 1], [1, 0]], -0.5), // biome-ignore format: one row
  padReflect: () => nn.pad([[0, 1], [1, 2]], "reflect"), // biome-ignore format: one row
  padReplicate: () => nn.pad([[0, 3], [2, 1], [1, 0]], "replicate"), // biome-ignore format: one row
  padCircular: () => nn.pad([[2, 1]], "circular"),
  upsampleNearest: () => nn.upsample([2, 3]),
  upsampleNearest3d: () => nn.upsample(2),
  upsampleLinear1d: () => nn.upsample(3, { mode: "linear" }),
  upsampleLinear: () => nn.upsample([2, 4], { mode: "linear" }),
  upsampleAligned: () => nn.upsample(2, { mode: "linear", alignCorners: true }),
  adaptiveAveragePool1d: () => nn.adaptiveAveragePool1d(3),
  adaptiveAveragePool2d: () => nn.adaptiveAveragePool2d([3, 4]),
  adaptiveAveragePool2dDivides: () => nn.adaptiveAveragePool2d([2, 3]),
  adaptiveAveragePool3d: () => nn.adaptiveAveragePool3d([1, 2, 2]),

  // pooling
  maxPool2dTies: () => nn.maxPool2d(3, { stride: 2, padding: 1 }),
  maxPool2dCeil: () => nn.maxPool2d(3, { stride: 2, ceilMode: true }),
  maxPool2dCeilPadded: () => nn.maxPool2d(2, { stride: 3, padding: 1, ceilMode: true }),
  maxPool1dDilated: () => nn.maxPool1d(2, { stride: 1, dilation: 3 }),
  averagePool2dWithoutPad: () => nn.averagePool2d(3, { stride: 2, padding: 1, countIncludePad: false }),
  averagePool2dCeil: () => nn.averagePool2d(3, { stride: 2, padding: 1, ceilMode: true }),
  averagePool2dCeilWithoutPad: () =>
    nn.averagePool2d(3, { stride: 2, padding: 1, ceilMode: true, countIncludePad: false }),
  averagePool1dCeil: () => nn.averagePool1d(2, { stride: 3, ceilMode: true }),
  lpPool1d: () => nn.lpPool1d(2, 3),
  lpPool2d: () => nn.lpPool2d(2, [2, 3], { stride: 1 }),
  lpPool2dPadded: () => nn.lpPool2d(3, 3, { stride: 2, padding: 1 }),
  lpPool3d: () => nn.lpPool3d(1.5, 2),
  globalMaxPool: () => nn.globalMaxPool(),
  globalMaxPoolTies: () => nn.globalMaxPool(),
  globalLpPool: () => nn.globalLpPool(3),
  channelMaxPool: () => nn.channelMaxPool(2),
  channelMaxPoolTies: () => nn.channelMaxPool(3, { stride: 1, padding: 1 }),
  channelAveragePool: () => nn.channelAveragePool(3, { stride: 2 }),
  channelAveragePoolPadded: () => nn.channelAveragePool(3, { padding: [1, 2] }),
  channelLpPool: () => nn.channelLpPool(2, 2),

  // normalization
  layerNorm: () => nn.layerNorm(),
  layerNormExample: () => nn.layerNorm({ axes: 3, epsilon: 0.01 }),
  layerNormPlain: () => nn.layerNorm({ affine: false }),
  groupNorm: () => nn.groupNorm(2),
  groupNormFlat: () => nn.groupNorm(3, { epsilon: 0.1 }),
  groupNormPlain: () => nn.groupNorm(1, { affine: false }),
  instanceNorm: () => nn.instanceNorm(),
  instanceNormAffine: () => nn.instanceNorm({ affine: true, epsilon: 0.01 }),
  instanceNormTraining: () => nn.instanceNorm({ affine: true, trackRunningStatistics: true }),
  instanceNormInference: () => nn.instanceNorm({ affine: true, trackRunningStatistics: true }),
  batchNorm3dTraining: () => nn.batchNorm({ momentum: 0.5 }),
  batchNorm1dInference: () => nn.batchNorm({ epsilon: 0.1 }),
  channelNorm: () => nn.channelNorm(),
  localResponseNorm: () => nn.localResponseNorm(5, { alpha: 0.5, k: 2 }),
  localResponseNormEven: () => nn.localResponseNorm(2, { alpha: 0.75, beta: 0.5 }),
  localContrastNorm: () => nn.localContrastNorm(3),
  localContrastNormWide: () => nn.localContrastNorm(5, { deviation: 2, epsilon: 1.25 }),

  // containers
  residual: () => nn.residual(nn.sequential([nn.conv2d(2, 3, { padding: 1 }), nn.tanh()])),
  residualProjection: () =>
    nn.residual(nn.conv2d(3, 3, { stride: 2, padding: 1 }), nn.conv2d(3, 1, { stride: 2, bias: false })),
  parallel: () =>
    nn.parallel([
      nn.conv2d(1, 1),
      nn.sequential([nn.conv2d(2, 3, { padding: 1 }), nn.tanh()]),
      nn.maxPool2d(3, { stride: 1, padding: 1 }),
    ]),
};

export const fixtures: readonly LayerFixture[] = [...layerFixtures, ...moreFixtures];
