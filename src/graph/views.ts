import { ops } from "./ops.js";
import type { Node } from "./types.js";

/** Movement that only changes how indices are computed, never what is in memory. */
export function isView(node: Node): boolean {
  return ops[node.op].traits.view === true;
}

/** Skips movement that only changes indices. */
export function baseOf(node: Node): Node {
  let base = node;
  while (isView(base)) base = base.inputs[0]!;
  return base;
}
