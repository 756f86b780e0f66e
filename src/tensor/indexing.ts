import { node } from "../graph/build.js";
import type { Node } from "../graph/types.js";
import { normalizeAxis } from "../shape/shape.js";

/** Picks entries of `table` along `axis`; the indices' shape takes the place of that axis. Indices outside give 0. */
export function gather(table: Node, indices: Node, axis = 0): Node {
  return node("gather", [table, indices], { axis: normalizeAxis(axis, table.shape.length, "gather") });
}

/** Zeros with `extent` entries at `axis`, to which the updates are added at their indices; indices outside are ignored. */
export function scatterAdd(updates: Node, indices: Node, axis: number, extent: number): Node {
  return node("scatterAdd", [updates, indices], { axis, extent });
}
