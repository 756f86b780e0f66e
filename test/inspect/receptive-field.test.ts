import { describe, expect, it } from "vitest";
import { receptiveField } from "../../src/inspect/receptive-field.js";
import * as nn from "../../src/nn/index.js";
import { ShapeError } from "../../src/shape/shape.js";
import { compareRandomNetworks } from "./random-networks.js";

describe("receptiveField", () => {
  it("is where changes come from, in random networks", () => {
    expect(compareRandomNetworks(16, 10).units).toBeGreaterThan(40);
  });

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

  it("agrees with the summary's, cut at the border", () => {
    for (const { path, outputShape, receptiveField: field } of model.describe()) {
      if (outputShape.length < 3) continue;
      for (const at of [0, outputShape[1]! >> 1, outputShape[1]! - 1]) {
        const box = receptiveField(model, { path, unit: [0, at, at] })!;
        const start = field!.start[0]! + at * field!.stride[0]!;
        expect(box.start.slice(1)).toEqual([Math.max(0, start), Math.max(0, start)]);
        expect(box.stop[2]).toBe(Math.min(24, start + field!.size[0]!));
      }
    }
    expect(receptiveField(model)).toEqual({ start: [0, 0, 0], stop: [1, 24, 24] });
  });

  it("takes the unit in the middle where none is named, and other input sizes", () => {
    expect(receptiveField(model, { path: "0" })).toEqual({ start: [0, 10, 10], stop: [1, 15, 15] });
    expect(receptiveField(model, { path: "4", inputShape: [1, 60, 60], unit: [3, 5, 5] })).toEqual({
      start: [0, 24, 24],
      stop: [1, 42, 42],
    });
  });

  it("says which channels a grouped convolution reads", () => {
    const grouped = nn.conv2d(4, 1, { groups: 2 });
    grouped.build([6, 3, 3]);
    expect(receptiveField(grouped, { unit: [3, 1, 1] })).toEqual({ start: [3, 1, 1], stop: [6, 2, 2] });
  });

  it("names layers and units that do not exist", () => {
    expect(() => receptiveField(model, { path: "9" })).toThrow(/no layer "9"; there are "0", "1"/);
    expect(() => receptiveField(model, { path: "0", unit: [8, 0, 0] })).toThrow(
      /unit \[8, 0, 0\].*\[8, 24, 24\]/,
    );
    expect(() => receptiveField(model, { path: "6", unit: [0, 0] })).toThrow(ShapeError);
  });
});
