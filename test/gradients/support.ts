import { expect } from "vitest";
import { type Differentiable, grad, jvp, vjp } from "../../src/autodiff/api.js";
import { checkGradients } from "../../src/autodiff/check.js";
import { verify } from "../../src/graph/verify.js";
import { tensor } from "../../src/tensor/creation.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { evaluate, valuesOf } from "../autodiff/support.js";

/** Numbers that look random, are the same in each run, and keep a distance from each other. */
export function scattered(shape: readonly number[], seed: number, scale = 1): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return tensor(
    Float64Array.from(
      { length: size },
      (_, i) => scale * (((i * 0.6180339887 + seed * 0.377) % 1) * 2 - 0.93),
    ),
    { shape },
  );
}

/** First derivatives by finite differences. */
export async function expectFirst(fn: Differentiable, inputs: readonly Tensor[]): Promise<void> {
  const report = await checkGradients(fn, inputs, { evaluate });
  expect(report.ok, String(report)).toBe(true);
}

/** Second derivatives: differences of the gradient of a weighted sum. */
export async function expectSecond(fn: Differentiable, inputs: readonly Tensor[]): Promise<void> {
  for (const [which, input] of inputs.entries()) {
    if (input.dtype !== "float32") continue;
    const gradient: Differentiable = (...at) => {
      const output = fn(...at);
      return grad(output, [at[which]!], { cotangent: scattered(output.shape, 5) })[0];
    };
    const report = await checkGradients(gradient, inputs, { evaluate, tolerance: 1e-5 });
    expect(report.ok, `gradient by input ${which}: ${report}`).toBe(true);
  }
}

/** `<u, J v> = <J^T u, v>`: forward and reverse mode are transposes of each other. */
export function expectModesAgree(fn: Differentiable, inputs: readonly Tensor[]): void {
  const varied = inputs.flatMap((input, i) => (input.dtype === "float32" ? [i] : []));
  const restricted: Differentiable = (...values) =>
    fn(...inputs.map((input, i) => (varied.includes(i) ? values[varied.indexOf(i)]! : input)));
  const at = varied.map((i) => inputs[i]!);
  const tangents = at.map((input, i) => scattered(input.shape, 11 + i));
  const { value, tangent } = jvp(restricted, at, tangents);
  const cotangent = scattered(value.shape, 23);
  const pulled = vjp(restricted, at).pullback(cotangent);
  verify([tangent.node, ...pulled.map((x) => x.node)]);
  const inner = (a: Tensor, b: Tensor) => {
    const [left, right] = [valuesOf(a), valuesOf(b)];
    return left.reduce((total, v, i) => total + v * right[i]!, 0);
  };
  const forward = inner(tangent, cotangent);
  const reverse = pulled.reduce((total, x, i) => total + inner(x, tangents[i]!), 0);
  expect(Math.abs(forward - reverse)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(forward)));
}
