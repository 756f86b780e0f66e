import { inputSlot, node } from "../graph/build.js";
import type { Node } from "../graph/types.js";
import { matmul } from "../tensor/contraction.js";
import { add, constant } from "../tensor/elementwise.js";
import { permute, reshape, transpose } from "../tensor/movement.js";
import { sum } from "../tensor/reduction.js";
import type { ScanStep } from "../tensor/scan.js";

/** How a loop that is being written adds up values over its steps. */
export interface StepSums {
  /** Values that it must stack, and running sums that it must carry. */
  readonly outputs: readonly Node[];
  readonly carries: ScanStep["carries"];
  /** The sums, once the loop is made: `stacked` gives the values of all steps, `totals` the running sums at the end. */
  finish(stacked: (value: Node) => Node, totals: readonly Node[]): Node[];
}

type Finish = (stacked: (value: Node) => Node, totals: readonly Node[]) => Node;

/**
 * Plans the sums of `terms` over all steps of a loop. A sum of matrix products is one product over all steps, made after
 * the loop: the gradient of a weight does not cost the loop anything, and is computed at the speed of a large product. A
 * sum of sums is a sum of what is stacked. Everything else is carried and added up step by step.
 * @param stacked values that the loop stacks anyway
 */
export function planSums(terms: readonly Node[], stacked: Iterable<Node>): StepSums {
  const outputs = new Set(stacked);
  const carries: { state: Node; initial: Node; next: Node }[] = [];

  // Products first: what they have stacked, sums can use.
  const collect = (term: Node): void => {
    if (isLinear(term)) term.inputs.forEach(collect);
    else if (isProduct(term)) for (const operand of term.inputs) outputs.add(unmoved(operand));
  };
  terms.forEach(collect);

  const plan = (term: Node): Finish => {
    if (isLinear(term)) {
      const parts = term.inputs.map(plan);
      return (...at) =>
        relinked(
          term,
          parts.map((part) => part(...at)),
        );
    }
    if (isProduct(term)) {
      const [a, b] = term.inputs as readonly [Node, Node];
      return (of) => matmul(transpose(rowsOf(transpose(a), of)), rowsOf(b, of));
    }
    if (term.op === "sum" && outputs.has(unmoved(term.inputs[0]!))) {
      const axes = [0, ...term.attributes.axes.map((axis) => axis + 1)];
      return (of) => sum(stack(term.inputs[0]!, of), axes);
    }
    const state = node("input", [], { slot: inputSlot("sum over a scan's steps", term) });
    const place =
      carries.push({ state, initial: constant(0, "float32", term.shape), next: add(state, term) }) - 1;
    return (_, totals) => totals[place]!;
  };
  const plans = terms.map(plan);
  return { outputs: [...outputs], carries, finish: (...at) => plans.map((finish) => finish(...at)) };
}

/** Operations that can as well be done with the sums of their operands. */
function isLinear(of: Node): boolean {
  return of.op === "add" || of.op === "reshape" || of.op === "permute";
}

function relinked(of: Node, inputs: readonly Node[]): Node {
  if (of.op === "reshape") return reshape(inputs[0]!, of.shape);
  return of.op === "permute" ? permute(inputs[0]!, of.attributes.axes) : add(inputs[0]!, inputs[1]!);
}

function isProduct(of: Node): boolean {
  return of.op === "matmul" && of.shape.length === 2;
}

/** Below movement that a stack of all steps can be given instead. */
function unmoved(of: Node): Node {
  let base = of;
  while (base.op === "permute" || base.op === "reshape") base = base.inputs[0]!;
  return base;
}

/** The values of all steps, [length, ...], moved as `of` moves those of one. */
function stack(of: Node, stacked: (value: Node) => Node): Node {
  if (of.op === "reshape") {
    const inner = stack(of.inputs[0]!, stacked);
    return reshape(inner, [inner.shape[0]!, ...of.shape]);
  }
  if (of.op === "permute") {
    return permute(stack(of.inputs[0]!, stacked), [0, ...of.attributes.axes.map((axis) => axis + 1)]);
  }
  return stacked(of);
}

/** The rows [K, N] of all steps one below the other, [length * K, N]. */
function rowsOf(of: Node, stacked: (value: Node) => Node): Node {
  // A transposition of a transposition is none.
  const inner = of.op === "permute" ? of.inputs[0]! : undefined;
  const base = inner?.op === "permute" && inner.shape.length === 2 ? inner.inputs[0]! : of;
  return reshape(stack(base, stacked), [-1, of.shape[1]!]);
}
