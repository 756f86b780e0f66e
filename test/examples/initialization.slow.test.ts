import { expect, it } from "vitest";
import example from "../../examples/initialization.js";
import { runExample } from "./support.js";

it("equal units stay equal, and only fitting sizes carry signals through ten layers", async () => {
  const { values, files, pixels, measured } = await runExample(example);
  const { shallow, deep } = values as {
    shallow: { name: string; difference: number; accuracy: number }[];
    deep: { activation: string; name: string; outputs: number[]; gradients: number[]; accuracy: number }[];
  };
  const [zeros, equal, random] = shallow;
  expect(zeros!.difference).toBe(0);
  expect(zeros!.accuracy).toBeLessThan(0.15);
  // Rounding may tell units apart, training must not.
  expect(equal!.difference).toBeLessThan(1e-4);
  expect(equal!.accuracy).toBeLessThan(0.5);
  expect(random!.difference).toBeGreaterThan(0.3);
  expect(random!.accuracy).toBeGreaterThan(0.65);

  const of = (activation: string, name: string) => {
    const found = deep.find((one) => one.activation === activation && one.name === name)!;
    return { ...found, forwards: found.outputs[9]! / found.outputs[0]! };
  };
  expect(of("ReLU", "too small").forwards).toBeLessThan(1e-6);
  expect(of("ReLU", "too large").forwards).toBeGreaterThan(1e3);
  expect(of("ReLU", "He").forwards).toBeGreaterThan(0.3);
  expect(of("ReLU", "He").forwards).toBeLessThan(3);
  expect(of("tanh", "Xavier").forwards).toBeGreaterThan(0.1);
  for (const activation of ["ReLU", "tanh"]) {
    expect(of(activation, "too small").gradients[0]).toBeLessThan(1e-6);
    for (const name of ["too small", "too large", "uniform by fan-in"]) {
      expect(of(activation, name).accuracy, `${activation}, ${name}`).toBeLessThan(0.3);
    }
  }
  expect(of("ReLU", "He").accuracy).toBeGreaterThan(0.6);
  expect(of("ReLU", "He").accuracy).toBeGreaterThan(of("ReLU", "Xavier").accuracy);
  expect(of("tanh", "Xavier").accuracy).toBeGreaterThan(0.65);
  expect(measured).toContain(`${(100 * of("ReLU", "He").accuracy).toFixed(1)}%`);

  expect(files.filter((name) => name.endsWith(".svg"))).toHaveLength(4);
  // The second row of the picture repeats one unit; the third does not.
  const { width, height, channels, data } = pixels("units.png");
  const row = (y: number) => Array.from({ length: width }, (_, x) => data[(y * width + x) * channels]!);
  // 28 pixels and a gap of 2, twice as large.
  const cell = 60;
  const differs = (y: number) =>
    row(y)
      .slice(cell, 6 * cell)
      .some((value, x) => Math.abs(value - row(y)[x + 2 * cell]!) > 2);
  expect(differs(Math.round(height / 2))).toBe(false);
  expect(differs(Math.round((5 * height) / 6))).toBe(true);
});
