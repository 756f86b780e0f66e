import { describe, expect, test } from "vitest";
import {
  grad,
  hessian,
  hessianVectorProduct,
  jacobian,
  jvp,
  stopGradient,
  valueAndGrad,
  vjp,
} from "../../src/autodiff/api.js";
import { withLayer } from "../../src/graph/origin.js";
import { verify } from "../../src/graph/verify.js";
import { topological } from "../../src/graph/walk.js";
import { arange, scalar, tensor, where } from "../../src/tensor/creation.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { expectClose } from "../support/close.js";
import { valuesOf } from "./support.js";

/** An input, not a constant, so that nothing can be folded. */
const point = (...values: number[]): Tensor => tensor(Float32Array.from(values));

function close(actual: Tensor, expected: readonly number[], digits = 9): void {
  verify([actual.node]);
  const values = valuesOf(actual);
  expect(values).toHaveLength(expected.length);
  values.forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i]!, digits);
  });
}

describe("derivatives known in closed form", () => {
  // The lecture's example of backpropagation: J = cos(u), u = sin(x^2) + 3 x^2.
  test("J = cos(sin(x^2) + 3 x^2) and its first three derivatives", () => {
    const at = [-1.25, -0.5, 0, 0.75, 1.5];
    const x = point(...at);
    const square = x.multiply(x);
    let derivative = square.sin().add(square.multiply(3)).cos();
    const closed = [
      (u: number) => Math.cos(u),
      (u: number, u1: number) => -Math.sin(u) * u1,
      (u: number, u1: number, u2: number) => -Math.cos(u) * u1 ** 2 - Math.sin(u) * u2,
      (u: number, u1: number, u2: number, u3: number) =>
        Math.sin(u) * (u1 ** 3 - u3) - 3 * Math.cos(u) * u1 * u2,
    ];
    for (const [order, formula] of closed.entries()) {
      if (order > 0) derivative = grad(derivative.sum(), [x])[0];
      const expected = at.map((v) => {
        const [s, c] = [Math.sin(v * v), Math.cos(v * v)];
        return formula(
          s + 3 * v * v,
          2 * v * c + 6 * v,
          2 * c - 4 * v * v * s + 6,
          -12 * v * s - 8 * v ** 3 * c,
        );
      });
      expectClose(valuesOf(derivative), expected, 1e-12, `derivative ${order}`);
    }
  });

  // The calculus quiz of the same lecture.
  test("y = exp(xz) + xz / log(x) + sin(log(x)) / (xz) at x = 2, z = 3: gradient and Hessian", () => {
    const quiz = (x: Tensor, z: Tensor) => {
      const [xz, log] = [x.multiply(z), x.log()];
      return xz.exp().add(xz.divide(log)).add(log.sin().divide(xz));
    };
    const [x, z] = [2, 3] as const;
    const [l, s, c] = [Math.log(x), Math.sin(Math.log(x)), Math.cos(Math.log(x))];
    const e = Math.exp(x * z);
    const byX = z * e + z / l - z / l ** 2 + (c - s) / (x * x * z);
    const byZ = x * e + x / l - s / (x * z * z);
    const inputs = [point(x).reshape([]), point(z).reshape([])] as const;
    const [dx, dz] = grad(quiz(...inputs), inputs);
    expectClose([...valuesOf(dx), ...valuesOf(dz)], [byX, byZ], 1e-12);

    const both = point(x, z);
    const entry = (i: number) => both.slice([i], [i + 1]).reshape([]);
    const xx = z * z * e + (z / x) * (2 / l ** 3 - 1 / l ** 2) + (s - 3 * c) / (x ** 3 * z);
    const xz = e * (1 + x * z) + 1 / l - 1 / l ** 2 - (c - s) / (x * z) ** 2;
    const zz = x * x * e + (2 * s) / (x * z ** 3);
    const output = quiz(entry(0), entry(1));
    expectClose(valuesOf(jacobian(output, both)), [byX, byZ], 1e-12);
    expectClose(valuesOf(hessian(output, both)), [xx, xz, xz, zz], 1e-12);
    const [product] = hessianVectorProduct(output, [both], [point(0.5, -2)]);
    expectClose(valuesOf(product), [xx / 2 - 2 * xz, xz / 2 - 2 * zz], 1e-12);
  });

  test("derivatives of tanh up to the third", () => {
    const x = point(0.5);
    let y = x.tanh();
    const t = Math.tanh(0.5);
    for (const expected of [1 - t * t, -2 * t * (1 - t * t), (1 - t * t) * (6 * t * t - 2)]) {
      y = grad(y.sum(), [x])[0];
      close(y, [expected]);
    }
  });

  test("a value used several times collects all its cotangents", () => {
    const x = point(3);
    const y = x.multiply(x).multiply(x).add(x);
    close(grad(y, [x])[0], [28]);
  });

  test("broadcasting is undone by sums", () => {
    const [column, row] = [point(1, 2, 3).reshape([3, 1]), point(4, 5)];
    const [a, b] = grad(column.multiply(row).sum(), [column, row]);
    expect([a.shape, b.shape]).toEqual([[3, 1], [2]]);
    close(a, [9, 9, 9]);
    close(b, [6, 6]);
  });

  test("softmax cross-entropy: probabilities minus the label", () => {
    const logits = point(0.5, -1, 2);
    const [g] = grad(logits.logSoftmax().slice([1], [2]).sum().negate(), [logits]);
    const e = [0.5, -1, 2].map(Math.exp);
    const total = e.reduce((a, b) => a + b);
    close(g, [e[0]! / total, e[1]! / total - 1, e[2]! / total]);
  });

  test("gradients with respect to values within the graph", () => {
    const x = point(2);
    const hidden = x.multiply(x);
    const [inside, outside] = grad(hidden.exp(), [hidden, x]);
    close(inside, [Math.exp(4)]);
    close(outside, [4 * Math.exp(4)], 7);
  });
});

