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

/** What Node has, and what browsers have, of ways to be called in a later turn of the event loop. */
interface Turns {
  readonly setImmediate?: (callback: () => void) => unknown;
  readonly scheduler?: { postTask?(callback: () => void): Promise<unknown> };
}

/**
 * Lets the event loop turn: for training loops of one's own that would keep messages, timers and the page waiting. Timers are slowed down by browsers when they come in chains. Messages are not, but in Chromium they go through
 * another thread, which takes its time where all cores are in use; tasks do not.
 */
export function nextTurn(): Promise<void> {
  const { setImmediate, scheduler } = globalThis as Turns;
  return new Promise((resolve) => {
    if (setImmediate) {
      setImmediate(resolve);
    } else if (scheduler?.postTask) {
      void scheduler.postTask(resolve);
    } else {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        resolve();
      };
      port2.postMessage(undefined);
    }
  });
}
