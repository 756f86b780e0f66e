import { expect, it } from "vitest";
import gradientDescent from "../../examples/gradient-descent.js";
import { runExample } from "./support.js";

it("goes further in one pass the smaller the batch is, down the same loss", async () => {
  const { values, files, read, measured } = await runExample(gradientDescent);
  const { ways, target } = values as {
    target: number;
    ways: { name: string; steps: number; loss: number; passesToTarget: number }[];
  };
  const [full, mini, single] = ways;
  expect([full!.steps, mini!.steps, single!.steps]).toEqual([60, 16 * 31, 4000]);
  expect(single!.loss).toBeLessThan(mini!.loss);
  expect(mini!.loss).toBeLessThan(0.5 * full!.loss);
  expect(full!.loss).toBeGreaterThan(target);
  expect(mini!.passesToTarget).toBeLessThan(10);
  expect(full!.passesToTarget).toBe(60);
  expect(measured).toContain(mini!.loss.toFixed(3));
  expect(files).toEqual(["epochs.svg", "seconds.svg"]);
  for (const name of files) expect(read(name).match(/stroke-width="2"/g)).toHaveLength(3);
});
