import type { Node } from "../graph/types.js";
import type { TypedArray } from "../shape/dtype.js";

/** Computes a node's value. The runtime is above the tensors in the order of imports, so it hands itself in here. */
export interface Realizer {
  read(node: Node): Promise<TypedArray>;
}

let realizer: Realizer | undefined;

/** Installs what computes values: done once by the runtime when it is loaded, and by tests. */
export function setRealizer(value: Realizer | undefined): void {
  realizer = value;
}

/** Reads a node's value: a fresh array. The user's own array is copied without running anything. */
export async function read(node: Node): Promise<TypedArray> {
  if (node.op === "input" && node.attributes.slot.data) return node.attributes.slot.data.slice();
  if (realizer === undefined) {
    throw new Error(
      `cannot compute ${node.op}: no runtime is installed; import "gradus" (or call setRealizer) before reading values`,
    );
  }
  return realizer.read(node);
}
