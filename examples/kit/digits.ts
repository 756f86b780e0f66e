import { type data, nn, optim, type Tensor, tensor } from "gradus";
import type { ExampleContext, TrainAndTest } from "gradus/example";
import { fit } from "./fit.js";
import { pixelsOf } from "./pixels.js";

/** Intensities from 0 (black) to 1 (white). */
export const unitScaling: data.Scaling = { scale: 1 / 255, offset: 0 };

/** All images of a set as rows of intensities from 0 to 1, `[count, pixels]`. */
export async function rowsOf(set: data.LabelledImages): Promise<Tensor> {
  const images = pixelsOf(set, unitScaling);
  return tensor(await images.data(), { shape: [set.count, images.size / set.count] });
}

/** What a classifier sees in images: it has learnt from real ones, so it can tell what imagined ones show. */
export interface Judgement {
  /** The most probable class of each image, and its probability. */
  readonly classes: readonly number[];
  readonly confidences: readonly number[];
  /** Share of images of which the classifier is sure, to nine tenths at least. */
  readonly sure: number;
  /** How evenly the classes occur: from 0, always the same, to 1, all equally often. */
  readonly evenness: number;
  /**
   * From 1 to the number of classes: high where the classifier is sure of each image, but not always of the same class. The inception
   * score, `exp(mean of KL(p(class | image), p(class)))`; Salimans et al., "Improved techniques for training GANs", 2016.
   */
  readonly score: number;
}

/** Trains a small convolutional classifier of real digits, to judge imagined ones, `[N, 1, 28, 28]` from 0 to 1. */
export async function digitJudge(context: ExampleContext, sets: TrainAndTest) {
  const network = nn.sequential([
    nn.conv2d(12, 5, { stride: 2, padding: "same" }),
    nn.relu(),
    nn.conv2d(24, 5, { stride: 2, padding: "same" }),
    nn.relu(),
    nn.flatten(),
    nn.dense(10),
  ]);
  network.build([1, 28, 28], { seed: context.seed });
  const { evaluation } = await fit(context, network, sets, {
    optimizer: optim.adam(network.parameters(), { learningRate: 2e-3 }),
    epochs: context.quick ? 2 : 6,
    batches: { size: 32, seed: context.seed, scaling: unitScaling },
    label: "the judge",
  });
  const judge = async (images: Tensor): Promise<Judgement> => {
    const probabilities = network.forward(images.reshape([-1, 1, 28, 28])).softmax(1);
    const log = (p: Tensor) => p.maximum(1e-20).log();
    const surprise = log(probabilities)
      .subtract(log(probabilities.mean(0, true)))
      .multiply(probabilities);
    const score = await surprise.sum(1).mean().exp().item();
    const classes = Array.from(await probabilities.argmax(1).data());
    const confidences = Array.from(await probabilities.max(1).data());
    const shares = Array.from(
      { length: 10 },
      (_, digit) => classes.filter((c) => c === digit).length / classes.length,
    );
    const entropy = shares.reduce((sum, share) => sum - (share > 0 ? share * Math.log(share) : 0), 0);
    const sure = confidences.filter((confidence) => confidence >= 0.9).length / classes.length;
    return { classes, confidences, sure, evenness: entropy / Math.log(10), score };
  };
  return { accuracy: evaluation.accuracy, judge };
}
