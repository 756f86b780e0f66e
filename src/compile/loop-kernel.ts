import type { Node } from "../graph/types.js";
import { forEachExpression } from "./expression.js";
import type { BufferId, LoopKernel, Nest } from "./kernel.js";

export function loopKernel(
  nodes: readonly Node[],
  nests: readonly Nest[],
  output: BufferId,
  fill?: number,
): LoopKernel {
  const reads = [...new Set(nests.flatMap(readsOf))];
  return { kind: "loop", nodes, nests, reads, writes: [output], ...(fill === undefined ? {} : { fill }) };
}

/** Every buffer that a nest loads from. */
export function readsOf(nest: Nest): BufferId[] {
  const reads = new Set<BufferId>();
  forEachExpression([...nest.reductions.map((r) => r.value), ...nest.stores.map((s) => s.value)], (part) => {
    if (part.kind === "load") reads.add(part.view.buffer);
    if (part.kind === "random") reads.add(part.key.buffer);
  });
  return [...reads];
}
