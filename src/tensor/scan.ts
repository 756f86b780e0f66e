import { node } from "../graph/build.js";
import { ops } from "../graph/ops.js";
import { withPhase } from "../graph/origin.js";
import { scanParameter } from "../graph/scan.js";
import { withInputs } from "../graph/substitute.js";
import type { Node, ScanResult } from "../graph/types.js";
import { baseOf, isView } from "../graph/views.js";
import { topological } from "../graph/walk.js";
import { sizeOf } from "../shape/shape.js";
import { broadcastTo, expandDimensions, slice } from "./movement.js";

/** One step of a loop, written with placeholders (inputs) for what changes from step to step. */
export interface ScanStep {
  readonly length: number;
  /** From the last element of the sequences to the first. */
  readonly reverse: boolean;
  /** `state` stands for the carry before the step, `next` is the one after it. */
  readonly carries: readonly { readonly state: Node; readonly initial: Node; readonly next: Node }[];
  /** `element` stands for the step's entry of the sequence `of`, along its first axis. */
  readonly sequences: readonly { readonly element: Node; readonly of: Node }[];
  /** What to stack over the steps. */
  readonly outputs: readonly Node[];
}

/**
 * The loop that repeats a step. The step may use any other nodes: what does not depend on the placeholders is computed once,
 * outside, and becomes an input of the loop. Returns the final carries, and each output along a new first axis.
 */
export function scan(step: ScanStep): { readonly finals: Node[]; readonly outputs: Node[] } {
  const { length, reverse, carries, outputs } = step;
  const roots = [...carries.map(({ next }) => next), ...outputs];
  const order = topological(roots);
  const used = new Set(order);
  const sequences = step.sequences.filter(({ element }) => used.has(element));
  const placeholders = [...carries.map(({ state }) => state), ...sequences.map(({ element }) => element)];

  const inputs = [...carries.map(({ initial }) => initial), ...sequences.map(({ of }) => of)];
  const inside = new Map<Node, Node>(
    placeholders.map((placeholder, position) => [placeholder, scanParameter(position, placeholder)]),
  );
  const varying = new Set<Node>(placeholders);
  for (const of of order) {
    if (!of.inputs.some((input) => varying.has(input))) continue;
    varying.add(of);
    const operands = of.inputs.map((input) => enter(input, inside, inputs));
    inside.set(
      of,
      withPhase(of.origin.phase, () => withInputs(of, operands), of.origin),
    );
  }
  const next = carries.map((carry) => enter(carry.next, inside, inputs));

  const attributes = { length, sequences: sequences.length, reverse, next };
  const result = (which: ScanResult) => node("scan", inputs, { ...attributes, result: which }) as Node;
  const stack = (output: Node): Node => {
    const sequence = sequences.find(({ element }) => element === output);
    if (sequence !== undefined) return sequence.of;
    if (!varying.has(output)) return broadcastTo(expandDimensions(output, 0), [length, ...output.shape]);
    const before = carries.findIndex(({ state }) => state === output);
    if (before >= 0) return statesBefore(result({ kind: "states", carry: before }), reverse);
    const after = carries.findIndex((carry) => carry.next === output);
    if (after >= 0) return statesAfter(result({ kind: "states", carry: after }), reverse);
    return result({ kind: "stack", value: inside.get(output)! });
  };
  return {
    finals: carries.map((_, carry) => result({ kind: "final", carry })),
    outputs: outputs.map(stack),
  };
}

/**
 * The node that stands for `of` in a loop's body: itself for constants, a parameter for what is computed outside. Views that
 * spread a value are repeated inside, where they cost nothing; the value is what enters.
 */
function enter(of: Node, inside: Map<Node, Node>, inputs: Node[]): Node {
  const known = inside.get(of);
  if (known !== undefined) return known;
  const base = baseOf(of);
  const { kind, cheap } = ops[base.op].traits;
  if (kind === "leaf" && cheap) return of;
  let entered: Node;
  if (isView(of) && sizeOf(of.shape) > sizeOf(base.shape)) {
    const operand = enter(of.inputs[0]!, inside, inputs);
    entered = withPhase(of.origin.phase, () => withInputs(of, [operand]), of.origin);
  } else {
    entered = scanParameter(inputs.push(of) - 1, of);
  }
  inside.set(of, entered);
  return entered;
}

/** Of the states of a carry, [length + 1, ...], those before each step. */
export function statesBefore(states: Node, reverse: boolean): Node {
  return reverse ? slice(states, [1]) : slice(states, [0], [states.shape[0]! - 1]);
}

/** Of the states of a carry, [length + 1, ...], those after each step. */
export function statesAfter(states: Node, reverse: boolean): Node {
  return statesBefore(states, !reverse);
}
