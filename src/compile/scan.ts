import type { Loop } from "../graph/scan.js";
import type { Node } from "../graph/types.js";
import { sizeOf, stridesOf } from "../shape/shape.js";
import { identityCoordinates } from "./access.js";
import { copyNest, operandView } from "./contractions.js";
import type { FusionContext } from "./fusion-context.js";
import type { BufferId, LoopKernel, ScanKernel, StepView } from "./kernel.js";
import { loopKernel } from "./loop-kernel.js";
import { NestBuilder } from "./nest.js";

/**
 * The kernel of a loop, whose results are `outputs`. Elements of sequences are read, and stacked values written, in place.
 * A carry lives in as many places as it has states, when these are a result, and else in two that it takes in turn: each
 * step reads one and writes another, so nothing is copied.
 */
export function scanKernel(loop: Loop, outputs: readonly BufferId[], context: FusionContext): ScanKernel {
  const { inputs, results, attributes } = loop;
  const { length, sequences, reverse, next } = attributes;
  const { program, plan, leaves } = context.stepOf(loop);
  const nodes = results as readonly Node[];
  const along = (buffer: BufferId, offset: number, stride: number): StepView => ({
    buffer,
    offset: reverse ? offset + (length - 1) * stride : offset,
    stride: reverse ? -stride : stride,
    alternates: false,
  });

  const carried = new Set(leaves.flatMap((leaf) => (leaf.kind === "next" ? [leaf.carry] : [])));
  const carries = new Map([...carried].map((carry) => [carry, placeCarry(loop, carry, outputs, context)]));
  const reads = new Set<BufferId>();
  const views = leaves.map((leaf): StepView => {
    if (leaf.kind === "next") return carries.get(leaf.carry)!.after;
    if (leaf.kind === "stack")
      return along(outputs[leaf.result]!, 0, sizeOf(nodes[leaf.result]!.shape.slice(1)));
    const { input } = leaf;
    if (input < next.length) return carries.get(input)!.before;
    const isSequence = input < next.length + sequences;
    const view = operandView(inputs[input]!, context);
    // The step reads dense arrays, but its elements of a sequence may lie anywhere.
    const { shape } = inputs[input]!;
    const dense = stridesOf(shape).every(
      (stride, axis) => (isSequence && axis === 0) || shape[axis] === 1 || view.strides[axis] === stride,
    );
    if (!dense) context.requestKeep(inputs[input]!);
    reads.add(view.buffer);
    return isSequence
      ? along(view.buffer, view.offset, view.strides[0]!)
      : { buffer: view.buffer, offset: view.offset, stride: 0, alternates: false };
  });

  const before = [...carries].map(([carry, { buffer, initial }]): LoopKernel => {
    const of = inputs[carry]!;
    const builder = new NestBuilder(of.shape, [], context, undefined, undefined);
    const value = builder.expression(of, identityCoordinates(of.shape.length));
    const view = { ...builder.denseView(buffer, of.shape), offset: initial };
    return loopKernel(nodes, [builder.nest([{ view, value }])], buffer);
  });
  for (const kernel of before) for (const read of kernel.reads) reads.add(read);
  const after = results.flatMap(({ attributes: { result }, shape, dtype }, i): LoopKernel[] => {
    if (result.kind !== "final") return [];
    const { buffer, final } = carries.get(result.carry)!;
    const from = { buffer, offset: final, strides: [1] };
    const to = { buffer: outputs[i]!, offset: 0, strides: [1] };
    return [loopKernel(nodes, [copyNest([sizeOf(shape)], from, to, dtype)], outputs[i]!)];
  });
  const workspace = context.newBuffer({ shape: [Math.ceil(plan.peakBytes / 4)], dtype: "float32" });
  const places = [...carries.values()].map(({ buffer }) => buffer);
  return {
    kind: "scan",
    nodes,
    length,
    reverse,
    step: { program, plan },
    leaves: views,
    workspace,
    before,
    after,
    reads: [...reads],
    writes: [...new Set([...outputs, ...places, workspace])],
  };
}

/** Where a carry lies before and after each step. */
interface CarryPlace {
  readonly buffer: BufferId;
  readonly before: StepView;
  readonly after: StepView;
  /** The elements from which on its first and its last value lie. */
  readonly initial: number;
  readonly final: number;
}

function placeCarry(
  { results, inputs, attributes: { length, reverse } }: Loop,
  carry: number,
  outputs: readonly BufferId[],
  context: FusionContext,
): CarryPlace {
  const { shape, dtype } = inputs[carry]!;
  const size = sizeOf(shape);
  const states = results.findIndex(
    ({ attributes: { result } }) => result.kind === "states" && result.carry === carry,
  );
  if (states < 0) {
    const buffer = context.newBuffer({ shape: [2, ...shape], dtype });
    const before = { buffer, offset: 0, stride: size, alternates: true };
    const after = { ...before, offset: size, stride: -size };
    return { buffer, before, after, initial: 0, final: (length % 2) * size };
  }
  const buffer = outputs[states]!;
  const [initial, stride] = reverse ? [length * size, -size] : [0, size];
  const before = { buffer, offset: initial, stride, alternates: false };
  const after = { ...before, offset: initial + stride };
  return { buffer, before, after, initial, final: initial + length * stride };
}
