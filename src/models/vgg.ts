import * as nn from "../nn/index.js";
import { Chain } from "./chain.js";
import { scaled } from "./width.js";

/** Convolutions before each of the five poolings: configurations A, B, D and E of the paper's table 1. */
const stages = {
  11: [1, 1, 2, 2, 2],
  13: [2, 2, 2, 2, 2],
  16: [2, 2, 3, 3, 3],
  19: [2, 2, 4, 4, 4],
} as const;

export type VggDepth = keyof typeof stages;

export interface VggOptions {
  /** Default 1000. */
  readonly classes?: number;
  /** Multiplies the numbers of channels and of hidden units; default 1. */
  readonly width?: number;
  /** Batch normalization after each convolution, which the paper did not have yet; default false. */
  readonly batchNorm?: boolean;
  /** Share of the hidden units that training drops; default 0.5. */
  readonly dropout?: number;
}

/**
 * VGG with 11, 13, 16 or 19 layers with weights: stages of 3x3 convolutions, each ending with pooling, then two hidden
 * layers. Made for inputs `[3, 224, 224]`; smaller ones, from `[3, 32, 32]`, have fewer inputs to the first hidden layer.
 *
 * Source: Simonyan and Zisserman, "Very deep convolutional networks for large-scale image recognition", 2014, table 1.
 * Variables are named as in torchvision (`features.0.weight`, `classifier.6.bias`).
 */
export function vgg(
  depth: VggDepth,
  { classes = 1000, width = 1, batchNorm: normalized = false, dropout: rate = 0.5 }: VggOptions = {},
) {
  const convolutions = stages[depth];
  if (convolutions === undefined) {
    throw new RangeError(`vgg: depth is ${depth}; it must be one of ${Object.keys(stages).join(", ")}`);
  }
  const features = convolutions.flatMap((count, stage) => {
    const filters = scaled(Math.min(512, 64 * 2 ** stage), width);
    const convolution = () => [
      nn.conv2d(filters, 3, { padding: 1 }),
      ...(normalized ? [nn.batchNorm()] : []),
      nn.relu(),
    ];
    return [...Array.from({ length: count }, convolution).flat(), nn.maxPool2d(2)];
  });
  const hidden = () => [nn.dense(scaled(4096, width)), nn.relu(), nn.dropout(rate)];
  return new Chain("vgg", {
    features: nn.sequential(features),
    flatten: nn.flatten(),
    classifier: nn.sequential([...hidden(), ...hidden(), nn.dense(classes)]),
  });
}
