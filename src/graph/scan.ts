import { node } from "./build.js";
import type { InputSlot, Node, NodeOf, OpAttributes, TensorType } from "./types.js";

/** One slot for each position and type, so that equal bodies are the same nodes whoever wrote them. */
const slots = new Map<string, InputSlot>();

/** What a loop's body reads at `position` among the loop's inputs: a carry, an element of a sequence, or an input itself. */
export function scanParameter(position: number, { shape, dtype }: TensorType): NodeOf<"input"> {
  const key = `${position}:${dtype}[${shape}]`;
  let slot = slots.get(key);
  if (slot === undefined) {
    const made = { id: -1 - slots.size, name: `parameter ${position}`, shape: [...shape], dtype };
    slot = Object.freeze({ ...made, shape: Object.freeze(made.shape), parameter: position });
    slots.set(key, slot);
  }
  return node("input", [], { slot });
}

/** The parameters of a loop's body, one for each of the loop's inputs. */
export function scanParameters(inputs: readonly TensorType[], attributes: OpAttributes["scan"]): Node[] {
  const { next, sequences } = attributes;
  return inputs.map(({ shape, dtype }, position) => {
    const isSequence = position >= next.length && position < next.length + sequences;
    return scanParameter(position, { shape: isSequence ? shape.slice(1) : shape, dtype });
  });
}

/** The graphs of a loop's body that a node needs: the carries, and the value that it stacks. */
export function bodyOf({ next, result }: OpAttributes["scan"]): readonly Node[] {
  return result.kind === "stack" ? [...next, result.value] : next;
}

/** All results of the same loop: they have the same inputs and carry the same values on. */
export interface Loop {
  readonly results: readonly NodeOf<"scan">[];
  readonly inputs: readonly Node[];
  readonly attributes: OpAttributes["scan"];
}

/** The loop of each `scan` among `order`, with its results in that order. */
export function loopsOf(order: readonly Node[]): Map<Node, Loop> {
  const byKey = new Map<string, { results: NodeOf<"scan">[] } & Loop>();
  const loops = new Map<Node, Loop>();
  for (const node of order) {
    if (node.op !== "scan") continue;
    const { inputs, attributes } = node;
    const { length, sequences, reverse, next } = attributes;
    const ids = (list: readonly Node[]) => list.map(({ id }) => id).join(",");
    const key = `${ids(inputs)}:${ids(next)}:${length}:${sequences}:${reverse}`;
    const loop = byKey.get(key) ?? { results: [], inputs, attributes };
    byKey.set(key, loop);
    loop.results.push(node);
    loops.set(node, loop);
  }
  return loops;
}
