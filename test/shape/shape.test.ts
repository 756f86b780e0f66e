import { describe, expect, test } from "vitest";
import {
  broadcastAxes,
  broadcastShapes,
  checkShape,
  normalizeAxes,
  normalizeAxis,
  reducedShape,
  ShapeError,
  sameShape,
  sizeOf,
  stridesOf,
} from "../../src/shape/shape.js";

test("size and strides, with empty and scalar shapes", () => {
  expect(sizeOf([])).toBe(1);
  expect(sizeOf([2, 0, 3])).toBe(0);
  expect(stridesOf([2, 3, 4])).toEqual([12, 4, 1]);
  expect(stridesOf([])).toEqual([]);
  expect(sameShape([1], [])).toBe(false);
  expect(sameShape([2, 3], [2, 3])).toBe(true);
});

describe("axes", () => {
  test("negative axes count from the end", () => {
    expect(normalizeAxis(-1, 3, "sum")).toBe(2);
    expect(normalizeAxes([-1, 0], 3, "sum")).toEqual([0, 2]);
    expect(normalizeAxes(undefined, 2, "sum")).toEqual([0, 1]);
  });

  test("errors name the operation and what would fit", () => {
    expect(() => normalizeAxis(3, 3, "softmax")).toThrow(
      "softmax: axis 3 is out of range; a rank-3 tensor has axes -3 to 2",
    );
    expect(() => normalizeAxis(0, 0, "sum")).toThrow("a scalar has no axes");
    expect(() => normalizeAxis(0.5, 2, "sum")).toThrow(ShapeError);
    expect(() => normalizeAxes([0, -2], 2, "max")).toThrow("max: axes [0, -2] name the same axis twice");
  });
});

describe("broadcasting", () => {
  const fitting: [number[], number[], number[]][] = [
    [[3], [2, 3], [2, 3]],
    [
      [2, 1],
      [1, 3],
      [2, 3],
    ],
    [[], [4], [4]],
    [[0], [1], [0]],
    [
      [5, 1, 4],
      [3, 1],
      [5, 3, 4],
    ],
  ];
  test.each(fitting)("%j with %j gives %j", (a, b, result) => {
    expect(broadcastShapes(a, b, "add")).toEqual(result);
    expect(broadcastShapes(b, a, "add")).toEqual(result);
  });

  test("refuses what does not fit, naming the axis", () => {
    expect(() => broadcastShapes([2, 3], [2, 4], "add")).toThrow(
      "add: shapes [2, 3] and [2, 4] do not broadcast: 3 against 4 in axis -1",
    );
    expect(() => broadcastShapes([0], [2], "add")).toThrow(ShapeError);
  });

  test("the axes along which elements repeat", () => {
    expect(broadcastAxes([3, 1], [2, 3, 4])).toEqual([0, 2]);
    expect(broadcastAxes([1, 1], [1, 1])).toEqual([]);
    expect(broadcastAxes([], [2])).toEqual([0]);
  });
});

test("reduced shapes", () => {
  expect(reducedShape([2, 3, 4], [0, 2], false)).toEqual([3]);
  expect(reducedShape([2, 3, 4], [0, 2], true)).toEqual([1, 3, 1]);
});

test("shapes given by users are checked", () => {
  expect(() => checkShape([2, -1], "zeros")).toThrow("zeros: [2, -1] is not a shape");
  expect(() => checkShape([1.5], "zeros")).toThrow(ShapeError);
  expect(() => checkShape([0, 3], "zeros")).not.toThrow();
});
