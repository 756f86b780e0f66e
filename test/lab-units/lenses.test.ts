import { inspect, nn, random, type Tensor } from "gradus";
import { describe, expect, it } from "vitest";
import { cropped } from "../../lab/src/parts/lenses/crop.js";
import { layerOf, spatial, unitOf } from "../../lab/src/parts/lenses/layers.js";
import { placesAlong, spread } from "../../lab/src/parts/lenses/occlusion.js";
import { valuesOf } from "../../lab/src/parts/lenses/values.js";
import { around } from "../../lab/src/views/written.js";
import type { LayerFacts } from "../../lab/src/worker/protocol.js";

const layer = (path: string, kind: string, outputShape: readonly number[]): LayerFacts => ({
  path,
  kind,
  inputShape: [],
  outputShape,
  parameters: 0,
  multiplyAdds: 0,
  variables: [],
});

describe("the layer and the unit of an address", () => {
  const layers = [
    layer("0", "conv2d", [8, 24, 24]),
    layer("1", "relu", [8, 24, 24]),
    layer("2", "dense", [10]),
  ];

  it("are those that it names, or sensible ones", () => {
    expect(layerOf(layers, "1")?.path).toBe("1");
    expect(layerOf(layers, "7")?.path).toBe("0");
    expect(layerOf(layers.slice(1), "")?.path).toBe("2");
    expect(layerOf([], "0")).toBeUndefined();
    expect(layers.map(spatial)).toEqual([true, true, false]);
  });

  it.each([
    ["3,4,23", [3, 4, 23]],
    ["3,4,24", [0, 12, 12]],
    ["3,4", [0, 12, 12]],
    ["", [0, 12, 12]],
    ["a,b,c", [0, 12, 12]],
    ["-1,0,0", [0, 12, 12]],
  ])("%j", (text, unit) => {
    expect(unitOf([8, 24, 24], text)).toEqual(unit);
  });

  it("are also of layers without places", () => {
    expect(unitOf([10], "7")).toEqual([7]);
    expect(unitOf([10], "10")).toEqual([0]);
  });
});

describe("the places of an occluding square", () => {
  it.each([
    [5, 2],
    [6, 6],
    [3, 3],
    [24, 1],
    [7, 5],
  ])("are those of the library, for side %i and stride %i", async (size, stride) => {
    const model = nn.sequential([nn.flatten(), nn.dense(2)]);
    model.build([1, 9, 24], { seed: 1 });
    const images: Tensor = new random.Generator(1).normal([1, 1, 9, 24]);
    const { shape } = await inspect.occlusion(model, images, { size, stride });
    expect([1, placesAlong(9, size, stride).length, placesAlong(24, size, stride).length]).toEqual(shape);
  });

  it("are spread over the pixels that they cover", () => {
    const corners = [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ] as const;
    expect([...spread([1, 2, 3, 4], corners, 2, 2, 3)]).toEqual([1, 1.5, 2, 2, 2.5, 3]);
    expect([...spread([7], [[1, 1]], 2, 2, 2)]).toEqual([0, 0, 0, 7]);
  });
});

describe("a part of planes", () => {
  const values = valuesOf(
    Float32Array.from({ length: 24 }, (_, i) => i),
    [2, 3, 4],
  );

  it("keeps the numbers and the scale", () => {
    const part = cropped(values, { start: [0, 1, 2], stop: [2, 3, 4] });
    expect(part.shape).toEqual([2, 2, 2]);
    expect([...(part.data as Float32Array)]).toEqual([6, 7, 10, 11, 18, 19, 22, 23]);
    expect([part.minimum, part.maximum]).toEqual([0, 23]);
    expect(cropped(values, undefined)).toBe(values);
  });

  it("lies around a unit, inside the plane", () => {
    expect(around([8, 24, 24], [3, 0, 23], 7)).toEqual({ plane: 3, top: 0, left: 17, height: 7, width: 7 });
    expect(around([8, 4, 24], [1, 3, 10], 7)).toEqual({ plane: 1, top: 0, left: 7, height: 4, width: 7 });
    expect(around([10], [9], 7)).toEqual({ plane: 0, top: 0, left: 3, height: 1, width: 7 });
  });
});