describe("choices at points without a derivative", () => {
  test("equal operands of maximum and minimum share the gradient", () => {
    const [a, b] = [point(1, 2, 3), point(3, 2, 1)];
    const [ga, gb] = grad(a.maximum(b).sum(), [a, b]);
    close(ga, [0, 0.5, 1]);
    close(gb, [1, 0.5, 0]);
    const [ha, hb] = grad(a.minimum(b).sum(), [a, b]);
    close(ha, [1, 0.5, 0]);
    close(hb, [0, 0.5, 1]);
  });

  test("equal greatest elements share the gradient of max", () => {
    const x = point(1, 4, 4, 2, 4, 0).reshape([2, 3]);
    close(grad(x.max(1).sum(), [x])[0], [0, 0.5, 0.5, 0, 1, 0]);
    close(grad(x.max().multiply(6), [x])[0], [0, 2, 2, 0, 2, 0]);
  });

  test("relu, leaky relu and clip at their kinks", () => {
    const x = point(-1, 0, 2);
    close(grad(x.relu().sum(), [x])[0], [0, 0, 1]);
    close(grad(x.leakyRelu(0.25).sum(), [x])[0], [0.25, 0.25, 1]);
    close(grad(x.clip(0, 1).sum(), [x])[0], [0, 1, 0]);
  });

  test("power at zero bases and exponents", () => {
    const [a, b] = [point(0, 0, 0, 2, -2), point(0, 1, 2, 0, 3)];
    const [ga, gb] = grad(a.power(b).sum(), [a, b]);
    close(ga, [0, 1, 0, 0, 12]);
    const exponent = valuesOf(gb);
    expect(exponent.slice(0, 3)).toEqual([0, 0, 0]);
    expect(exponent[3]).toBeCloseTo(Math.log(2));
    expect(exponent[4]).toBeNaN();
    // d2/da db of a^b at (2, 0) is 1/2.
    const [c, d] = [point(2), point(0)];
    close(grad(grad(c.power(d), [c])[0], [d])[0], [0.5]);
  });

  test("no gradient is NaN where the function saturates", () => {
    const x = point(-1e4, -100, 0, 100, 1e4);
    for (const fn of [
      (v: Tensor) => v.sigmoid(),
      (v: Tensor) => v.softplus(),
      (v: Tensor) => v.elu(),
      (v: Tensor) => v.tanh(),
    ]) {
      expect(valuesOf(grad(fn(x).sum(), [x])[0]).every(Number.isFinite)).toBe(true);
    }
    close(grad(x.sigmoid().sum(), [x])[0], [0, 0, 0.25, 0, 0]);
    close(grad(x.softplus().sum(), [x])[0], [0, 0, 0.5, 1, 1]);
    const zero = point(0, 0);
    close(grad(zero.norm(), [zero])[0], [0, 0]);
  });
});

describe("product", () => {
  const others = (values: readonly number[]) =>
    values.map((_, i) => values.reduce((total, value, j) => (j === i ? total : total * value), 1));
  test.each([[[2, 3, 4, 5]], [[2, 0, 4]], [[0, 0, 4]], [[7]], [[1, 2, 3, 4, 5, 6, 7, -8, 0.5]]])(
    "gradient at %j is the product of the others",
    (values) => {
      const x = point(...values);
      close(grad(x.product(), [x])[0], others(values));
    },
  );

  test("second derivatives are right where elements are zero", () => {
    const x = point(0, 0, 4);
    // d2/dx0 dx1 of x0 x1 x2 is x2.
    close(hessian(x.product(), x), [0, 4, 0, 4, 0, 0, 0, 0, 0]);
  });

  test("over several axes, and over none", () => {
    const x = point(1, 2, 3, 4, 5, 6, 7, 8).reshape([2, 2, 2]);
    close(grad(x.product([0, 2]).sum(), [x])[0], [
      60,
      30,
      7 * 8 * 4,
      7 * 8 * 3,
      12,
      10,
      3 * 4 * 8,
      3 * 4 * 7,
    ]);
    close(grad(point().product().add(x.sum()), [x])[0], new Array(8).fill(1));
  });
});

