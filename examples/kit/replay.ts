import { type random, type Tensor, tensor } from "gradus";

/** A batch of transitions; `before` and `after` are `[length, width]`, the others `[length]`. */
export interface Transitions {
  readonly before: Tensor;
  readonly actions: Tensor;
  readonly rewards: Tensor;
  readonly after: Tensor;
}

/** What happened, to be learnt from again: the last so many transitions, from which batches are drawn at random. */
export class Replay {
  readonly #capacity: number;
  readonly #width: number;
  readonly #before: Float32Array;
  readonly #after: Float32Array;
  readonly #actions: Int32Array;
  readonly #rewards: Float32Array;
  #count = 0;

  /** @param width numbers that describe a state */
  constructor(capacity: number, width: number) {
    this.#capacity = capacity;
    this.#width = width;
    this.#before = new Float32Array(capacity * width);
    this.#after = new Float32Array(capacity * width);
    this.#actions = new Int32Array(capacity);
    this.#rewards = new Float32Array(capacity);
  }

  /** Transitions remembered. */
  get count(): number {
    return Math.min(this.#count, this.#capacity);
  }

  /** Remembers one more; the oldest makes room. */
  add(before: Float32Array, action: number, reward: number, after: Float32Array): void {
    const at = this.#count++ % this.#capacity;
    this.#before.set(before, at * this.#width);
    this.#after.set(after, at * this.#width);
    this.#actions[at] = action;
    this.#rewards[at] = reward;
  }

  /** Draws with replacement. */
  sample(length: number, stream: random.RandomStream): Transitions {
    const rows = Array.from({ length }, () => stream.integer(this.count));
    return {
      before: this.#states(this.#before, rows),
      actions: tensor(Int32Array.from(rows, (row) => this.#actions[row]!)),
      rewards: tensor(Float32Array.from(rows, (row) => this.#rewards[row]!)),
      after: this.#states(this.#after, rows),
    };
  }

  #states(all: Float32Array, rows: readonly number[]): Tensor {
    const width = this.#width;
    const picked = new Float32Array(rows.length * width);
    for (const [i, row] of rows.entries())
      picked.set(all.subarray(row * width, (row + 1) * width), i * width);
    return tensor(picked, { shape: [rows.length, width] });
  }
}
