import { expect, it } from "vitest";
import equivariance from "../../examples/equivariance.js";
import { runExample } from "./support.js";

it("convolutions move with their input, strides only by their multiples, dense layers not at all", async () => {
  const { values, measured, pixels } = await runExample(equivariance);
  const errors = values.errors as Record<string, number[]>;
  for (const name of ["convolution", "three convolutions, ReLU"]) {
    expect(errors[name]).toHaveLength(5);
    for (const error of errors[name]!) expect(error).toBeLessThan(1e-6);
  }
  for (const name of [
    "convolution, max pooling by 2",
    "convolution, mean pooling by 2",
    "convolution of stride 2",
  ]) {
    const [none, one, two, three, four] = errors[name] as [number, number, number, number, number];
    for (const error of [none, two, four]) expect(error).toBeLessThan(1e-6);
    for (const error of [one, three]) expect(error).toBeGreaterThan(0.1);
  }
  const twice = errors["two of stride 2"]!;
  expect(Math.min(...twice.slice(1, 4))).toBeGreaterThan(0.2);
  expect(twice[4]).toBeLessThan(1e-6);
  expect(errors.dense![1]).toBeGreaterThan(0.1);
  expect(errors["padded convolution, with its borders"]![1]).toBeGreaterThan(0.01);
  expect(measured).toContain(`The dense layer changes by ${errors.dense![1]!.toFixed(3)}`);
  expect(new Set(Array.from(pixels("moved.png").data)).size).toBeGreaterThan(50);
});
