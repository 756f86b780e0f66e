import type { Node } from "../graph/types.js";
import { topological } from "../graph/walk.js";
import { operandRegions } from "./dependence-rules.js";
import { type Region, withRegion } from "./region.js";

/**
 * The elements of `leaf` from which the elements in `region` of `root` are computed, by walking the graph once from
 * result to leaf. Exact, except that what is looked up by index may come from anywhere along the indexed axis. Values do
 * not matter: a weight of 0 counts as any other.
 */
export function dependence(root: Node, region: Region, leaf: Node): readonly Region[] {
  const order = topological([root]);
  const between = new Set<Node>([leaf]);
  for (const node of order) if (node.inputs.some((input) => between.has(input))) between.add(node);
  const found = new Map<Node, readonly Region[]>([[root, withRegion([], region)]]);
  for (const node of order.reverse()) {
    if (node === leaf || !between.has(node)) continue;
    for (const part of found.get(node) ?? []) {
      for (const [i, regions] of operandRegions(part, node).entries()) {
        const input = node.inputs[i]!;
        if (between.has(input)) found.set(input, regions.reduce(withRegion, found.get(input) ?? []));
      }
    }
  }
  return found.get(leaf) ?? [];
}
