// What is measured. A work is plain data; each side knows how to carry it out.
import { NetworkBuilder } from "./network.mjs";

/**
 * @typedef {{ type: "adam", learningRate: number, beta1: number, beta2: number, epsilon: number }
 *   | { type: "sgd", learningRate: number, momentum: number }
 *   | { type: "adadelta", learningRate: number, rho: number, epsilon: number, weightDecay: number }} OptimizerSpec
 *   Weight decay adds `weightDecay * weight` to the gradient, and spares biases.
 * @typedef {object} Work
 * @property {string} title
 * @property {string} unit
 * @property {"train" | "infer" | "matmul"} kind
 * @property {number} batch examples in a step; 1 for a matrix product
 * @property {number} tolerance greatest relative difference between the two sides' losses (training) or results
 * @property {import("./network.mjs").NetworkSpec} [network]
 * @property {OptimizerSpec} [optimizer]
 * @property {number} [size] of a square matrix product
 */

/** Steps whose losses must agree before anything is timed. */
export const CHECKED_STEPS = 4;

const convnetjsMnist = new NetworkBuilder([1, 24, 24])
  .conv(8, 5)
  .relu()
  .maxPool(2)
  .conv(16, 5)
  .relu()
  .maxPool(3)
  .dense(10)
  .finish();

const lenet = new NetworkBuilder([1, 28, 28])
  .conv(32, 3)
  .relu()
  .maxPool(2)
  .conv(64, 3)
  .relu()
  .maxPool(2)
  .dense(128)
  .relu()
  .dense(10)
  .finish();

const mlp = new NetworkBuilder([784]).dense(512).relu().dense(512).relu().dense(10).finish();

function resnet20() {
  const network = new NetworkBuilder([3, 32, 32]).conv(16, 3, { bias: false }).norm().relu();
  for (const channels of [16, 32, 64]) {
    for (let block = 0; block < 3; block++) network.residual(channels, block === 0 && channels > 16 ? 2 : 1);
  }
  return network.globalAverage().dense(10).finish();
}

/** @type {OptimizerSpec} */
const adam = { type: "adam", learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
const unit = "examples/s";

/** @type {Record<string, Work>} */
export const works = {
  "convnetjs-mnist-train": {
    title: "ConvNetJS's MNIST net, Adadelta, training",
    unit,
    kind: "train",
    batch: 20,
    tolerance: 1e-3,
    network: convnetjsMnist,
    // ConvNetJS divides its decay of 0.001 by the batch size, as the gradient.
    optimizer: { type: "adadelta", learningRate: 1, rho: 0.95, epsilon: 1e-6, weightDecay: 0.001 / 20 },
  },
  "lenet-train": {
    title: "LeNet-like net, 28x28, Adam, training",
    unit,
    kind: "train",
    batch: 128,
    tolerance: 1e-3,
    network: lenet,
    optimizer: adam,
  },
  "mlp-train": {
    title: "MLP 784-512-512-10, Adam, training",
    unit,
    kind: "train",
    batch: 128,
    tolerance: 1e-3,
    network: mlp,
    optimizer: adam,
  },
  "resnet20-train": {
    title: "ResNet-20, 32x32, SGD with momentum, training",
    unit,
    kind: "train",
    batch: 64,
    tolerance: 5e-3,
    network: resnet20(),
    optimizer: { type: "sgd", learningRate: 0.01, momentum: 0.9 },
  },
  "lenet-infer": {
    title: "LeNet-like net, 28x28, inference",
    unit,
    kind: "infer",
    batch: 128,
    tolerance: 1e-3,
    network: lenet,
  },
  "resnet20-infer": {
    title: "ResNet-20, 32x32, inference",
    unit,
    kind: "infer",
    batch: 64,
    tolerance: 1e-3,
    network: resnet20(),
  },
  "matmul-1024": {
    title: "matrix product 1024 x 1024 x 1024",
    unit: "GFLOP/s",
    kind: "matmul",
    batch: 1,
    tolerance: 1e-4,
    size: 1024,
  },
};

/**
 * Floating-point operations of one step, a multiply-add counted as two, by the textbook: a training step takes three
 * times the forward pass (less the first layer's input gradient, which nobody needs and which is left out here).
 * Algorithms that save multiplications (Winograd) may therefore exceed the machine's limit.
 * @param {Work} work
 */
export function operationsOfStep(work) {
  if (work.size !== undefined) return 2 * work.size ** 3;
  if (work.network === undefined) throw new Error(`${work.title} has no network`);
  const forward = 2 * work.network.multiplyAdds * work.batch;
  return work.kind === "infer" ? forward : 3 * forward - 2 * firstLayer(work.network) * work.batch;
}

/** @param {import("./network.mjs").NetworkSpec} network */
function firstLayer({ inputShape, layers }) {
  const [layer] = layers;
  const builder = new NetworkBuilder(inputShape);
  if (layer?.type === "conv") return builder.conv(layer.filters, layer.kernel, layer).multiplyAdds;
  return layer?.type === "dense" ? builder.dense(layer.units).multiplyAdds : 0;
}

/**
 * Steps in a second to the work's unit.
 * @param {Work} work
 * @param {number} stepsPerSecond
 */
export function inUnit(work, stepsPerSecond) {
  return stepsPerSecond * (work.kind === "matmul" ? operationsOfStep(work) / 1e9 : work.batch);
}
