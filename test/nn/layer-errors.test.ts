import { describe, expect, it } from "vitest";
import * as nn from "../../src/nn/index.js";
import { zeros } from "../../src/tensor/creation.js";

/** Builds a layer for one shape and runs it on a batch of two of another. */
const runOn = (layer: nn.Module, built: readonly number[], run: readonly number[]) => () => {
  layer.build(built);
  layer.forward(zeros([2, ...run]));
};

describe("layers refuse what makes no sense, and say what would fit", () => {
  it.each<[string, () => unknown]>([
    ["hardTanh: 1 to 1 is no range; low must be below high", () => nn.hardTanh(1, 1)],
    ["prelu: initialSlope is Infinity", () => nn.prelu({ initialSlope: Infinity })],
    ["prelu: an example is a scalar", () => nn.prelu({ perChannel: true }).build([])],
    ["maxout: pieces is 0", () => nn.maxout(0)],
    ["maxout: 5 channels do not split into groups of 2 pieces", () => nn.maxout(2).build([5, 3])],
    ["conv: rank is 0", () => nn.conv(0, 1, 1)],
    ["conv4d: kernelSize is [1,1]", () => nn.conv(4, 1, [1, 1])],
    ["conv2d: stride is 0", () => nn.conv2d(1, 1, { stride: 0 })],
    ["convTranspose1d: filters is 0", () => nn.convTranspose1d(0, 1)],
    ["convTranspose2d: 3 filters do not split into 2 groups", () => nn.convTranspose2d(3, 1, { groups: 2 })],
    [
      "convTranspose2d: 3 input channels do not split into 2 groups",
      () => nn.convTranspose2d(2, 1, { groups: 2 }).build([3, 2, 2]),
    ],
    ["convTranspose1d: an example is [3], but must be", () => nn.convTranspose1d(1, 1).build([3])],
    [
      "outputPadding [2] must be below the strides, [2]",
      () => nn.convTranspose1d(1, 3, { stride: 2, outputPadding: 2 }).build([1, 4]),
    ],
    [
      'padding "same" settles the size; leave outputPadding out',
      () => nn.convTranspose1d(1, 3, { padding: "same", outputPadding: 0 }).build([1, 4]),
    ],
    [
      "padding of 2 and 2 leaves nothing of spatial axis 0",
      () => nn.convTranspose1d(1, 1, { padding: 2 }).build([1, 4]),
    ],
    [
      "convTranspose1d: [2, 3, 4] must have the 2 channels for which it was built",
      runOn(nn.convTranspose1d(1, 2), [2, 4], [3, 4]),
    ],
    ["depthwiseConv2d: multiplier is 0", () => nn.depthwiseConv2d(3, { multiplier: 0 })],
    [
      "depthwiseConv1d: [2, 3, 4] must have the 2 channels for which it was built",
      runOn(nn.depthwiseConv1d(2), [2, 4], [3, 4]),
    ],
    ["connectedConv2d: filters is 0", () => nn.connectedConv2d([], 3)],
    [
      "connectedConv2d: filter 1 sees channels []; it must see at least one, and each once",
      () => nn.connectedConv2d([[0], []], 3),
    ],
    ["connectedConv2d: filter 0 sees channels [1, 1]", () => nn.connectedConv2d([[1, 1]], 3)],
    ["connectedConv2d: filter 0 sees channels [-1]", () => nn.connectedConv2d([[-1]], 3)],
    [
      "connectedConv2d: filter 0 sees channels [0, 2], but the input has only 2",
      () => nn.connectedConv2d([[0, 2]], 1).build([2, 3, 3]),
    ],
    [
      "locallyConnected1d: an example is [1, 5], but must be [1, 4], for which it was built",
      runOn(nn.locallyConnected1d(1, 2), [1, 4], [1, 5]),
    ],
    ["a window of [5] covers 5 in spatial axis 0", () => nn.locallyConnected1d(1, 5).build([1, 4])],
    ["pad: an example is [4]", () => nn.pad(1).build([4])],
    ["pad: padding is [1]", () => nn.pad([1]).build([1, 4, 4])],
    ["its extent allows at most 2 on a side", () => nn.pad(3, "reflect").build([1, 3])],
    ["upsample: factor is 1.5", () => nn.upsample(1.5)],
    ["upsample: factor is [2,2]", () => nn.upsample([2, 2]).build([1, 4])],
    ["upsample: an example is [4]", () => nn.upsample(2).build([4])],
    ["adaptiveAveragePool2d: size is 0", () => nn.adaptiveAveragePool2d(0)],
    ["adaptiveAveragePool2d: an example is [1, 4]", () => nn.adaptiveAveragePool2d(2).build([1, 4])],
    ["lpPool2d: order is 0.5", () => nn.lpPool2d(0.5, 2)],
    ["globalLpPool: order is 0", () => nn.globalLpPool(0)],
    ["globalMaxPool: an example is [3]", () => nn.globalMaxPool().build([3])],
    ["channelMaxPool: window is 0", () => nn.channelMaxPool(0)],
    ["channelMaxPool: padding is [1,-1]", () => nn.channelMaxPool(2, { padding: [1, -1] })],
    ["channelAveragePool: an example is []", () => nn.channelAveragePool(2).build([])],
    ["channelLpPool: order is 0", () => nn.channelLpPool(0, 2)],
    ["layerNorm: axes is 0", () => nn.layerNorm({ axes: 0 })],
    ["layerNorm: an example is [3], which has no 2 axes", () => nn.layerNorm({ axes: 2 }).build([3])],
    ["layerNorm: [2, 4] must end in [3], for which it was built", runOn(nn.layerNorm(), [3], [4])],
    ["groupNorm: 3 channels do not split into 2 groups", () => nn.groupNorm(2).build([3, 2])],
    ["groupNorm: epsilon is -1", () => nn.groupNorm(1, { epsilon: -1 })],
    ["groupNorm: [2, 3] must have 2 channels in axis 1", runOn(nn.groupNorm(2), [2], [3])],
    ["channelNorm: an example is a scalar", () => nn.channelNorm().build([])],
    ["instanceNorm: [1, 2, 1] has one value for each channel", () => nn.instanceNorm().build([2, 1])],
    ["instanceNorm: momentum is 2", () => nn.instanceNorm({ momentum: 2 })],
    ["localResponseNorm: size is 0", () => nn.localResponseNorm(0)],
    ["localResponseNorm: beta is -1", () => nn.localResponseNorm(1, { beta: -1 })],
    ["localContrastNorm: size is 4; it must be odd", () => nn.localContrastNorm(4)],
    ["localContrastNorm: deviation is 0", () => nn.localContrastNorm(3, { deviation: 0 })],
    ["localContrastNorm: an example is [3]", () => nn.localContrastNorm(3).build([3])],
    ["spatialDropout: rate is 1", () => nn.spatialDropout(1)],
    ["spatialDropout: an example is [3]", () => nn.spatialDropout().build([3])],
    ["gaussianDropout: rate is NaN", () => nn.gaussianDropout(Number.NaN)],
    ["parallel: needs at least one branch", () => nn.parallel([])],
    [
      "parallel: the branches give [1, 3], [1, 4]; they must agree in all but their channels",
      () => nn.parallel([nn.conv1d(1, 2), nn.conv1d(1, 1)]).build([1, 4]),
    ],
    [
      "residual: the body gives [2, 4], but the shortcut [1, 4]; give a projection to that shape as its second argument",
      () => nn.residual(nn.conv1d(2, 1)).build([1, 4]),
    ],
    [
      "residual: the body gives [2, 4], but the shortcut [3, 4]; they must be equal",
      () => nn.residual(nn.conv1d(2, 1), nn.conv1d(3, 1)).build([1, 4]),
    ],
  ])("%s", (message, make) => {
    expect(make).toThrow(message);
  });

  it("names the layer within a branch", () => {
    const model = nn.sequential([nn.parallel([nn.relu(), nn.residual(nn.maxout(2))])]);
    expect(() => model.build([3, 2])).toThrow("layer 0.1.body: maxout: 3 channels");
  });
});
