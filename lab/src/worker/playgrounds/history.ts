import type { Curve } from "./playground.js";

/** As many points as a chart can show; beyond, neighbours are joined. */
const capacity = 800;

/**
 * A curve of any length in bounded memory: means over so many steps that at most `capacity` are kept. Which steps are joined
 * depends on their number alone.
 */
export class History {
  #stride = 1;
  #means: number[] = [];
  #sum = 0;
  #count = 0;

  push(value: number): void {
    this.#sum += value;
    if (++this.#count < this.#stride) return;
    this.#means.push(this.#sum / this.#count);
    this.#sum = 0;
    this.#count = 0;
    if (this.#means.length < 2 * capacity) return;
    const pairs = this.#means;
    this.#means = Array.from(
      { length: capacity },
      (_, i) => ((pairs[2 * i] as number) + (pairs[2 * i + 1] as number)) / 2,
    );
    this.#stride *= 2;
  }

  /** Each mean at the last of its steps, counted from 1. */
  curve(): Curve {
    const x = Float64Array.from(this.#means, (_, i) => (i + 1) * this.#stride);
    return { x, y: Float64Array.from(this.#means) };
  }

  /** The mean of about the last `count` values; NaN before there is one. */
  recent(count: number): number {
    const last = this.#means.slice(-Math.max(1, Math.round(count / this.#stride)));
    return last.length === 0 ? Number.NaN : last.reduce((sum, value) => sum + value, 0) / last.length;
  }
}
