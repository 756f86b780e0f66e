import { describe, expect, test } from "vitest";
import { checkGradients } from "../../src/inspect/check-gradients.js";
import { arange, tensor } from "../../src/tensor/creation.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { valuesOf } from "../autodiff/support.js";

const counting = (...shape: number[]): Tensor =>
  arange(shape.reduce((a, b) => a * b, 1))
    .cast("float32")
    .reshape(shape);

describe("patches", () => {
  test("of one axis", () => {
    const x = tensor([10, 11, 12, 13, 14], { shape: [1, 1, 5] });
    expect(valuesOf(x.patches(3))).toEqual([10, 11, 12, 11, 12, 13, 12, 13, 14]);
    expect(x.patches(2, { stride: 3 }).shape).toEqual([1, 1, 2, 2]);
    expect(valuesOf(x.patches(2, { stride: 3 }))).toEqual([10, 13, 11, 14]);
    expect(valuesOf(x.patches(2, { dilation: 3, padding: [[1, 0]] }))).toEqual([0, 10, 11, 12, 13, 14]);
  });

  test("hold what a convolution multiplies, in any number of axes", () => {
    const cases: [number[], number[], Parameters<Tensor["patches"]>[1]][] = [
      [[2, 3, 7], [3], { stride: 2, padding: 1 }],
      [[2, 2, 5, 6], [2, 3], { stride: [2, 1], dilation: [1, 2], padding: [[0, 1], [2, 0]] }], // biome-ignore format: one row
      [[1, 2, 4, 3, 5], [2, 3, 2], { stride: [1, 1, 2], padding: [1, 0, 0] }],
    ];
    for (const [shape, window, options] of cases) {
      const x = counting(...shape);
      const cells = window.reduce((a, b) => a * b, 1);
      const kernel = counting(4, shape[1]!, ...window).subtract(7);
      const y = x.convolution(kernel, options ?? {});
      const positions = y.shape.slice(2).reduce((a, b) => a * b, 1);
      const seen = shape[1]! * cells;
      const windows = x.patches(window, options);
      expect(windows.shape).toEqual([shape[0], shape[1], ...window, ...y.shape.slice(2)]);
      const product = kernel
        .reshape([1, 4, seen])
        .matmul(windows.reshape([shape[0]!, seen, positions]))
        .reshape(y.shape);
      expect(valuesOf(product)).toEqual(valuesOf(y));
    }
  });

  test("copy infinities and NaN without touching their neighbours", () => {
    const x = tensor([1, Infinity, 2, Number.NaN], { shape: [1, 1, 4] });
    expect(valuesOf(x.patches(2))).toEqual([1, Infinity, 2, Infinity, 2, Number.NaN]);
  });

  test("have the gradient of a sum over windows", async () => {
    const report = await checkGradients(
      (x) =>
        x
          .patches([2, 3], { stride: [1, 2], padding: 1 })
          .square()
          .sum(),
      [
        tensor(
          Float32Array.from({ length: 24 }, (_, i) => Math.sin(i)),
          { shape: [1, 2, 3, 4] },
        ),
      ],
    );
    expect(report.ok).toBe(true);
  });

  test("need windows that fit", () => {
    expect(() => counting(1, 1, 3).patches(4)).toThrow("patches: a window of [4] covers 4");
    expect(() => counting(3).patches(1)).toThrow("patches: needs [batch, channels, ...spatial], got [3]");
  });
});

describe("padding from the tensor itself", () => {
  const x = tensor([1, 2, 3, 4], { shape: [1, 4] });
  test.each([
    ["reflect", [3, 2, 1, 2, 3, 4, 3]],
    ["replicate", [1, 1, 1, 2, 3, 4, 4]],
    ["circular", [3, 4, 1, 2, 3, 4, 1]],
  ] as const)("%s", (mode, expected) => {
    expect(valuesOf(x.pad([[0, 0], [2, 1]], mode))).toEqual(expected); // biome-ignore format: one row
  });

  test("as far as the extent goes, and no further", () => {
    const around = (cells: number) => [[0, 0], [cells, cells]] as const; // biome-ignore format: one row
    expect(valuesOf(x.pad(around(3), "reflect"))).toEqual([4, 3, 2, 1, 2, 3, 4, 3, 2, 1]);
    expect(valuesOf(x.pad(around(4), "circular"))).toEqual([1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4]);
    expect(() => x.pad(around(4), "reflect")).toThrow(
      'pad: 4 and 4 cells in mode "reflect" around axis 1 of [1, 4]; its extent allows at most 3 on a side',
    );
    expect(() => x.pad(around(5), "circular")).toThrow("at most 4 on a side");
    expect(() => counting(1, 0).pad(around(1), "replicate")).toThrow("at most 0 on a side");
    expect(() => x.pad([[0, 0]], "reflect")).toThrow("needs 2 pairs [before, after]");
    expect(() => x.pad([[0, 0], [-1, 0]], "reflect")).toThrow("integers of at least 0"); // biome-ignore format: one row
  });
});

