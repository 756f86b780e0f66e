import { compile, device, losses, nn, optim, type Tensor, tensor } from "../../../src/index.js";

export interface Report {
  readonly isolated: boolean;
  readonly threads: number;
  readonly losses: readonly number[];
  readonly error?: string;
}

const batch = 20;
const side = 24;

/** Bright bars in a row that depends on the class, with noise: easy to learn, and the same everywhere. */
function syntheticBatch(): { images: Float32Array; labels: Int32Array } {
  const images = new Float32Array(batch * side * side);
  const labels = new Int32Array(batch);
  let state = 12345;
  for (let i = 0; i < batch; i++) {
    const label = i % 10;
    labels[i] = label;
    for (let pixel = 0; pixel < side * side; pixel++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      const bar = Math.floor(pixel / side / 2) === label ? 1 : 0;
      images[i * side * side + pixel] = bar * 0.8 + (state / 2 ** 32) * 0.2;
    }
  }
  return { images, labels };
}

async function train(): Promise<readonly number[]> {
  const model = nn.sequential([
    nn.conv2d(8, 5, { padding: "same" }),
    nn.relu(),
    nn.maxPool2d(2),
    nn.conv2d(16, 5, { padding: "same" }),
    nn.relu(),
    nn.maxPool2d(3),
    nn.flatten(),
    nn.dense(10),
  ]);
  model.build([1, side, side], { seed: 1 });
  const optimizer = optim.adadelta(model.parameters(), { weightDecay: 1e-3 });
  const step = compile((images: Tensor, labels: Tensor) => {
    const loss = losses.crossEntropy(model.forward(images, { training: true }), labels);
    optimizer.minimize(loss);
    return loss;
  });

  const data = syntheticBatch();
  const images = tensor(data.images, { shape: [batch, 1, side, side] });
  const labels = tensor(data.labels, { shape: [batch] });
  const history: number[] = [];
  for (let i = 0; i < 10; i++) history.push(await step(images, labels).item());
  return history;
}

train()
  .then(
    (history): Report => ({ isolated: self.crossOriginIsolated, threads: device().threads, losses: history }),
  )
  .catch(
    (error: unknown): Report => ({
      isolated: self.crossOriginIsolated,
      threads: 0,
      losses: [],
      error: error instanceof Error ? `${error.message}\n${error.stack}` : String(error),
    }),
  )
  .then((report) => self.postMessage(report));
