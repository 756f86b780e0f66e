import { random } from "gradus";

/**
 * Which of `count` examples make the batch of a step: each epoch goes through all of them in an order of its own. A pure
 * function of its arguments, so that a step is the same whenever it is made. The last batch of an epoch may be smaller.
 */
export function batchIndices(seed: number, count: number, size: number, step: number): Uint32Array {
  const perEpoch = Math.ceil(count / size);
  const epoch = Math.floor(step / perEpoch);
  const first = (step % perEpoch) * size;
  return order(seed, count, epoch).subarray(first, first + size);
}

/** Orders that were used lately: several trainings may take turns. */
const orders = new Map<string, Uint32Array>();

function order(seed: number, count: number, epoch: number): Uint32Array {
  const key = `${seed} ${count} ${epoch}`;
  let known = orders.get(key);
  if (known === undefined) {
    known = new random.RandomStream(seed, epoch + 1).permutation(count);
    orders.set(key, known);
    for (const oldest of orders.keys()) {
      if (orders.size <= 20) break;
      orders.delete(oldest);
    }
  }
  return known;
}
