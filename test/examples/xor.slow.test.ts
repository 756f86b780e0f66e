import { expect, it } from "vitest";
import xor from "../../examples/xor.js";
import { runExample } from "./support.js";

it("the perceptron learns and, and or, but one layer fails on xor; two succeed", async () => {
  const { values, measured, files, pixels } = await runExample(xor);
  const { perceptron, oneLayer, twoLayers } = values as {
    perceptron: Record<string, number>;
    oneLayer: { right: number; loss: number };
    twoLayers: { right: number; loss: number };
  };
  expect(perceptron).toMatchObject({ and: 0, or: 0 });
  expect(perceptron.xor).toBeGreaterThan(0);
  expect(oneLayer.right).toBeLessThan(4);
  expect(oneLayer.loss).toBeGreaterThan(0.69);
  expect(twoLayers.right).toBe(4);
  expect(twoLayers.loss).toBeLessThan(0.1);
  expect(measured).toContain(`two layers get ${twoLayers.right}`);

  expect(files).toEqual(["loss.svg", "planes.png"]);
  // In the right half, the corners of the unit square are blue where it is false, and red where it is true.
  const { width, data } = pixels("planes.png");
  const redAt = (x: number, y: number) => {
    const at = ((8 + y) * width + 176 + x) * 3;
    return data[at]! > data[at + 2]!;
  };
  expect([redAt(40, 120), redAt(120, 120), redAt(40, 40), redAt(120, 40)]).toEqual([
    false,
    true,
    true,
    false,
  ]);
});
