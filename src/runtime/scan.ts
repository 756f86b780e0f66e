import { inputSlot, node } from "../graph/build.js";
import { describe } from "../graph/checks.js";
import type { Node, TensorType } from "../graph/types.js";
import { ShapeError, sameShape } from "../shape/shape.js";
import { scan as scanNodes } from "../tensor/scan.js";
import { Tensor } from "../tensor/tensor.js";
import { entriesOf, rebuild, type Structure } from "./structure.js";
import { refuseAssignments } from "./variable.js";

/** One step: from the carry and the step's entry of the sequences to the next carry, and what to collect. */
export type ScanBody<C extends Structure, X extends Structure, Y extends Structure> = (
  carry: C,
  element: X,
) => { readonly carry: C; readonly output?: Y };

export interface ScanOptions {
  /** Go from the last entry of the sequences to the first. Outputs stay in the order of the sequences. */
  readonly reverse?: boolean;
  /** Number of steps: needed only where there are no sequences. */
  readonly length?: number;
}

export interface ScanResults<C extends Structure, Y extends Structure> {
  /** The carry after the last step. */
  readonly carry: C;
  /** The output of every step, along a new first axis. */
  readonly outputs: Y;
}

/**
 * Repeats a step over the first axis of `sequences`, handing the carry from each step to the next:
 *
 *     (carry, y[t]) = body(carry, x[t])    for t = 0 ... length - 1
 *
 * ```ts
 * const { carry, outputs } = scan(
 *   (hidden, x) => {
 *     const next = x.matmul(inputWeight).add(hidden.matmul(hiddenWeight)).tanh();
 *     return { carry: next, output: next };
 *   },
 *   zeros([batch, units]),
 *   inputs,                                          // [time, batch, features]
 * );                                                 // outputs: [time, batch, units]
 * ```
 *
 * Carries, sequences and outputs are tensors, or lists and records of tensors. The body is called once, on placeholders, and
 * becomes one loop of the program, however many steps there are. It may use any other tensors and variables; what does not
 * depend on carry or element is computed once, before the loop. It can be differentiated as everything else.
 *
 * It cannot assign variables, and so not draw random numbers: draw them before, for all steps, and pass them as a sequence.
 *
 * @throws ShapeError when sequences differ in length, or the body changes the shape or dtype of its carry.
 */
export function scan<
  const C extends Structure,
  const X extends Structure = undefined,
  const Y extends Structure = undefined,
>(body: ScanBody<C, X, Y>, initial: C, sequences: X, options: ScanOptions = {}): ScanResults<C, Y> {
  const initials = tensorsOf(initial, "the initial carry");
  const arrays = tensorsOf(sequences, "the sequences");
  const length = lengthOf(arrays, options.length);
  const states = initials.map(([path, { node }]) => placeholder("carry", path, node));
  const elements = arrays.map(([path, { shape, dtype }]) =>
    placeholder("element", path, { shape: shape.slice(1), dtype }),
  );
  const at = (nodes: readonly Node[]) => (index: number) => new Tensor(nodes[index]!);
  const result = refuseAssignments(
    "the body of a scan assigns nothing; carry the value from step to step and assign it after the scan, and draw " +
      "random numbers before it, for all steps, as a sequence",
    () => body(rebuild(initial, at(states)) as C, rebuild(sequences, at(elements)) as X),
  );
  if (typeof result !== "object" || result === null || !("carry" in result)) {
    throw new TypeError("scan: the body must return { carry, output }, and must not be async");
  }
  const nexts = tensorsOf(result.carry, "the carry that the body returns");
  checkCarry(initials, nexts);
  const outputs = tensorsOf(result.output, "the output that the body returns");

  const loop = scanNodes({
    length,
    reverse: options.reverse ?? false,
    carries: initials.map(([, tensor], i) => ({
      state: states[i]!,
      initial: tensor.node,
      next: nexts[i]![1].node,
    })),
    sequences: arrays.map(([, tensor], i) => ({ element: elements[i]!, of: tensor.node })),
    outputs: outputs.map(([, tensor]) => tensor.node),
  });
  return {
    carry: rebuild(initial, at(loop.finals)) as C,
    outputs: rebuild(result.output, at(loop.outputs)) as Y,
  };
}

type Entries = readonly (readonly [path: string, tensor: Tensor])[];

function tensorsOf(structure: Structure, what: string): Entries {
  return entriesOf(
    structure,
    (type) => `scan: ${what} holds ${type}; it must be tensors, or arrays and objects of tensors`,
  );
}

function placeholder(role: string, path: string, type: TensorType): Node {
  const name = `${role}${path ? ` ${path}` : ""} of a scan`;
  return node("input", [], { slot: inputSlot(name, type) });
}

function lengthOf(arrays: Entries, given: number | undefined): number {
  const scalar = arrays.find(([, { rank }]) => rank === 0);
  if (scalar !== undefined)
    throw new ShapeError(
      `scan: sequence ${scalar[0]} is a scalar; a sequence needs a first axis to go along`,
    );
  const [first] = arrays;
  const length = first?.[1].shape[0] ?? given;
  if (length === undefined)
    throw new ShapeError("scan: without sequences, options.length must say how many steps");
  if (!Number.isInteger(length) || length < 0)
    throw new ShapeError(`scan: length is ${length}; it must be an integer of at least 0`);
  const other = arrays.find(([, { shape }]) => shape[0] !== length);
  if (other !== undefined || (given !== undefined && given !== length)) {
    const found = [...arrays.map(([path, { node }]) => `${path || "the sequence"} ${describe(node)}`)];
    if (given !== undefined) found.push(`options.length ${given}`);
    throw new ShapeError(
      `scan: the sequences must have one length along their first axis; there are ${found.join(", ")}`,
    );
  }
  return length;
}

function checkCarry(initials: Entries, nexts: Entries): void {
  const names = (entries: Entries) => entries.map(([path]) => path).join(", ");
  if (names(initials) !== names(nexts)) {
    throw new ShapeError(
      `scan: the body returns a carry of other parts, (${names(nexts)}), than the initial one, (${names(initials)})`,
    );
  }
  initials.forEach(([path, { node: before }], i) => {
    const after = nexts[i]![1].node;
    if (before.dtype === after.dtype && sameShape(before.shape, after.shape)) return;
    throw new ShapeError(
      `scan: carry${path ? ` ${path}` : ""} starts as ${describe(before)}, and the body makes it ${describe(after)}; it must stay what it is`,
    );
  });
}
