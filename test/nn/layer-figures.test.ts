import { describe, expect, it } from "vitest";
import { grad } from "../../src/autodiff/api.js";
import * as nn from "../../src/nn/index.js";
import { sizeOf } from "../../src/shape/shape.js";
import { dilatedExtent } from "../../src/shape/window.js";
import { tensor } from "../../src/tensor/creation.js";
import { Stepper } from "../support/stepper.js";
import { fixtures, layers } from "./layer-cases.js";

describe("parameters and multiply-adds", () => {
  // [layer, input, parameters, multiply-adds], counted by hand
  it.each<[string, nn.Module, number[], number, number]>([
    ["grouped", nn.conv2d(8, 3, { groups: 4 }), [4, 6, 6], 8 * 9 + 8, 8 * 16 * 9],
    ["rank 4", nn.conv(4, 2, 2), [1, 3, 3, 3, 3], 2 * 16 + 2, 2 * 16 * 16],
    ["depthwise", nn.depthwiseConv2d(3), [4, 6, 6], 4 * 9 + 4, 4 * 16 * 9],
    ["transposed", nn.convTranspose2d(3, 4, { stride: 2 }), [2, 5, 5], 2 * 3 * 16 + 3, 2 * 25 * 3 * 16],
    // LeNet-5's C3 begins with six maps of three neighbours each.
    [
      "connected",
      nn.connectedConv2d([[0, 1, 2], [1, 2, 3]], 5), // biome-ignore format: one row
      [6, 14, 14],
      6 * 25 + 2,
      6 * 25 * 100,
    ],
    ["local", nn.locallyConnected2d(3, 2), [2, 4, 4], 9 * (3 * 2 * 4) + 9 * 3, 9 * 3 * 2 * 4],
    ["prelu", nn.prelu({ perChannel: true }), [5, 2], 5, 0],
    ["layer norm", nn.layerNorm({ axes: 2 }), [5, 3], 30, 0],
    ["group norm", nn.groupNorm(2), [6, 3], 12, 0],
    ["channel norm", nn.channelNorm(), [6, 3], 12, 0],
    ["instance norm", nn.instanceNorm({ affine: true, trackRunningStatistics: true }), [6, 3], 12, 0],
  ])("%s", (_, layer, shape, parameters, multiplyAdds) => {
    layer.build(shape);
    const [row] = layer.describe();
    expect([row!.parameters, row!.multiplyAdds]).toEqual([parameters, multiplyAdds]);
  });

  it("a separable convolution takes 1 / filters + 1 / cells of a full one", () => {
    const work = (layer: nn.Module) => {
      layer.build([16, 8, 8]);
      return layer.describe().reduce((sum, row) => sum + row.multiplyAdds, 0);
    };
    const full = work(nn.conv2d(32, 3, { padding: 1 }));
    const separable = work(nn.separableConv2d(32, 3, { padding: 1 }));
    expect(separable / full).toBeCloseTo(1 / 32 + 1 / 9, 12);
  });
});

// What a layer says of its reach must hold every position of the input that can change an output.
describe("the reach of each layer", () => {
  const spatial = fixtures.filter(
    ({ shape, outputShape }) => shape.length > 2 && outputShape.length === shape.length,
  );

  it.each(spatial)("$name", ({ name, shape, outputShape, input }) => {
    const layer = layers[name]!();
    layer.build(shape.slice(1), { seed: 2 });
    const reach = layer.reach(shape.slice(1));
    if (reach === "unknown" || reach === "global") return;
    const positions = outputShape.slice(2);
    const last = positions.map((extent) => extent - 1);
    const x = tensor(
      Float32Array.from(input, (value) => value + 0.01),
      { shape },
    );
    for (const position of [last.map(() => 0), last.map((end) => Math.ceil(end / 2)), last]) {
      const cotangent = oneHot(outputShape, position);
      const [gradient] = new Stepper().run(() => grad(layer.forward(x), [x], { cotangent }));
      const box = position.map((at, axis): [number, number] => {
        if (reach === "pointwise") return [at, at];
        const start = at * reach.strides[axis]! - reach.padding[axis]![0];
        return [start, start + dilatedExtent(reach.kernel[axis]!, reach.dilation[axis]!) - 1];
      });
      const outside = [...gradient!.entries()].filter(
        ([i, value]) =>
          value !== 0 && spatialIndex(shape, i).some((at, axis) => at < box[axis]![0] || at > box[axis]![1]),
      );
      expect(outside).toEqual([]);
    }
  });

  it("is known for most of them", () => {
    const known = spatial.filter(({ name, shape }) => {
      const layer = layers[name]!();
      layer.build(shape.slice(1));
      return typeof layer.reach(shape.slice(1)) === "object" || layer.reach(shape.slice(1)) === "pointwise";
    });
    expect(known.length).toBeGreaterThan(50);
  });
});

/** 1 in all channels of the first example at one position. */
function oneHot(shape: readonly number[], position: readonly number[]) {
  const values = Float32Array.from({ length: sizeOf(shape) }, (_, i) => {
    const first = i < sizeOf(shape.slice(1));
    return first && spatialIndex(shape, i).every((at, axis) => at === position[axis]) ? 1 : 0;
  });
  return tensor(values, { shape });
}

function spatialIndex(shape: readonly number[], index: number): number[] {
  let rest = index;
  return shape
    .slice(2)
    .reverse()
    .map((extent) => {
      const at = rest % extent;
      rest = Math.floor(rest / extent);
      return at;
    })
    .reverse();
}
