import * as nn from "../nn/index.js";
import { Chain } from "./chain.js";
import { scaled } from "./width.js";

export interface AlexnetOptions {
  /** The paper's network (the default), or torchvision's, which is that of a later paper. */
  readonly form?: "paper" | "torchvision";
  /** Default 1000. */
  readonly classes?: number;
  /** Multiplies the numbers of channels and of hidden units; default 1. */
  readonly width?: number;
  /** Share of the units that training drops, in two places; default 0.5. */
  readonly dropout?: number;
}

/**
 * AlexNet: five convolutions with ReLU, three overlapping poolings (3x3 every 2), two hidden layers. Made for inputs
 * `[3, 224, 224]`; from `[3, 64, 64]` on, others will do.
 *
 * The paper's has 60,965,224 parameters. Its two processors saw half of the channels each in convolutions 2, 4 and 5,
 * which have two groups here, and it normalizes the responses after the first two. Not kept: its first values (here
 * He's) and biases of 1. Torchvision's has 61,100,840: one processor, other widths, no normalization, and dropout before
 * the hidden layers instead of after them. Its variables are named as there.
 *
 * Sources: Krizhevsky, Sutskever and Hinton, "ImageNet classification with deep convolutional neural networks", 2012,
 * section 3; Krizhevsky, "One weird trick for parallelizing convolutional neural networks", 2014.
 */
export function alexnet({
  form = "paper",
  classes = 1000,
  width = 1,
  dropout: rate = 0.5,
}: AlexnetOptions = {}) {
  const original = form === "paper";
  const convolution = (filters: number, kernelSize: number, groups = 1) =>
    nn.conv2d(scaled(filters, width, original ? 2 : 1), kernelSize, {
      padding: (kernelSize - 1) / 2,
      groups: original ? groups : 1,
    });
  // The paper multiplies the sum of squares by 1e-4, our layer their mean.
  const normalization = (): nn.Module[] =>
    original ? [nn.localResponseNorm(5, { k: 2, alpha: 5 * 1e-4, beta: 0.75 })] : [];
  const pooling = () => nn.maxPool2d(3, { stride: 2 });
  const [first, second, third, fourth] = original ? [96, 256, 384, 384] : [64, 192, 384, 256];
  const features = [
    nn.conv2d(scaled(first!, width, original ? 2 : 1), 11, { stride: 4, padding: 2 }),
    ...[nn.relu(), ...normalization(), pooling()],
    convolution(second!, 5, 2),
    ...[nn.relu(), ...normalization(), pooling()],
    ...[convolution(third!, 3), nn.relu()],
    ...[convolution(fourth!, 3, 2), nn.relu()],
    ...[convolution(256, 3, 2), nn.relu()],
    pooling(),
  ];
  const hidden = () => {
    const layers = [nn.dense(scaled(4096, width)), nn.relu()];
    return original ? [...layers, nn.dropout(rate)] : [nn.dropout(rate), ...layers];
  };
  return new Chain("alexnet", {
    features: nn.sequential(features),
    flatten: nn.flatten(),
    classifier: nn.sequential([...hidden(), ...hidden(), nn.dense(classes)]),
  });
}
