import { expect, it } from "vitest";
import example from "../../examples/vanishing-gradients.js";
import { runExample } from "./support.js";

it("sigmoids lose the gradient on the way down, and what helps against it", async () => {
  const { values, files, read, measured } = await runExample(example);
  const { networks } = values as {
    networks: { name: string; before: number[]; after: number[]; accuracy: number }[];
  };
  const of = (name: string) => networks.find((network) => network.name === name)!;
  const left = ({ before }: { before: number[] }) => before[0]! / before.at(-1)!;
  expect(networks).toHaveLength(5);
  for (const { before, after } of networks) expect([before.length, after.length]).toEqual([10, 10]);

  const sigmoid = of("sigmoid");
  expect(left(sigmoid)).toBeLessThan(1e-4);
  // Layer by layer, not somewhere.
  sigmoid.before.slice(1).forEach((norm, i) => {
    expect(norm).toBeGreaterThan(2 * sigmoid.before[i]!);
  });
  expect(sigmoid.accuracy).toBeLessThan(0.2);
  for (const name of ["sigmoid, batch norm", "sigmoid, residual", "ReLU", "ReLU, batch norm"]) {
    expect(left(of(name)), name).toBeGreaterThan(0.05);
    expect(left(of(name)), name).toBeLessThan(20);
    expect(of(name).accuracy, name).toBeGreaterThan(0.4);
  }
  expect(of("sigmoid, batch norm").accuracy).toBeGreaterThan(0.75);
  expect(of("sigmoid, residual").accuracy).toBeGreaterThan(0.7);
  expect(measured).toContain(`sigmoid: ${left(sigmoid).toPrecision(2)}`);
  expect(files).toEqual(["after.svg", "before.svg", "learning.svg"]);
  expect(read("before.svg").match(/stroke-width="2"/g)).toHaveLength(5);
});
