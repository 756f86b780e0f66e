/** Milliseconds that a chain of reads may go on before other things get their turn. */
const LONGEST = 10;

let last = performance.now();

/**
 * Lets the event loop turn when it has not for a while. A loop that only awaits results which are at hand never leaves the
 * engine's queue of microtasks: timers and the page would wait, and so would everything that weak references
 * and finalizers would release, for engines keep what was weakly referenced alive until the turn ends.
 */
export async function breathe(): Promise<void> {
  if (performance.now() - last < LONGEST) return;
  await nextTurn();
  last = performance.now();
}

function nextTurn(): Promise<void> {
  const { setImmediate } = globalThis as { setImmediate?: (callback: () => void) => unknown };
  return new Promise((resolve) => {
    if (setImmediate) {
      setImmediate(resolve);
      return;
    }
    // Timers are slowed down by browsers when they come in chains; messages are not.
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
