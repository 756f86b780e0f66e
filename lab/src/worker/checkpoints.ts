import type { train } from "gradus";

export type Arrays = train.Checkpoint["tensors"];

interface Entry {
  readonly step: number;
  readonly arrays: Arrays;
  readonly bytes: number;
}

/** Every so many steps at first. When the budget is used up, older ones are thinned to twice the distance, and later all. */
const firstInterval = 16;

/**
 * The weights of earlier steps, within a budget of bytes. Between two of them training is repeated, which gives the same
 * bits, so that any step can be gone back to.
 */
export class Checkpoints {
  readonly #budget: number;
  #entries: Entry[] = [];
  #interval = firstInterval;
  #bytes = 0;

  constructor(budget: number) {
    this.#budget = budget;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get steps(): readonly number[] {
    return this.#entries.map(({ step }) => step);
  }

  /** Whether the state after so many steps is to be kept. */
  wants(step: number): boolean {
    return step % this.#interval === 0 && (this.#entries.at(-1)?.step ?? -1) < step;
  }

  add(step: number, arrays: Arrays): void {
    const bytes = [...arrays.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
    this.#entries.push({ step, arrays, bytes });
    this.#bytes += bytes;
    while (this.#bytes > this.#budget && this.#entries.length > 2) this.#thin();
  }

  /** The last one that is not after so many steps. */
  before(step: number): { readonly step: number; readonly arrays: Arrays } | undefined {
    return this.#entries.findLast((entry) => entry.step <= step);
  }

  /** Forgets what came after so many steps. */
  truncate(step: number): void {
    this.#keep((entry) => entry.step <= step);
  }

  /** Those of a branch that leaves here: the same arrays, so they cost nothing twice. */
  fork(step: number): Checkpoints {
    const copy = new Checkpoints(this.#budget);
    copy.#interval = this.#interval;
    copy.#keep(
      () => true,
      this.#entries.filter((entry) => entry.step <= step),
    );
    return copy;
  }

  /** Makes room: leaves out the oldest that stands between two of twice the distance, so that memory stays as it is. */
  #thin(): void {
    for (;;) {
      const between = this.#entries.findIndex(({ step }) => step % (2 * this.#interval) !== 0);
      if (between > 0 && between < this.#entries.length - 1) {
        this.#keep((_, i) => i !== between);
        return;
      }
      this.#interval *= 2;
    }
  }

  #keep(wanted: (entry: Entry, index: number) => boolean, entries = this.#entries): void {
    this.#entries = entries.filter(wanted);
    this.#bytes = this.#entries.reduce((sum, { bytes }) => sum + bytes, 0);
  }
}
