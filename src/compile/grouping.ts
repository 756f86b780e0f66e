import type { Computation } from "../graph/computation.js";
import { ops } from "../graph/ops.js";
import type { Traits } from "../graph/traits.js";
import type { Node } from "../graph/types.js";
import { baseOf, isView } from "../graph/views.js";
import { sizeOf } from "../shape/shape.js";
import { nodesOf } from "./structure.js";

/** Which nodes own memory, and which kernel computes each of the others. */
export interface Grouping {
  /** All nodes, operands first. */
  readonly order: readonly Node[];
  /** Nodes whose value is written to a buffer; each is the result of one kernel. */
  readonly kept: ReadonlySet<Node>;
  /** For a kept node at the end of an epilogue: the reduction or contraction at its start. */
  readonly anchors: ReadonlyMap<Node, Node>;
}

/** What later analysis found to be impossible, so that the next attempt decides otherwise. */
export interface Constraints {
  readonly keep: Set<Node>;
  readonly noEpilogue: Set<Node>;
}

function traitsOf(node: Node): Traits {
  return ops[node.op].traits;
}

/**
 * Decides what is computed together: contractions and reductions take the elementwise operations that follow them
 * (epilogue), everything takes those that come before (prologue), as long as nothing costly is computed twice.
 */
export function group(computation: Computation, constraints: Constraints): Grouping {
  const order = nodesOf(computation);
  const consumers = new Map<Node, Node[]>(order.map((node) => [node, []]));
  for (const node of order) for (const input of new Set(node.inputs)) consumers.get(input)!.push(node);

  const kept = new Set<Node>(constraints.keep);
  for (const root of [...computation.outputs, ...computation.updates.map((update) => update.value)])
    kept.add(root);
  for (const node of order) {
    if (traitsOf(node).readsMemory) for (const input of node.inputs) keepBase(input, kept);
    // A small value spread over a large array is computed once, before.
    if (isSpread(node) && traitsOf(baseOf(node)).kind === "elementwise") kept.add(baseOf(node));
  }

  const positions = new Map<Node, number>(order.map((node, index) => [node, index]));
  const anchors = new Map<Node, Node>();
  const absorbed = new Set<Node>();
  for (const node of order) {
    if (!startsKernel(node)) continue;
    const goesOn = traitsOf(node).takesEpilogue && !constraints.noEpilogue.has(node);
    const end = goesOn ? epilogueEnd(node, consumers, kept, anchors, positions) : node;
    kept.add(end);
    if (end !== node) {
      anchors.set(end, node);
      absorbed.add(node);
    }
  }

  const users = new Map<Node, Set<Node>>();
  for (let i = order.length - 1; i >= 0; i--) {
    const node = order[i]!;
    const mine = new Set<Node>();
    for (const consumer of consumers.get(node)!) {
      if (kept.has(consumer)) mine.add(consumer);
      else for (const user of users.get(consumer)!) mine.add(user);
    }
    users.set(node, mine);
    if (kept.has(node) || traitsOf(node).stored) continue;
    if (startsKernel(node) && !absorbed.has(node)) kept.add(node);
    else if (mine.size > 1 && isWorthKeeping(node)) kept.add(node);
  }
  limitDepth(order, kept);
  return { order, kept, anchors };
}

/** Operations in a row that one kernel computes at most: passes and emitters walk expressions recursively. */
const DEEPEST = 128;

function limitDepth(order: readonly Node[], kept: Set<Node>): void {
  const depths = new Map<Node, number>();
  for (const node of order) {
    const depth = 1 + Math.max(0, ...node.inputs.map((input) => (kept.has(input) ? 0 : depths.get(input)!)));
    depths.set(node, depth);
    if (depth >= DEEPEST && traitsOf(node).kind === "elementwise") kept.add(node);
  }
}

/** Operations that are always computed into memory (or into an epilogue), never inside another kernel's loops. */
function startsKernel(node: Node): boolean {
  const { kind, view } = traitsOf(node);
  return kind !== "leaf" && kind !== "elementwise" && !view;
}

/** Nodes of an epilogue at most. */
const LONGEST_EPILOGUE = 64;

/**
 * Follows elementwise consumers of the same size from `start`, as far as there is one node through which everything that
 * uses them goes: `relu(x)`, say, which meets x twice. Only that node's value leaves the kernel.
 */
function epilogueEnd(
  start: Node,
  consumers: ReadonlyMap<Node, readonly Node[]>,
  kept: ReadonlySet<Node>,
  anchors: ReadonlyMap<Node, Node>,
  positions: ReadonlyMap<Node, number>,
): Node {
  const inside = new Set([start]);
  /** Consumers that are not inside yet. */
  const open = new Set<Node>(consumers.get(start));
  let end = start;
  let last = start;
  while (!kept.has(last) && inside.size < LONGEST_EPILOGUE) {
    // The first in order uses nothing that is still open.
    const next = [...open].reduce<Node | undefined>(
      (a, b) => (a === undefined || positions.get(b)! < positions.get(a)! ? b : a),
      undefined,
    );
    if (next === undefined) break;
    const elementwise = traitsOf(next).kind === "elementwise" && sizeOf(next.shape) === sizeOf(start.shape);
    // Reductions may keep their axes as extents of 1; contractions would lose their loops' meaning.
    const reshapes = next.op === "reshape" && traitsOf(start).kind === "reduction";
    if ((!elementwise && !reshapes) || anchors.has(next)) break;
    open.delete(next);
    inside.add(next);
    for (const consumer of consumers.get(next)!) open.add(consumer);
    last = next;
    // Whatever is used outside must be the last node's value.
    const isExit = [...open].every((node) =>
      node.inputs.every((input) => input === next || !inside.has(input)),
    );
    if (isExit && elementwise) end = next;
  }
  return end;
}

/** A small value that is spread over a large array. */
function isSpread(node: Node): boolean {
  return isView(node) && sizeOf(node.shape) >= 4 * sizeOf(node.inputs[0]!.shape);
}

function keepBase(node: Node, kept: Set<Node>): void {
  const base = baseOf(node);
  if (!traitsOf(base).stored) kept.add(base);
}

/** Cheap operations on one large operand are computed again rather than stored and loaded: `x - mean`, say. */
function isWorthKeeping(node: Node): boolean {
  const { kind, cheap, view } = traitsOf(node);
  if (!cheap) return true;
  if (view || kind === "leaf") return false;
  const large = node.inputs.filter((input) => baseOf(input).op !== "constant" && !isSpread(input));
  return large.length > 1;
}
