import { describe, expect, test } from "vitest";
import { checkGradients } from "../../src/autodiff/check.js";
import { node, variableCell } from "../../src/graph/build.js";
import { tensor } from "../../src/tensor/creation.js";
import { Tensor } from "../../src/tensor/tensor.js";
import { evaluate } from "./support.js";

describe("checkGradients", () => {
  const x = tensor([
    [0.5, -1.5, 2],
    [1, 0.25, -3],
  ]);

  test("accepts right gradients, of every element of every input", async () => {
    const report = await checkGradients((a, b) => a.multiply(b).tanh().matmul(b.transpose()), [x, x.exp()], {
      evaluate,
    });
    expect(report.ok).toBe(true);
    expect(report.compared).toBe(12);
    expect(report.worst!.relativeError).toBeLessThan(1e-7);
    expect(String(report)).toContain("gradients agree in all 12 elements");
  });

  test("finds a wrong gradient and names where it is", async () => {
    // The square of the last element alone has its derivative cut off: grad is 1 where it should be 1 + 2x = -5.
    const mask = tensor([
      [0, 0, 0],
      [0, 0, 1],
    ]);
    const report = await checkGradients(
      (a) => a.add(a.multiply(a).stopGradient().multiply(mask)).sum(),
      [x],
      { evaluate },
    );
    expect(report.ok).toBe(false);
    expect(report).toMatchObject({ compared: 6, differing: 1 });
    expect(report.worst).toMatchObject({ input: 0, name: "input 0", shape: [2, 3], index: [1, 2] });
    expect(report.worst!.analytic).toBeCloseTo(1);
    expect(report.worst!.numeric).toBeCloseTo(-5);
    expect(String(report)).toContain(
      "gradients differ in 1 of 6 elements; the worst is element [1, 2] of input 0 [2, 3]: grad gives 1, differences -5",
    );
  });

  test("NaN is never accepted", async () => {
    const report = await checkGradients((a) => a.sqrt(), [tensor([-1, 4])], { evaluate });
    expect(report.ok).toBe(false);
    expect(report.worst!.relativeError).toBe(Infinity);
  });

  test("inputs of integers are passed along but not varied", async () => {
    const indices = tensor(Int32Array.of(1, 0, 1));
    const report = await checkGradients((table, rows) => table.gather(rows).exp(), [x, indices], {
      evaluate,
    });
    expect(report).toMatchObject({ ok: true, compared: 6 });
  });

  test("variables are read through options.leaf; without it the error says so", async () => {
    const weight = new Tensor(
      node("variable", [], { cell: variableCell("weight", { shape: [3], dtype: "float32" }) }),
    );
    const fn = (a?: Tensor) => a!.multiply(weight);
    await expect(checkGradients(fn, [x], { evaluate })).rejects.toThrow(
      "the value of a variable that fn uses is unknown",
    );
    expect((await checkGradients(fn, [x], { evaluate, leaf: () => [1, 2, 3] })).ok).toBe(true);
  });
});
