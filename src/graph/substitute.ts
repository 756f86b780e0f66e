import { node } from "./build.js";
import { withPhase } from "./origin.js";
import type { Node, OpAttributes, OpName, Origin } from "./types.js";

/** The same operation on other operands. */
export function withInputs(of: Node, inputs: readonly Node[]): Node {
  if (inputs.every((input, i) => input === of.inputs[i])) return of;
  return node<OpName>(of.op, inputs, of.attributes as OpAttributes[OpName]) as Node;
}

/** `roots` computed from `replacements` wherever they use its keys. New nodes keep the origin of those they stand for, or get `origin`. */
export function substitute(
  roots: readonly Node[],
  replacements: ReadonlyMap<Node, Node>,
  origin?: Origin,
): Node[] {
  const done = new Map<Node, Node>(replacements);
  // Not `topological`, which would go on below the replaced nodes.
  const stack = [...roots];
  while (stack.length > 0) {
    const top = stack[stack.length - 1]!;
    const missing = done.has(top) ? [] : top.inputs.filter((input) => !done.has(input));
    if (missing.length > 0) {
      stack.push(...missing);
      continue;
    }
    stack.pop();
    if (done.has(top)) continue;
    const inputs = top.inputs.map((input) => done.get(input)!);
    done.set(
      top,
      withPhase((origin ?? top.origin).phase, () => withInputs(top, inputs), origin ?? top.origin),
    );
  }
  return roots.map((root) => done.get(root)!);
}
