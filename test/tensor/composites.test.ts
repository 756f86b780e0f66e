import { describe, expect, test } from "vitest";
import { grad } from "../../src/autodiff/api.js";
import "../../src/runtime/realize.js";
import { ShapeError } from "../../src/shape/shape.js";
import { trueConvolution } from "../../src/tensor/composites.js";
import { tensor } from "../../src/tensor/creation.js";
import { Tensor } from "../../src/tensor/tensor.js";
import { valuesOf } from "../autodiff/support.js";

const point = (...values: number[]): Tensor => tensor(Float32Array.from(values));

function close(actual: Tensor, expected: readonly number[], digits = 7): void {
  const values = valuesOf(actual);
  expect(values).toHaveLength(expected.length);
  values.forEach((value, i) => {
    if (Number.isFinite(expected[i]!)) expect(value).toBeCloseTo(expected[i]!, digits);
    else expect(value).toBe(expected[i]!);
  });
}

describe("activations", () => {
  const at = [-3, -0.5, 0, 0.25, 4];
  const x = point(...at);
  test("follow their formulas", () => {
    close(
      x.relu(),
      at.map((v) => Math.max(v, 0)),
    );
    close(
      x.leakyRelu(0.1),
      at.map((v) => (v > 0 ? v : 0.1 * v)),
    );
    close(
      x.elu(2),
      at.map((v) => (v > 0 ? v : 2 * Math.expm1(v))),
    );
    close(
      x.sigmoid(),
      at.map((v) => 1 / (1 + Math.exp(-v))),
    );
    close(
      x.silu(),
      at.map((v) => v / (1 + Math.exp(-v))),
    );
    close(
      x.softplus(),
      at.map((v) => Math.log1p(Math.exp(v))),
    );
    close(
      x.clip(-1, 1),
      at.map((v) => Math.min(1, Math.max(-1, v))),
    );
  });

  test("gelu in both forms (values from the paper's definition)", () => {
    close(point(-1, 0, 1, 2).gelu(), [-0.15865525, 0, 0.84134475, 1.95449974], 6);
    close(point(-1, 0, 1, 2).gelu("tanh"), [-0.15880801, 0, 0.84119199, 1.95459769], 6);
  });

  test("NaN passes through, and nothing overflows", () => {
    const bad = point(Number.NaN);
    for (const y of [bad.relu(), bad.leakyRelu(), bad.elu(), bad.clip(0, 1), bad.sigmoid(), bad.softplus()]) {
      expect(valuesOf(y)).toEqual([Number.NaN]);
    }
    close(point(-1e6, 1e6).softplus(), [0, 1e6]);
    close(point(-1e6, 1e6).sigmoid(), [0, 1]);
  });
});

describe("softplus", () => {
  const at = [-100, -60, -20, -1e-3, 0, 1e-3, 20, 60];

  test("keeps its relative precision far below zero, in float32 too", async () => {
    const exact = at.map((v) => Math.log1p(Math.exp(Math.fround(v))));
    for (const [values, precision] of [
      [valuesOf(point(...at).softplus()), 1e-15],
      [
        await point(...at)
          .softplus()
          .data(),
        3e-7,
      ],
    ] as const) {
      for (const [i, value] of values.entries()) {
        // The smallest float32 above zero is 1.4e-45: nothing below that can be asked for.
        expect(Math.abs(value - exact[i]!)).toBeLessThanOrEqual(precision * exact[i]! + 1.4e-45);
      }
    }
  });

  test("has the right derivatives at zero, of every order", () => {
    const x = point(0);
    let y = x.softplus();
    // log(1 + exp(x)) = log 2 + x/2 + x^2/8 - x^4/192 + ...
    for (const derivative of [1 / 2, 1 / 4, 0, -1 / 8]) {
      y = grad(y.sum(), [x])[0];
      close(y, [derivative], 12);
    }
  });
});

describe("softmax and its kin", () => {
  test("are shifted: large values do not overflow", () => {
    const x = point(1000, 1001, 1002);
    const e = [Math.exp(-2), Math.exp(-1), 1];
    const total = e[0]! + e[1]! + e[2]!;
    close(
      x.softmax(),
      e.map((v) => v / total),
    );
    close(
      x.logSoftmax(),
      e.map((v) => Math.log(v / total)),
    );
    close(x.logSumExp(), [1002 + Math.log(total)]);
  });

  test("along any axis", () => {
    const x = tensor(
      [
        [0, Math.log(3)],
        [Math.log(2), 0],
      ],
      { dtype: "float32" },
    );
    close(x.softmax(0), [1 / 3, 3 / 4, 2 / 3, 1 / 4]);
    close(x.softmax(1), [1 / 4, 3 / 4, 2 / 3, 1 / 3]);
    expect(x.logSumExp(0).shape).toEqual([2]);
    expect(x.logSumExp([0, 1], true).shape).toEqual([1, 1]);
    close(x.logSumExp(1), [Math.log(4), Math.log(3)], 6);
  });

  test("logSumExp of infinities", () => {
    close(point(-Infinity, -Infinity).logSumExp(), [-Infinity]);
    close(point(-Infinity, 2).logSumExp(), [2]);
    close(point(Infinity, 2).logSumExp(), [Infinity]);
  });
});

