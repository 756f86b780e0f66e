import { nextTurn } from "../runtime/turn.js";

/**
 * Lets the event loop run now and then. Steps run one after the other without giving way, so without this no
 * signal, timer or repaint would get through, and finalizers would not run.
 */
export class Pacer {
  readonly #milliseconds: number;
  #last = performance.now();

  constructor(milliseconds = 30) {
    this.#milliseconds = milliseconds;
  }

  /** Gives way if the last time was long enough ago. */
  async pause(): Promise<void> {
    if (performance.now() - this.#last < this.#milliseconds) return;
    await nextTurn();
    this.#last = performance.now();
  }
}
