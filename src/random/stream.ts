import { threefry2x32Into } from "./threefry.js";

/** Everything that a `RandomStream` remembers: plain numbers, so that it can go into a checkpoint as JSON. */
export interface RandomStreamState {
  readonly seed: number;
  readonly stream: number;
  /** 32-bit words drawn so far. */
  readonly counter: number;
}

const twoTo32 = 0x1_0000_0000;

function requireInteger(name: string, value: number, below: number): void {
  if (!Number.isInteger(value) || value < 0 || value >= below) {
    throw new RangeError(`RandomStream: ${name} is ${value}, but must be an integer in [0, ${below})`);
  }
}

/**
 * A sequence of random numbers for work on the host: shuffles, splits, initial values.
 *
 * Word `i` of the sequence is word `i % 2` of Threefry-2x32 with the seed as key and `(floor(i / 2), stream)` as
 * counter. So streams with the same seed and different numbers never overlap, and the whole state is one count.
 * A stream holds 2^33 words; drawing more throws, because it would repeat.
 */
export class RandomStream {
  readonly seed: number;
  readonly stream: number;
  readonly #key0: number;
  readonly #key1: number;
  readonly #block = new Uint32Array(2);
  #counter = 0;

  /**
   * @param seed an integer in [0, 2^53)
   * @param stream which of the seed's independent sequences, an integer in [0, 2^32)
   */
  constructor(seed: number, stream = 0) {
    requireInteger("seed", seed, Number.MAX_SAFE_INTEGER + 1);
    requireInteger("stream", stream, twoTo32);
    this.seed = seed;
    this.stream = stream;
    this.#key0 = seed % twoTo32;
    this.#key1 = Math.floor(seed / twoTo32);
  }

  /** The stream that goes on exactly where the one that gave `state` stood. */
  static restore(state: RandomStreamState): RandomStream {
    const restored = new RandomStream(state.seed, state.stream);
    requireInteger("counter", state.counter, 2 * twoTo32 + 1);
    restored.#counter = state.counter;
    // An odd count means that one word of the current block is still to be used.
    if (state.counter % 2 === 1) restored.#fill((state.counter - 1) / 2);
    return restored;
  }

  /** Where the stream stands, to be restored later. */
  state(): RandomStreamState {
    return { seed: this.seed, stream: this.stream, counter: this.#counter };
  }

  /** A uniform integer in [0, 2^32). Draws one word. */
  nextUint32(): number {
    const half = this.#counter % 2;
    if (half === 0) {
      if (this.#counter >= 2 * twoTo32) {
        throw new RangeError(
          `RandomStream: stream ${this.stream} of seed ${this.seed} is used up (2^33 words)`,
        );
      }
      this.#fill(this.#counter / 2);
    }
    this.#counter += 1;
    return this.#block[half] as number;
  }

  /** A uniform multiple of 2^-53 in [0, 1). Draws two words. */
  uniform(): number {
    const high = this.nextUint32() >>> 5;
    const low = this.nextUint32() >>> 6;
    return (high * 0x400_0000 + low) / 0x20_0000_0000_0000;
  }

  /**
   * A normal variable of mean 0 and variance 1, by the Box-Muller transform. Draws four words and keeps nothing
   * back, so that the count of words stays the whole state. `Math.log` and `Math.cos` are not exactly specified:
   * two JavaScript engines may differ in the last place of the float64.
   */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform())); // 1 - u is in (0, 1]: never log(0)
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** A uniform integer in [0, bound), `bound` in [1, 2^32], without bias. Draws one word, seldom more. */
  integer(bound: number): number {
    if (!Number.isInteger(bound) || bound < 1 || bound > twoTo32) {
      throw new RangeError(
        `RandomStream.integer: bound is ${bound}, but must be an integer in [1, ${twoTo32}]`,
      );
    }
    // Words below `skipped` are drawn again: what is left is a whole number of periods of `bound`.
    const skipped = twoTo32 % bound;
    for (;;) {
      const word = this.nextUint32();
      if (word >= skipped) return word % bound;
    }
  }

  /** The numbers 0 ... n-1 in uniformly random order (Fisher-Yates). */
  permutation(n: number): Uint32Array<ArrayBuffer> {
    requireInteger("length of permutation", n, twoTo32);
    const order = new Uint32Array(n);
    for (let i = 0; i < n; i++) order[i] = i;
    for (let i = n - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const moved = order[i] as number;
      order[i] = order[j] as number;
      order[j] = moved;
    }
    return order;
  }

  #fill(block: number): void {
    threefry2x32Into(this.#key0, this.#key1, block, this.stream, this.#block);
  }
}