test("norms", () => {
  const x = tensor([
    [3, -4],
    [0, 0],
  ]);
  close(x.norm(), [5]);
  close(x.norm(2, 1), [5, 0]);
  close(x.norm(1, 0), [3, 4]);
  close(x.norm(Infinity, 1, true), [4, 0]);
  close(x.norm(3, 1), [(27 + 64) ** (1 / 3), 0]);
});

test("isNaN and isFinite", () => {
  const x = point(1, Number.NaN, Infinity, -Infinity);
  expect(valuesOf(x.isNaN())).toEqual([0, 1, 0, 0]);
  expect(valuesOf(x.isFinite())).toEqual([1, 0, 0, 0]);
});

test("outer products have all axes of both", () => {
  const result = tensor([
    [1, 2],
    [3, 4],
  ]).outer(point(1, 10));
  expect(result.shape).toEqual([2, 2, 2]);
  expect(valuesOf(result)).toEqual([1, 10, 2, 20, 3, 30, 4, 40]);
});

describe("average pooling", () => {
  const size = 5;
  const image = Array.from({ length: size * size }, (_, i) => Math.sin(i) * 3);
  const x = tensor(Float64Array.from([...image, ...image.map((v) => -2 * v)]), { shape: [1, 2, size, size] });
  const pixels = [...image].map(Math.fround);

  /** Counts cells one by one, as the definition says. */
  function byDefinition(
    window: number,
    stride: number,
    padding: number,
    dilation: number,
    includePad: boolean,
  ): number[] {
    const output = Math.floor((size + 2 * padding - dilation * (window - 1) - 1) / stride) + 1;
    const result: number[] = [];
    for (let row = 0; row < output; row++) {
      for (let column = 0; column < output; column++) {
        let [sum, count] = [0, 0];
        for (let i = 0; i < window; i++) {
          for (let j = 0; j < window; j++) {
            const [y, z] = [row * stride + i * dilation - padding, column * stride + j * dilation - padding];
            const inside = y >= 0 && z >= 0 && y < size && z < size;
            if (inside) sum += pixels[y * size + z]!;
            if (inside || includePad) count++;
          }
        }
        result.push(sum / count);
      }
    }
    return [...result, ...result.map((v) => -2 * v)];
  }

  test.each([
    [2, 2, 0, 1, true],
    [5, 5, 0, 1, true],
    [1, 1, 0, 1, true],
    [3, 1, 0, 1, true],
    [3, 2, 1, 1, true],
    [3, 2, 1, 1, false],
    [2, 1, 0, 2, true],
    [2, 1, 1, 2, false],
  ])(
    "window %i, stride %i, padding %i, dilation %i, padding counted: %s",
    (window, stride, padding, dilation, countIncludePad) => {
      const result = x.averagePool(window, { stride, padding, dilation, countIncludePad });
      close(result, byDefinition(window, stride, padding, dilation, countIncludePad), 5);
    },
  );

  test("Lp pooling", () => {
    const y = tensor([[[3, 4, 0, 0, -1, 2]]]);
    close(y.lpPool(2, 2), [5, 0, Math.sqrt(5)]);
    close(y.lpPool(1, 2), [7, 0, 3]);
    close(y.lpPool(3, 2), [(27 + 64) ** (1 / 3), 0, 9 ** (1 / 3)]);
    expect(() => y.lpPool(0.5, 2)).toThrow(ShapeError);
  });

  test("a window that does not fit is refused", () => {
    expect(() => x.averagePool(6)).toThrow("a window of [6, 6] covers 6");
    expect(() => point(1, 2).averagePool(2)).toThrow(
      "averagePool: needs [batch, channels, ...spatial], got [2]",
    );
  });
});

test("true convolution flips the kernel", () => {
  const signal = tensor([[[1, 2, 3, 4]]]);
  const kernel = tensor([[[1, 10, 100]]]);
  expect(valuesOf(signal.convolution(kernel))).toEqual([321, 432]);
  expect(valuesOf(new Tensor(trueConvolution(signal.node, kernel.node)))).toEqual([123, 234]);
  expect(() => trueConvolution(signal.node, point(1).node)).toThrow("must be [O, C / groups, ...spatial]");
});
