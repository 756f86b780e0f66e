let tail: Promise<unknown> | undefined;

/** True when work has been queued that has not run yet, so that later work must queue up too. */
export function busy(): boolean {
  return tail !== undefined;
}

/** Runs `work` after everything queued before: programs run in the order in which they were asked for. */
export function enqueue<T>(work: () => Promise<T>): Promise<T> {
  const result = tail === undefined ? work() : tail.then(work, work);
  const mine: Promise<unknown> = result.then(
    () => {
      if (tail === mine) tail = undefined;
    },
    () => {
      if (tail === mine) tail = undefined;
    },
  );
  tail = mine;
  return result;
}