describe("grad", () => {
  test("inputs that the output does not depend on get zeros", () => {
    const [x, unused] = [point(1), tensor([[1, 2]])];
    const [, g] = grad(x.exp(), [x, unused]);
    expect(g.shape).toEqual([1, 2]);
    close(g, [0, 0]);
  });

  test("nothing flows through stopGradient, comparisons, integers or rounding", () => {
    const x = point(1.5, 2.5);
    const stopped = stopGradient(x.multiply(x));
    close(grad(stopped.multiply(x).sum(), [x])[0], [2.25, 6.25]);
    // The same product elsewhere still carries its gradient, although equal nodes are one.
    close(grad(x.multiply(x).add(stopped).sum(), [x])[0], [3, 5]);
    for (const y of [x.floor(), x.sign(), x.greater(2).cast("float32"), x.cast("int32").cast("float32")]) {
      close(grad(y.sum(), [x])[0], [0, 0]);
    }
  });

  test("branches not taken contribute nothing", () => {
    const x = point(-2, 3);
    close(grad(where(x.less(0), x.multiply(5), x.multiply(7)).sum(), [x])[0], [5, 7]);
  });

  test("a cotangent weights the elements of the output", () => {
    const x = point(1, 2, 3);
    close(grad(x.multiply(x), [x], { cotangent: point(1, 0, -1) })[0], [2, 0, -6]);
  });

  test("gathered rows collect the gradients of all their uses; indices outside none", () => {
    const table = point(1, 2, 3, 4, 5, 6).reshape([3, 2]);
    const rows = table.gather(tensor(Int32Array.of(2, 0, 2, 3, -1)));
    const [g] = grad(rows.sum(), [table]);
    close(g, [1, 1, 0, 0, 2, 2]);
  });

  test("errors say what would fit", () => {
    const x = point(1, 2);
    expect(() => grad(x, [x])).toThrow("grad: the output has shape [2]; take the gradient of a scalar");
    expect(() => grad(x, [x], { cotangent: scalar(1) })).toThrow(
      "grad: the cotangent is float32[]; it must be float32[2]",
    );
    expect(() => grad(x.sum(), [arange(3)])).toThrow(
      "grad: input 0 is int32[3]; only float32 can be differentiated",
    );
    expect(() => grad(x.argmax(), [x])).toThrow("grad: the output is int32[]");
    expect(() => jvp((v) => v, [x], [])).toThrow("jvp: 1 inputs need as many tangents, got 0");
    expect(() => jvp((v) => v, [x], [scalar(1)])).toThrow("jvp: tangent 0 is float32[]");
  });

  test("what it builds belongs to the backward pass of the layer it differentiates", () => {
    const x = point(1, 2);
    const y = withLayer("dense", () => x.tanh());
    const g = grad(y.sum(), [x])[0];
    const made = topological([g.node]).filter((node) => node.op === "multiply" || node.op === "subtract");
    expect(made.length).toBeGreaterThan(0);
    expect(made.every((node) => node.origin.layer === "dense" && node.origin.phase === "backward")).toBe(
      true,
    );
  });

  test("deep graphs do not overflow the stack", () => {
    const x = point(1);
    let y = x;
    for (let i = 0; i < 10_000; i++) y = y.add(1e-4);
    close(grad(y, [x])[0], [1]);
  });
});

describe("the other modes", () => {
  const x = point(0.5, -1, 2);
  const fn = (v: Tensor) => v.multiply(v).sin().add(v.product());

  test("valueAndGrad", () => {
    const { value, gradients } = valueAndGrad((a, b) => a.multiply(b).sum(), [x, point(1, 2, 3)]);
    close(value, [0.5 - 2 + 6]);
    close(gradients[0], [1, 2, 3]);
    close(gradients[1], [0.5, -1, 2]);
  });

  test("jvp, vjp and the Jacobian agree, and jvp's placeholder is gone", () => {
    const [u, v] = [
      [1, -2, 0.5],
      [0.25, 3, -1],
    ] as const;
    const { tangent } = jvp(fn, [x], [point(...v)]);
    const [pulled] = vjp(fn, [x]).pullback(point(...u));
    const full = jacobian(fn(x), x);
    expect(full.shape).toEqual([3, 3]);
    const rows = valuesOf(full);
    close(
      tangent,
      [0, 1, 2].map((i) => v.reduce((total, value, j) => total + rows[3 * i + j]! * value, 0)),
    );
    close(
      pulled,
      [0, 1, 2].map((j) => u.reduce((total, value, i) => total + rows[3 * i + j]! * value, 0)),
    );
    expect(
      topological([tangent.node]).some((node) => node.op === "input" && !node.attributes.slot.data),
    ).toBe(false);
  });

  test("Hessian-vector products agree with the Hessian", () => {
    const output = fn(x).sum();
    const vector = [1, 2, -3];
    const rows = valuesOf(hessian(output, x));
    for (const [i, j] of [
      [0, 1],
      [0, 2],
      [1, 2],
    ] as const)
      expect(rows[3 * i + j]).toBeCloseTo(rows[3 * j + i]!, 10);
    const [product] = hessianVectorProduct(output, [x], [point(...vector)]);
    close(
      product,
      [0, 1, 2].map((i) => vector.reduce((total, value, j) => total + rows[3 * i + j]! * value, 0)),
    );
  });
});
