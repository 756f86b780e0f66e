const channel = new MessageChannel();
const waiting: (() => void)[] = [];
channel.port1.onmessage = () => waiting.shift()?.();

const { scheduler } = globalThis as {
  readonly scheduler?: { postTask?(task: () => void): Promise<unknown> };
};

/**
 * A turn of the event loop, which lets messages in. Timers would wait some milliseconds even for nothing, and messages
 * to oneself go through another thread, so they are only for browsers that have no tasks.
 */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    if (scheduler?.postTask) {
      void scheduler.postTask(resolve);
      return;
    }
    waiting.push(resolve);
    channel.port2.postMessage(null);
  });
}
