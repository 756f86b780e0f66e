import type { RecipeInput } from "../schema.js";

/**
 * ConvNetJS's network for CIFAR-10 with the augmentation and the optimizer of its demo: images mirrored and moved by up to
 * two pixels, three convolutions with ReLU and pooling. Batches are larger than the demo's 4, which threads share better.
 *
 * Source: https://cs.stanford.edu/people/karpathy/convnetjs/demo/cifar10.html
 */
export const cifar10: RecipeInput = {
  name: "cifar10",
  dataset: "cifar10",
  preprocessing: { scale: 1 / 255, offset: -0.5, shift: 2, mirror: true },
  validation: 0.05,
  layers: [
    { type: "conv2d", filters: 16, kernelSize: 5, padding: 2 },
    { type: "relu" },
    { type: "maxPool2d", window: 2 },
    { type: "conv2d", filters: 20, kernelSize: 5, padding: 2 },
    { type: "relu" },
    { type: "maxPool2d", window: 2 },
    { type: "conv2d", filters: 20, kernelSize: 5, padding: 2 },
    { type: "relu" },
    { type: "maxPool2d", window: 2 },
    { type: "flatten" },
    { type: "dense", units: 10 },
  ],
  optimizer: { type: "adadelta", learningRate: 1, rho: 0.95, epsilon: 1e-6, weightDecay: 0.0001 },
  schedule: { type: "cosine", finalFactor: 0.02 },
  batchSize: 20,
  epochs: 10,
  seed: 1,
};
