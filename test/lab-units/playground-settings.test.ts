import { describe, expect, it } from "vitest";
import { clampTo, Projection, rangesOf } from "../../lab/src/parts/playgrounds/projection.js";
import {
  choice,
  classPointsText,
  decimal,
  layersText,
  readClassPoints,
  readLayers,
  readValuePoints,
  valuePointsText,
} from "../../lab/src/parts/playgrounds/settings.js";
import { classPoints, reach, valuePoints } from "../../lab/src/worker/playgrounds/point-sets.js";

const view = (entries: Record<string, string>) => ({ get: (key: string) => entries[key] ?? "" });

describe("the address of a playground", () => {
  it("holds points, to a thousandth of the plane", () => {
    const points = classPoints("spirals", 2);
    const read = readClassPoints(classPointsText(points));
    expect(read.map(({ label }) => label)).toEqual(points.map(({ label }) => label));
    read.forEach(({ x, y }, i) => {
      expect(Math.abs(x - (points[i]?.x ?? 9))).toBeLessThan(reach / 1000);
      expect(Math.abs(y - (points[i]?.y ?? 9))).toBeLessThan(reach / 1000);
    });
    // Read and written again it is the same, so that a link gives the same bits.
    expect(classPointsText(read)).toBe(classPointsText(points));
    const values = readValuePoints(valuePointsText(valuePoints("sine", 1)));
    expect(valuePointsText(values)).toBe(valuePointsText(valuePoints("sine", 1)));
  });

  it("holds no points, too, and leaves out what it cannot read", () => {
    expect(readClassPoints(classPointsText([]))).toEqual([]);
    expect(readClassPoints("?&/")).toEqual([]);
    expect(readClassPoints("z0000")).toEqual([]);
    expect(readValuePoints("000")).toEqual([]);
  });

  it("holds layers", () => {
    const layers = readLayers("8.tanh-100.relu");
    expect(layers).toEqual([
      { units: 8, activation: "tanh" },
      { units: 100, activation: "relu" },
    ]);
    expect(layersText(layers ?? [])).toBe("8.tanh-100.relu");
    expect(readLayers(layersText([]))).toEqual([]);
    for (const wrong of [
      "",
      "8",
      "0.tanh",
      "101.tanh",
      "8.sine",
      "2.5.tanh",
      "8.toString",
      "1.tanh-".repeat(9),
    ]) {
      expect(readLayers(wrong)).toBeUndefined();
    }
  });

  it("holds numbers in range and names of a table, or nothing", () => {
    expect(decimal(view({ rate: "0.5" }), "rate", 1, 0, 10)).toBe(0.5);
    for (const rate of ["", "x", "-1", "11"]) expect(decimal(view({ rate }), "rate", 1, 0, 10)).toBe(1);
    expect(choice(view({ set: "b" }), "set", { a: 1, b: 2 }, "a")).toBe("b");
    expect(choice(view({ set: "toString" }), "set", { a: 1, b: 2 }, "a")).toBe("a");
  });
});

describe("a projection", () => {
  const ranges = { x: [-3, 3], y: [0, 2] } as const;
  const projection = new Projection(ranges, 600, 100);

  it("goes to the screen and back", () => {
    expect(projection.toScreen({ x: 0, y: 2 })).toEqual([300, 0]);
    expect(projection.toPlace(300, 0)).toEqual({ x: 0, y: 2 });
  });

  it("finds what is nearest, if it is near", () => {
    const places = [
      { x: 0, y: 0 },
      { x: 0.1, y: 0 },
      { x: 2, y: 2 },
    ];
    expect(projection.nearest(places, { x: 0.08, y: 0 }, 12)).toBe(1);
    expect(projection.nearest(places, { x: 1, y: 1 }, 12)).toBeUndefined();
    expect(clampTo(ranges, { x: 9, y: -1 })).toEqual({ x: 3, y: 0 });
  });

  it("fits places, with room around them", () => {
    const { x, y } = rangesOf([0, 0, 10, 1]);
    expect([...x, ...y].map((value) => Number(value.toFixed(6)))).toEqual([-0.5, 10.5, -0.05, 1.05]);
    expect(rangesOf([0, 0, 10, 1], true).y[1]).toBeCloseTo(6, 6);
    expect(rangesOf([]).x[0]).toBeLessThan(0);
  });
});
