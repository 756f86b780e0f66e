import { beforeAll, expect, it } from "vitest";
import * as losses from "../../src/losses/index.js";
import * as nn from "../../src/nn/index.js";
import * as optim from "../../src/optim/index.js";
import { compile } from "../../src/runtime/compile.js";
import { useDevice } from "../../src/runtime/device.js";
import { tensor } from "../../src/tensor/creation.js";
import type { Tensor } from "../../src/tensor/tensor.js";

beforeAll(async () => {
  await useDevice({ backend: "reference" });
});

it("a compiled step with normalization, dropout and Adam learns exclusive or", async () => {
  const model = nn.sequential([nn.dense(8), nn.batchNorm(), nn.tanh(), nn.dropout(0.1), nn.dense(2)]);
  model.build([2], { seed: 1 });
  const optimizer = optim.adam(model.parameters(), { learningRate: 0.05 });
  let traces = 0;
  const step = compile((inputs: Tensor, labels: Tensor) => {
    traces++;
    const loss = losses.crossEntropy(model.forward(inputs, { training: true }), labels);
    optimizer.minimize(loss);
    return loss;
  });
  const inputs = tensor([0, 0, 0, 1, 1, 0, 1, 1], { shape: [4, 2] });
  const labels = tensor(Int32Array.of(0, 1, 1, 0));
  const history: number[] = [];
  for (let i = 0; i < 60; i++) history.push(await step(inputs, labels).item());
  expect(history[0]).toBeGreaterThan(0.3);
  expect(Math.max(...history.slice(-5))).toBeLessThan(0.2);
  expect([...(await model.forward(inputs).argmax(1).data())]).toEqual([0, 1, 1, 0]);
  expect(await optimizer.stepCount.value.item()).toBe(60);
  expect((await model.variables().get("3.generator")!.data())[2]).toBe(60);

  // The rate is a variable: a rate of 0 stops the parameters without a new trace.
  optimizer.learningRate = 0;
  const before = await model.parameters()[0]!.data();
  await step(inputs, labels).item();
  expect(await model.parameters()[0]!.data()).toEqual(before);
  expect(traces).toBe(1);
});
