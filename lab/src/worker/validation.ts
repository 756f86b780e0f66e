import { compile, data, losses, type nn, type Tensor } from "gradus";

/** Held-out examples that are looked at in one go. */
const batchSize = 100;

/** Looks at held-out examples, a batch at a time, in turn. */
export class Validation {
  readonly #batches: data.Batches;
  readonly #look: (images: Tensor, labels: Tensor) => { loss: Tensor; correct: Tensor };
  #milliseconds = Number.NaN;

  /** @param options how images become the network's input */
  constructor(model: nn.Module, set: data.LabelledImages, options: Omit<data.BatchOptions, "size" | "seed">) {
    this.#batches = new data.Batches(set, {
      ...options,
      size: Math.min(batchSize, set.count),
      seed: 0,
      dropLast: true,
    });
    this.#look = compile(
      (images: Tensor, labels: Tensor) => {
        const output = model.forward(images);
        const correct = output.argmax(1).equal(labels).cast("float32").mean();
        return { loss: losses.crossEntropy(output, labels), correct };
      },
      { name: "validate" },
    );
  }

  /** Least time of a forward pass for one example so far. */
  get millisecondsForward(): number {
    return this.#milliseconds;
  }

  /** Loss and accuracy on batch `turn`; after the last one the first comes again. */
  async measure(turn: number): Promise<{ loss: number; accuracy: number }> {
    const batch = this.#batches.batch(0, turn % this.#batches.perEpoch);
    const began = performance.now();
    const result = this.#look(batch.images, batch.labels);
    const loss = await result.loss.item();
    const accuracy = await result.correct.item();
    const took = (performance.now() - began) / batch.indices.length;
    if (!(took > this.#milliseconds)) this.#milliseconds = took;
    return { loss, accuracy };
  }
}
