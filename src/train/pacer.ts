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

/** A turn of the event loop. Timers would do, but browsers make them wait at least 4 ms. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof globalThis.setImmediate === "function") {
      globalThis.setImmediate(resolve);
      return;
    }
    const { port1, port2 } = new MessageChannel();
    port2.onmessage = () => {
      port1.close();
      port2.close();
      resolve();
    };
    port1.postMessage(undefined);
  });
}
