import type { Lab } from "../../state/lab.svelte.js";

/**
 * Does something that takes long: at once, and again after frames, so often and no more, one at a time. What has begun
 * should look at `ended()` between its parts.
 * @returns ends it
 */
export function nowAndThen(
  lab: Lab,
  milliseconds: number,
  task: (ended: () => boolean) => Promise<void>,
): () => void {
  let over = false;
  let busy = false;
  let asked = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const wait = (time: number) => {
    if (!over) timer ??= setTimeout(go, time);
  };
  async function go() {
    timer = undefined;
    asked = false;
    busy = true;
    try {
      await task(() => over);
    } catch (error) {
      if (!over) lab.tell("error", error instanceof Error ? error.message : String(error));
    }
    busy = false;
    if (asked) wait(milliseconds);
  }
  let begun = false;
  const end = lab.onFrame(() => {
    asked = true;
    if (busy) return;
    wait(begun ? milliseconds : 0);
    begun = true;
  });
  return () => {
    over = true;
    clearTimeout(timer);
    end();
  };
}
