import { describe, expect, it } from "vitest";
import { grad } from "../../src/autodiff/api.js";
import * as nn from "../../src/nn/index.js";
import { tensor } from "../../src/tensor/creation.js";
import { Stepper } from "../support/stepper.js";

const model = nn.sequential([
  nn.conv2d(8, 5, { padding: "same" }),
  nn.relu(),
  nn.maxPool2d(2),
  nn.sequential([nn.conv2d(16, 5, { padding: "same" }), nn.relu()]),
  nn.maxPool2d(3),
  nn.flatten(),
  nn.dense(10),
]);
model.build([1, 24, 24]);

describe("describe", () => {
  it("lists shapes, parameters and work of each layer", () => {
    const rows = model
      .describe()
      .map((row) => [row.path, row.kind, row.outputShape, row.parameters, row.multiplyAdds]);
    expect(rows).toEqual([
      ["0", "conv2d", [8, 24, 24], 208, 8 * 24 * 24 * 25],
      ["1", "relu", [8, 24, 24], 0, 0],
      ["2", "maxPool2d", [8, 12, 12], 0, 0],
      ["3.0", "conv2d", [16, 12, 12], 3216, 16 * 12 * 12 * 8 * 25],
      ["3.1", "relu", [16, 12, 12], 0, 0],
      ["4", "maxPool2d", [16, 4, 4], 0, 0],
      ["5", "flatten", [256], 0, 0],
      ["6", "dense", [10], 2570, 2560],
    ]);
  });

  it("gives each layer's receptive field", () => {
    const fields = model
      .describe()
      .map(({ receptiveField: field }) => [field!.size[0], field!.stride[0], field!.start[0]]);
    expect(fields).toEqual([
      [5, 1, -2],
      [5, 1, -2],
      [6, 2, -2],
      [14, 2, -6],
      [14, 2, -6],
      [18, 6, -6],
      [18, 6, -6],
      [24, 0, 0],
    ]);
  });

  it("knows none behind a layer whose reach it does not know", () => {
    class Shift extends nn.Module {
      readonly kind = "shift";
      protected override compute(x: Parameters<nn.Module["forward"]>[0]) {
        return x.flip(2);
      }
    }
    const odd = nn.sequential([nn.conv1d(1, 3), new Shift(), nn.relu()]);
    odd.build([1, 9]);
    expect(odd.describe().map((row) => row.receptiveField?.size)).toEqual([[3], undefined, undefined]);
  });
});

describe("receptive fields", () => {
  it("are exactly where the gradient is not zero", () => {
    const ones = nn.init.ones;
    const layers = nn.sequential([
      nn.conv2d(2, [3, 2], {
        stride: [2, 1],
        padding: [
          [1, 0],
          [0, 1],
        ],
        initializer: ones,
      }),
      nn.averagePool2d(2, { stride: [1, 2] }),
      nn.conv2d(1, 2, { dilation: [1, 2], initializer: ones }),
    ]);
    layers.build([1, 15, 16]);
    const { receptiveField: field, outputShape } = layers.describe().at(-1)!;
    const x = tensor(new Float32Array(15 * 16), { shape: [1, 1, 15, 16] });
    for (const [row, column] of [
      [0, 0],
      [1, 2],
      [outputShape[1]! - 1, outputShape[2]! - 1],
    ] as const) {
      const y = layers.forward(x).slice([0, 0, row, column], [1, 1, row + 1, column + 1]);
      const [gradient] = new Stepper().run(() => [grad(y.sum(), [x])[0]]);
      const seen = [...gradient!].flatMap((value, i) =>
        value === 0 ? [] : [[Math.floor(i / 16), i % 16] as const],
      );
      const inside = [row, column].map((output, axis) => {
        const first = field!.start[axis]! + output * field!.stride[axis]!;
        return [Math.max(0, first), Math.min([15, 16][axis]!, first + field!.size[axis]!) - 1];
      });
      const extent = [0, 1].map((axis) => {
        const positions = seen.map((cell) => cell[axis]!);
        return [Math.min(...positions), Math.max(...positions)];
      });
      expect(extent).toEqual(inside);
    }
  });
});
