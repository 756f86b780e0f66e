import { describe, expect, test } from "vitest";
import {
  dilatedExtent,
  perAxis,
  resolvePadding,
  windowOutput,
  windowOutputs,
} from "../../src/shape/window.js";

test("output extents: known cases", () => {
  expect(dilatedExtent(3, 2)).toBe(5);
  expect(windowOutput(24, 5, 1, [2, 2], 1)).toBe(24);
  expect(windowOutput(227, 11, 4, [0, 0], 1)).toBe(55);
  expect(windowOutput(7, 3, 2, [0, 1], 1)).toBe(3);
  expect(windowOutput(7, 3, 1, [0, 0], 3)).toBe(1);
});

test("output extents agree with counting the positions where a window fits", () => {
  for (let input = 1; input <= 7; input++) {
    for (const kernel of [1, 2, 3]) {
      for (const stride of [1, 2, 3]) {
        for (const dilation of [1, 2]) {
          for (const before of [0, 1]) {
            let count = 0;
            for (let start = -before; start + dilation * (kernel - 1) < input + 1; start += stride) count++;
            expect(Math.max(0, windowOutput(input, kernel, stride, [before, 1], dilation))).toBe(count);
          }
        }
      }
    }
  }
});

describe("padding", () => {
  test('"same" keeps ceil(input / stride), with the odd cell after', () => {
    expect(resolvePadding("same", [24], [5], [1], [1], "convolution")).toEqual([[2, 2]]);
    expect(resolvePadding("same", [24], [2], [1], [1], "convolution")).toEqual([[0, 1]]);
    for (let input = 1; input < 12; input++) {
      for (const stride of [1, 2, 3]) {
        const [pair] = resolvePadding("same", [input], [3], [stride], [2], "convolution");
        expect(windowOutput(input, 3, stride, pair!, 2)).toBe(Math.ceil(input / stride));
      }
    }
  });

  test("numbers, lists and pairs", () => {
    expect(resolvePadding("valid", [8, 8], [3, 3], [1, 1], [1, 1], "c")).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(resolvePadding(2, [8], [3], [1], [1], "c")).toEqual([[2, 2]]);
    expect(resolvePadding([1, [2, 3]], [8, 8], [3, 3], [1, 1], [1, 1], "c")).toEqual([
      [1, 1],
      [2, 3],
    ]);
  });

  test("bad padding is refused", () => {
    expect(() => resolvePadding([1], [8, 8], [3, 3], [1, 1], [1, 1], "convolution")).toThrow(
      "convolution: padding is [1]",
    );
    expect(() => resolvePadding(-1, [8], [3], [1], [1], "convolution")).toThrow("at least 0");
    expect(() => resolvePadding(0.5, [8], [3], [1], [1], "convolution")).toThrow("integer");
  });
});

test("a window that does not fit says how much padding it needs", () => {
  const geometry = { strides: [1], padding: [[1, 0]] as [number, number][], dilation: [2] };
  expect(() => windowOutputs([3], [4], geometry, "maxPool")).toThrow(
    "covers 7 in spatial axis 0, but the input [3] has only 3 there, 4 with its padding; use a smaller window or at least 4 of padding",
  );
});

test("one number for all axes, or one for each", () => {
  expect(perAxis(2, 3, 1, "stride", "convolution")).toEqual([2, 2, 2]);
  expect(perAxis([1, 2], 2, 1, "stride", "convolution")).toEqual([1, 2]);
  expect(() => perAxis([1, 2], 3, 1, "stride", "convolution")).toThrow(
    "convolution: stride is [1,2]; it must be an integer of at least 1, or 3 of them",
  );
  expect(() => perAxis(0, 1, 1, "stride", "convolution")).toThrow("at least 1");
});
