import { ops } from "../graph/ops.js";
import type { Node } from "../graph/types.js";
import { sizeOf } from "../shape/shape.js";

/**
 * The values of a loop's step that should be stored for its derivative, which needs `needed`: of all choices after which
 * nothing costly has to be computed again, one with the fewest elements. `available` is there anyway.
 *
 * That is a minimum cut. Between costly operations and what is needed, every way must pass a stored value; storing a value
 * costs its size. (As in min-cut rematerialization: H. He and S. Yu, "Transcending runtime-memory tradeoffs in checkpointing
 * by being fusion aware", MLSys 2023)
 */
export function chooseResiduals(needed: readonly Node[], available: (node: Node) => boolean): Node[] {
  const nodes: Node[] = [];
  const numbers = new Map<Node, number>();
  const visit = (node: Node): void => {
    if (numbers.has(node) || available(node)) return;
    numbers.set(node, nodes.push(node) - 1);
  };
  needed.forEach(visit);
  // Grows while it is walked through.
  for (const node of nodes) node.inputs.forEach(visit);

  // Each node is an edge from its entry, 2 n, to its exit, 2 n + 1, with its size as capacity.
  const [source, sink] = [2 * nodes.length, 2 * nodes.length + 1];
  const network = new FlowNetwork(2 * nodes.length + 2);
  nodes.forEach((node, n) => {
    network.connect(2 * n, 2 * n + 1, sizeOf(node.shape));
    const { cheap, kind } = ops[node.op].traits;
    if (!cheap && kind !== "movement") network.connect(source, 2 * n, Infinity);
    for (const input of new Set(node.inputs)) {
      const from = numbers.get(input);
      if (from !== undefined) network.connect(2 * from + 1, 2 * n, Infinity);
    }
  });
  for (const node of new Set(needed)) {
    const n = numbers.get(node);
    if (n !== undefined) network.connect(2 * n + 1, sink, Infinity);
  }
  const behind = network.cut(source, sink);
  return nodes.filter((_, n) => !behind.has(2 * n) && behind.has(2 * n + 1));
}

/** Maximum flow by shortest augmenting paths (Edmonds and Karp 1972). */
class FlowNetwork {
  /** Of each vertex, the numbers of the edges that leave it; edge 2 i + 1 leads back along edge 2 i. */
  readonly #leaving: number[][];
  readonly #target: number[] = [];
  /** What can still flow along each edge. */
  readonly #left: number[] = [];

  constructor(vertices: number) {
    this.#leaving = Array.from({ length: vertices }, () => []);
  }

  connect(from: number, to: number, capacity: number): void {
    this.#leaving[from]!.push(this.#target.push(to) - 1);
    this.#left.push(capacity);
    this.#leaving[to]!.push(this.#target.push(from) - 1);
    this.#left.push(0);
  }

  /** The vertices behind the minimum cut that lies nearest to the sink. */
  cut(source: number, sink: number): Set<number> {
    for (;;) {
      const path = this.#pathTo(source, sink);
      if (path === undefined) break;
      const flow = Math.min(...path.map((edge) => this.#left[edge]!));
      for (const edge of path) {
        this.#left[edge]! -= flow;
        this.#left[edge ^ 1]! += flow;
      }
    }
    const behind = new Set([sink]);
    for (const vertex of behind) {
      // An edge that leaves `vertex` has its reverse entering it.
      for (const edge of this.#leaving[vertex]!) {
        if (this.#left[edge ^ 1]! > 0) behind.add(this.#target[edge]!);
      }
    }
    return behind;
  }

  /** The edges of a shortest path along which something can flow. */
  #pathTo(source: number, sink: number): number[] | undefined {
    const arrivedBy = new Map<number, number>();
    const queue = [source];
    for (const vertex of queue) {
      for (const edge of this.#leaving[vertex]!) {
        const next = this.#target[edge]!;
        if (this.#left[edge]! <= 0 || next === source || arrivedBy.has(next)) continue;
        arrivedBy.set(next, edge);
        if (next === sink) break;
        queue.push(next);
      }
    }
    if (!arrivedBy.has(sink)) return undefined;
    const path: number[] = [];
    for (let at = sink; at !== source; at = this.#target[path[path.length - 1]! ^ 1]!)
      path.push(arrivedBy.get(at)!);
    return path;
  }
}
