import type { Node } from "../graph/types.js";
import type { TypedArray } from "../shape/dtype.js";
import { setRealizer } from "../tensor/realizer.js";
import { dataOf, load, run, takeWaiting, unfinished } from "./execute.js";
import { enqueue } from "./queue.js";
import { breathe } from "./turn.js";

/** Computes the value of a node outside of any compiled function, carrying out waiting assignments on the way. */
async function read(node: Node): Promise<TypedArray> {
  const data = await compute(node);
  await breathe();
  return data;
}

function compute(node: Node): Promise<TypedArray> {
  if (node.op === "input") {
    const data = dataOf(node.attributes.slot);
    if (data !== undefined) return Promise.resolve(data).then((ready) => ready.slice());
  }
  // Assignments made later do not belong to this read, so they are taken now.
  const computation = takeWaiting([node]);
  return enqueue(async () => {
    const loaded = await load(computation);
    await Promise.all(unfinished(loaded.leaves));
    return run(loaded)[0]!;
  });
}

setRealizer({ read });
