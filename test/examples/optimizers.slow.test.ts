import { expect, it } from "vitest";
import optimizers from "../../examples/optimizers.js";
import { runExample } from "./support.js";

it("momentum leaves plain descent behind, and L-BFGS both", async () => {
  const { values, files, read, measured } = await runExample(optimizers);
  const { surfaces, digits, fullBatch } = values as {
    surfaces: Record<string, Record<string, number>>;
    digits: Record<string, { loss: number; accuracy: number }>;
    fullBatch: Record<string, number>;
  };
  const { ravine, rosenbrock, saddle } = surfaces;
  expect(Object.keys(ravine!)).toHaveLength(10);
  expect(ravine!.momentum).toBeLessThan(0.1 * ravine!.SGD!);
  expect(ravine!.Adagrad).toBeLessThan(0.1 * ravine!.SGD!);
  expect(ravine!["L-BFGS"]).toBeLessThan(1e-6);
  expect(rosenbrock!["L-BFGS"]).toBeLessThan(0.1 * rosenbrock!.Adam!);
  // Everybody leaves the saddle, whose height is 0, and comes near the minimum, -1/4.
  expect(Math.max(...Object.values(saddle!))).toBeLessThan(-0.2);

  const rest = Object.entries(digits).filter(([name]) => name !== "SGD");
  for (const [name, { loss }] of rest) expect(loss, name).toBeLessThan(digits.SGD!.loss);
  expect(Math.max(...rest.map(([, { accuracy }]) => accuracy))).toBeGreaterThan(0.8);
  expect(fullBatch["L-BFGS"]).toBeLessThan(0.7 * fullBatch["momentum 0.1"]!);

  expect(files).toEqual(["digits.svg", "full-batch.svg", "ravine.svg", "rosenbrock.svg", "saddle.svg"]);
  // Six paths, and the contours.
  expect(read("ravine.svg").match(/stroke-width="2"/g)).toHaveLength(7);
  expect(measured).toContain(fullBatch["L-BFGS"]!.toFixed(4));
});
