import * as nn from "../nn/index.js";
import { scaled } from "./width.js";

export interface ConvnetjsOptions {
  /** Default 10. */
  readonly classes?: number;
  /** Multiplies the numbers of filters; default 1. */
  readonly width?: number;
}

/**
 * ConvNetJS's network for MNIST, for inputs `[1, 24, 24]`: two convolutions of 5x5 with ReLU and pooling, and a linear
 * layer. 5,994 parameters.
 *
 * Source: https://cs.stanford.edu/people/karpathy/convnetjs/demo/mnist.html
 */
export function convnetjsMnist({ classes = 10, width = 1 }: ConvnetjsOptions = {}): nn.Sequential {
  return nn.sequential([
    nn.conv2d(scaled(8, width), 5, { padding: 2 }),
    nn.relu(),
    nn.maxPool2d(2),
    nn.conv2d(scaled(16, width), 5, { padding: 2 }),
    nn.relu(),
    nn.maxPool2d(3),
    nn.flatten(),
    nn.dense(classes),
  ]);
}

/**
 * ConvNetJS's network for CIFAR-10, for inputs `[3, 32, 32]`: three convolutions of 5x5 with ReLU and pooling, and a
 * linear layer. 22,466 parameters.
 *
 * Source: https://cs.stanford.edu/people/karpathy/convnetjs/demo/cifar10.html
 */
export function convnetjsCifar10({ classes = 10, width = 1 }: ConvnetjsOptions = {}): nn.Sequential {
  const stages = [16, 20, 20].flatMap((filters) => [
    nn.conv2d(scaled(filters, width), 5, { padding: 2 }),
    nn.relu(),
    nn.maxPool2d(2),
  ]);
  return nn.sequential([...stages, nn.flatten(), nn.dense(classes)]);
}
