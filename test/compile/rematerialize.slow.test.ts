import { expect, test } from "vitest";
import { compile, losses, nn, optim, tensor, useDevice } from "../../src/index.js";
import { enqueue } from "../../src/runtime/queue.js";

/** A deep network of wide layers: in training all activations are kept for the backward pass. */
function makeStep(memory?: number) {
  const layers = Array.from({ length: 24 }, () => [nn.dense(64), nn.tanh()]).flat();
  const model = nn.sequential([...layers, nn.dense(4)]);
  model.build([64], { seed: 1 });
  const optimizer = optim.sgd(model.parameters(), { learningRate: 0.05, momentum: 0.9 });
  const step = compile(
    (x, labels) => {
      const loss = losses.crossEntropy(model.forward(x), labels);
      optimizer.minimize(loss);
      return loss;
    },
    memory === undefined ? {} : { memory },
  );
  return { model, step };
}

const x = tensor(
  Float32Array.from({ length: 512 * 64 }, (_, i) => Math.sin(i)),
  { shape: [512, 64] },
);
const labels = tensor(
  Int32Array.from({ length: 512 }, (_, i) => i % 4),
  { shape: [512] },
);

async function train({ model, step }: ReturnType<typeof makeStep>) {
  const history = [];
  for (let i = 0; i < 5; i++) history.push(await step(x, labels).item());
  return { history, weights: await model.parameters()[0]!.data(), statistics: step.statistics()! };
}

test("less memory, more kernels, the same bits", async () => {
  useDevice({ threads: 1 });
  const free = await train(makeStep());
  const memory = Math.round(free.statistics.peakBytes * 0.5);
  const tight = await train(makeStep(memory));
  expect(tight.history).toEqual(free.history);
  expect(tight.weights).toEqual(free.weights);
  expect(tight.statistics.peakBytes).toBeLessThanOrEqual(memory);
  expect(tight.statistics.kernels).toBeGreaterThan(free.statistics.kernels);
});

test("a budget that is no bound changes nothing", async () => {
  const free = await train(makeStep());
  const loose = await train(makeStep(free.statistics.peakBytes));
  expect(loose.statistics.kernels).toBe(free.statistics.kernels);
});

test("what cannot be met says what could be", async () => {
  await expect(makeStep(1000).step(x, labels).item()).rejects.toThrow(
    /memory is 1000 bytes, but the intermediates need at least \d+/,
  );
  // A program that fails before its turn comes must not count as a failure that nobody has looked at.
  void enqueue(() => new Promise((resolve) => setTimeout(resolve, 100)));
  await expect(makeStep(1000).step(x, labels).item()).rejects.toThrow("memory is 1000 bytes");
  expect(() => compile(() => x, { memory: Number.NaN })).toThrow("must be a number of bytes");
});
