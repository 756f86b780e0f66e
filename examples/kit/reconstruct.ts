import { compile, data, losses, type nn, optim, type Tensor } from "gradus";
import type { ExampleContext } from "gradus/example";
import { unitScaling } from "./digits.js";

export interface ReconstructOptions {
  readonly epochs: number;
  readonly learningRate: number;
  readonly label: string;
  /** What the model gets instead of the images that it is to give. Default: the images. */
  readonly spoil?: (images: Tensor) => Tensor;
  /** Default: the cross-entropy of the pixels, of which the model gives logits. */
  readonly loss?: (output: Tensor, images: Tensor) => Tensor;
}

/** The cross-entropy of an image's pixels, in all: the output are logits. */
const pixelEntropy = (output: Tensor, images: Tensor) =>
  losses.binaryCrossEntropy(output, images, { reduction: "sum" }).divide(images.shape[0]!);

/**
 * Trains a built model, whose output has as many values as an image, to give the images it gets; with Adam at a rate that falls to
 * zero along a cosine. Images are `[batch, 1, height, width]` with values from 0 to 1.
 */
export async function learnToReconstruct(
  { seed, progress }: Pick<ExampleContext, "seed" | "progress">,
  model: nn.Module,
  set: data.LabelledImages,
  options: ReconstructOptions,
): Promise<void> {
  const { epochs, learningRate, label, spoil = (images) => images, loss = pixelEntropy } = options;
  const optimizer = optim.adam(model.parameters(), { learningRate });
  const step = compile((images: Tensor) => {
    const output = model.forward(spoil(images), { training: true });
    const error = loss(output.reshape(images.shape), images);
    optimizer.minimize(error);
    return error;
  });
  const batches = new data.Batches(set, { size: 50, seed, scaling: unitScaling, dropLast: true });
  const steps = epochs * batches.perEpoch;
  const schedule = optim.schedules.cosine({ rate: learningRate, steps });
  for (let at = 0; at < steps; at++) {
    optimizer.learningRate = schedule(at);
    const { images } = batches.batch(Math.floor(at / batches.perEpoch), at % batches.perEpoch);
    await step(images).item();
    progress(label, at / steps);
  }
}

/** Sum over an image's pixels of the squared difference, averaged over the images. */
export function squaredError(output: Tensor, images: Tensor): Promise<number> {
  return output.subtract(images.reshape(output.shape)).square().sum().divide(images.shape[0]!).item();
}
