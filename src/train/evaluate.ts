import type { LabelledImages } from "../data/labelled-images.js";
import {
  centred,
  cropInto,
  cropSize,
  type ImageSize,
  type Scaling,
  scalingTable,
  type TestCrops,
  testPlaces,
} from "../data/preprocess.js";
import type { Module } from "../nn/module.js";
import { compile } from "../runtime/compile.js";
import { ShapeError } from "../shape/shape.js";
import { tensor } from "../tensor/creation.js";
import type { Tensor } from "../tensor/tensor.js";
import { Pacer } from "./pacer.js";

export interface EvaluatorOptions {
  /** Images that go through the network at once. Default: 100. */
  readonly batchSize?: number | undefined;
  readonly crop?: ImageSize | undefined;
  /** Average the probabilities over several crops of each image. Default: "centre". */
  readonly crops?: TestCrops | undefined;
  readonly scaling?: Scaling | undefined;
}

/** An example whose most probable class is not its label. */
export interface Mistake {
  /** In the set. */
  readonly index: number;
  readonly label: number;
  readonly predicted: number;
  /** Of the predicted class. */
  readonly probability: number;
  /** Of the label. */
  readonly labelProbability: number;
}

export interface Evaluation {
  readonly count: number;
  /** Mean of `-log(probability of the label)`, in nats. */
  readonly loss: number;
  /** Share of the examples whose most probable class is the label. */
  readonly accuracy: number;
  /** `confusion[label][predicted]` counts examples. */
  readonly confusion: readonly (readonly number[])[];
  /** The surest first. */
  readonly mistakes: readonly Mistake[];
}

/** Runs a classifier on whole sets of images, without training it. The model's output are the logits of the classes. */
export class Evaluator {
  readonly #options: EvaluatorOptions;
  readonly #batchSize: number;
  readonly #run: (images: Tensor) => Tensor;

  constructor(model: Module, options: EvaluatorOptions = {}) {
    this.#options = options;
    this.#batchSize = options.batchSize ?? 100;
    this.#run = compile((images: Tensor) => model.forward(images).logSoftmax(1), { name: "evaluate" });
  }

  /** The probabilities of the classes, `[count, classes]`, averaged over the crops. */
  async probabilities(set: LabelledImages, signal?: AbortSignal): Promise<Float64Array> {
    const size = cropSize(set, this.#options.crop);
    const places = testPlaces(set, size, this.#options.crops ?? "centre");
    const table = scalingTable(this.#options.scaling ?? centred);
    const imageSize = set.channels * size.height * size.width;
    const classes = set.classes.length;
    const sums = new Float64Array(set.count * classes);
    const pacer = new Pacer();
    for (let first = 0; first < set.count; first += this.#batchSize) {
      const count = Math.min(this.#batchSize, set.count - first);
      for (const place of places) {
        signal?.throwIfAborted();
        // The last batch is filled up with zeros, so that one program serves all.
        const pixels = new Float32Array(this.#batchSize * imageSize);
        for (let i = 0; i < count; i++) cropInto(set, first + i, size, place, table, pixels, i * imageSize);
        const output = this.#run(
          tensor(pixels, { shape: [this.#batchSize, set.channels, size.height, size.width] }),
        );
        if (output.shape[1] !== classes) {
          throw new ShapeError(
            `evaluate: the model's output has the shape [${output.shape.join(", ")}], but ${set.name} has ${classes} ` +
              `classes: it must be [batch, ${classes}]`,
          );
        }
        const logProbabilities = await output.data();
        for (let i = 0; i < count * classes; i++) {
          const at = first * classes + i;
          sums[at] = (sums[at] as number) + Math.exp(logProbabilities[i] as number) / places.length;
        }
        await pacer.pause();
      }
    }
    return sums;
  }

  /** Loss, accuracy, confusion and mistakes on a set. */
  async evaluate(set: LabelledImages, signal?: AbortSignal): Promise<Evaluation> {
    return summarize(set, await this.probabilities(set, signal));
  }
}

/** The figures for a set whose predicted probabilities `[count, classes]` are given. */
export function summarize(set: LabelledImages, probabilities: Float64Array): Evaluation {
  const classes = set.classes.length;
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  const mistakes: Mistake[] = [];
  let loss = 0;
  for (let index = 0; index < set.count; index++) {
    const row = probabilities.subarray(index * classes, (index + 1) * classes);
    const label = set.labels[index] as number;
    const predicted = row.indexOf(Math.max(...row));
    // A network that gives NaN has no most probable class; it counts as a mistake for class 0.
    const chosen = predicted < 0 ? 0 : predicted;
    const line = confusion[label] as number[];
    line[chosen] = (line[chosen] as number) + 1;
    // float32 probabilities below 1e-38 are zero: no example may make the mean infinite.
    loss -= Math.log(Math.max(row[label] as number, 1e-38));
    if (predicted !== label) {
      const probability = row[chosen] as number;
      mistakes.push({ index, label, predicted: chosen, probability, labelProbability: row[label] as number });
    }
  }
  mistakes.sort((a, b) => b.probability - a.probability || a.index - b.index);
  const { count } = set;
  return {
    count,
    loss: count === 0 ? 0 : loss / count,
    accuracy: count === 0 ? 0 : (count - mistakes.length) / count,
    confusion,
    mistakes,
  };
}
