import { expect, test } from "vitest";
import { compile, grad, hessian, nn, type Tensor, tensor, useDevice } from "../../src/index.js";
import { statistics } from "../../src/nn/normalization.js";

test("statistics are exact far from zero", async () => {
  const n = 3000;
  const data = Float32Array.from({ length: n }, (_, i) => 5000 + Math.sin(i));
  const { mean, variance } = statistics(tensor(data, { shape: [n, 1] }), [0]);
  const exact = data.reduce((sum, value) => sum + value, 0) / n;
  const squares = data.reduce((sum, value) => sum + (value - exact) ** 2, 0) / n;
  expect(Math.abs((await mean.item()) - exact) / exact).toBeLessThan(2e-7);
  expect(Math.abs((await variance.item()) - squares) / squares).toBeLessThan(1e-6);
});

test("the variance of equal values is zero", async () => {
  const { variance } = statistics(tensor(new Float32Array(100).fill(0.1), { shape: [100] }), [0]);
  expect(await variance.item()).toBeCloseTo(0, 15);
});

test("its second derivatives are 2 / n on the diagonal, less 2 / n^2 everywhere", async () => {
  const x = tensor([0.3, -1, 2, 0.7, 1.1]);
  const matrix = await hessian(statistics(x, [0]).variance.reshape([]), x).data();
  for (let i = 0; i < 25; i++) expect(matrix[i]).toBeCloseTo((i % 6 === 0 ? 2 / 5 : 0) - 2 / 25, 6);
});

test("a batch normalization's sums are made in as few passes as there can be", async () => {
  useDevice({ threads: 1 });
  const model = nn.sequential([nn.batchNorm(), nn.tanh()]);
  model.build([4, 8, 8], { seed: 1 });
  const step = compile((x: Tensor) =>
    grad(model.forward(x, { training: true }).square().sum(), [x, ...model.parameters().map((p) => p.value)]),
  );
  await step(tensor(Float32Array.from({ length: 6 * 256 }, Math.sin), { shape: [6, 4, 8, 8] }))[0].data();
  const sums = [
    ...step.explain().matchAll(/^kernel \d+ loop \[(?:24|6, 4)\] reducing \[64\] by ([a-z, ]+), \d/gm),
  ];
  // Mean; variance and the mean's rounding; the gradients by bias, weight and mean.
  expect(sums.map(([, ops]) => ops)).toEqual(["sum", "sum, sum", "sum, sum, sum"]);
});
