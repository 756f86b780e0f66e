import type { RecipeInput } from "../schema.js";

/**
 * ConvNetJS's MNIST network with the trainer of its demo: 24 x 24 crops, two convolutions with ReLU and pooling, and a
 * softmax over the ten digits.
 *
 * Source: https://cs.stanford.edu/people/karpathy/convnetjs/demo/mnist.html
 */
export const convnetjsMnist = {
  preprocessing: { scale: 1 / 255, offset: -0.5, crop: 24, testCrops: "neighbours" },
  layers: [
    { type: "conv2d", filters: 8, kernelSize: 5, padding: 2 },
    { type: "relu" },
    { type: "maxPool2d", window: 2 },
    { type: "conv2d", filters: 16, kernelSize: 5, padding: 2 },
    { type: "relu" },
    { type: "maxPool2d", window: 3 },
    { type: "flatten" },
    { type: "dense", units: 10 },
  ],
  optimizer: { type: "adadelta", learningRate: 1, rho: 0.95, epsilon: 1e-6, weightDecay: 0.001 },
  batchSize: 20,
} as const satisfies Partial<RecipeInput>;