describe("transposed convolution", () => {
  test("spreads each element's kernel", () => {
    const x = tensor([1, 10], { shape: [1, 1, 2] });
    const kernel = tensor([1, 2, 3], { shape: [1, 1, 3] });
    expect(valuesOf(x.convolutionTranspose(kernel))).toEqual([1, 12, 23, 30]);
    expect(valuesOf(x.convolutionTranspose(kernel, { stride: 2 }))).toEqual([1, 2, 13, 20, 30]);
    expect(valuesOf(x.convolutionTranspose(kernel, { stride: 2, outputPadding: 1 }))).toEqual([
      1, 2, 13, 20, 30, 0,
    ]);
    expect(valuesOf(x.convolutionTranspose(kernel, { stride: 2, padding: "same" }))).toEqual([1, 2, 13, 20]);
    expect(valuesOf(x.convolutionTranspose(kernel, { padding: [[3, 0]] }))).toEqual([30]);
  });

  test("is the transpose: <conv(x), y> = <x, transposed(y)>", () => {
    const options = { stride: [2, 1], padding: [1, 2], dilation: [1, 2], groups: 2 };
    const x = counting(2, 4, 5, 4).sin();
    const kernel = counting(6, 2, 3, 2).cos();
    const forward = x.convolution(kernel, options);
    const y = counting(...forward.shape).sin();
    const back = y.convolutionTranspose(kernel, options);
    expect(back.shape).toEqual(x.shape);
    const [left] = valuesOf(forward.multiply(y).sum());
    const [right] = valuesOf(back.multiply(x).sum());
    expect(left).toBeCloseTo(right!, 8);
  });

  test("names what does not fit", () => {
    expect(() => counting(1, 2, 3).convolutionTranspose(counting(3, 1, 2))).toThrow(
      "convolutionTranspose: [1, 2, 3] with the kernel [3, 1, 2]: needs [N, C, ...S] and [C, O / groups, ...K]",
    );
  });
});

describe("resampling", () => {
  test("to any size, up and down", () => {
    const x = tensor([0, 1, 2, 3], { shape: [1, 1, 4] });
    expect(valuesOf(x.resize(6))).toEqual([0, 0, 1, 2, 2, 3]);
    expect(valuesOf(x.resize(2))).toEqual([0, 2]);
    expect(valuesOf(x.resize(2, { mode: "linear" }))).toEqual([0.5, 2.5]);
    expect(valuesOf(x.resize(7, { mode: "linear", alignCorners: true }))).toEqual([
      0, 0.5, 1, 1.5, 2, 2.5, 3,
    ]);
    expect(valuesOf(x.resize(1, { mode: "linear", alignCorners: true }))).toEqual([0]);
    expect(x.resize(4)).toEqual(x);
  });

  test("axes are independent", () => {
    const x = counting(1, 1, 2, 2);
    expect(valuesOf(x.resize([2, 4]))).toEqual([0, 0, 1, 1, 2, 2, 3, 3]);
    expect(valuesOf(x.resize([4, 2]))).toEqual([0, 1, 0, 1, 2, 3, 2, 3]);
  });

  test("adaptive boxes hold all elements", () => {
    const x = counting(1, 1, 7);
    expect(valuesOf(x.adaptiveAveragePool(3))).toEqual([1, 3, 5]);
    expect(valuesOf(counting(1, 1, 2).adaptiveAveragePool(4))).toEqual([0, 0, 1, 1]);
  });

  test("needs spatial axes", () => {
    expect(() => counting(2, 3).resize(2)).toThrow("resize: [2, 3] must be [batch, channels, ...spatial]");
    expect(() => counting(1, 1, 0).adaptiveAveragePool(2)).toThrow("none of these empty");
    expect(() => counting(1, 1, 2).resize([2, 2])).toThrow("resize: size is [2,2]");
  });
});

test("true convolution is cross-correlation with the kernel flipped", () => {
  const x = tensor([0, 0, 1, 0, 0], { shape: [1, 1, 5] });
  const kernel = tensor([1, 2, 3], { shape: [1, 1, 3] });
  expect(valuesOf(x.trueConvolution(kernel))).toEqual([1, 2, 3]);
  expect(valuesOf(x.convolution(kernel))).toEqual([3, 2, 1]);
});
