import type { Node, NodeOf } from "../graph/types.js";
import { type Shape, sizeOf, stridesOf } from "../shape/shape.js";
import { identityCoordinates, still } from "./access.js";
import type { FusionContext } from "./fusion-context.js";
import type { BufferId, LoopKernel, Nest, View } from "./kernel.js";
import { loopKernel } from "./loop-kernel.js";
import { NestBuilder } from "./nest.js";

// Kernels whose nests write parts of one array: padding and concatenation.

/** A nest that writes `node` into a part of a dense buffer of shape `whole`. */
function partNest(
  node: Node,
  output: BufferId,
  whole: Shape,
  start: readonly number[],
  step: readonly number[],
  context: FusionContext,
): Nest {
  const builder = new NestBuilder(node.shape, [], context, undefined, undefined);
  const value = builder.expression(node, identityCoordinates(node.shape.length));
  const rowMajor = stridesOf(whole);
  const view: View = {
    buffer: output,
    offset: start.reduce((offset, from, axis) => offset + from * rowMajor[axis]!, 0),
    strides: step.map((by, axis) => by * rowMajor[axis]!),
  };
  return builder.nest([{ view, value }]);
}

export function padKernel(node: NodeOf<"pad">, output: BufferId, context: FusionContext): LoopKernel {
  const x = node.inputs[0]!;
  const { low, interior, value } = node.attributes;
  const step = interior.map((between) => between + 1);
  const inner = sizeOf(x.shape) === 0 ? [] : [partNest(x, output, node.shape, low, step, context)];
  if (interior.some((between) => between > 0) || inner.length === 0)
    return loopKernel([node as Node], inner, output, value);
  return loopKernel([node as Node], [...borderNests(node, output, value), ...inner], output);
}

/** Slabs before and after the inner part: axis by axis, within the inner range of the axes before. */
function borderNests(node: NodeOf<"pad">, output: BufferId, value: number): Nest[] {
  const x = node.inputs[0]!;
  const { low, high } = node.attributes;
  const rowMajor = stridesOf(node.shape);
  const nests: Nest[] = [];
  for (let axis = 0; axis < node.shape.length; axis++) {
    for (const [from, extent] of [
      [0, low[axis]!],
      [low[axis]! + x.shape[axis]!, high[axis]!],
    ] as const) {
      const dims = node.shape.map((whole, i) => (i < axis ? x.shape[i]! : i === axis ? extent : whole));
      if (sizeOf(dims) === 0) continue;
      const start = node.shape.map((_, i) => (i < axis ? low[i]! : i === axis ? from : 0));
      const offset = start.reduce((sum, at, i) => sum + at * rowMajor[i]!, 0);
      nests.push({
        dims,
        reduceDims: [],
        reductions: [],
        stores: [
          {
            view: { buffer: output, offset, strides: rowMajor },
            value: { kind: "constant", value, dtype: node.dtype },
          },
        ],
      });
    }
  }
  return nests;
}

/** Parts of one shape, such as the gradients of an array's slices, are written side by side, point by point. */
export function concatenateKernel(
  node: NodeOf<"concatenate">,
  output: BufferId,
  context: FusionContext,
): LoopKernel {
  const { axis } = node.attributes;
  const whole = stridesOf(node.shape);
  let from = 0;
  const parts = node.inputs.flatMap((input) => {
    const start = from;
    from += input.shape[axis]!;
    return sizeOf(input.shape) > 0 ? [{ input, start }] : [];
  });
  const { shape } = parts[0]!.input;
  if (parts.length <= MOST_PARTS && parts.every(({ input }) => input.shape[axis] === shape[axis])) {
    const builder = new NestBuilder(shape, [], context, undefined, undefined);
    const stores = parts.map(({ input, start }) => ({
      view: { buffer: output, offset: start * whole[axis]!, strides: still(shape, whole) },
      value: builder.expression(input, identityCoordinates(shape.length)),
    }));
    return loopKernel([node as Node], [builder.nest(stores)], output);
  }
  const ones = node.shape.map(() => 1);
  const nests = parts.map(({ input, start }) =>
    partNest(
      input,
      output,
      node.shape,
      node.shape.map((_, i) => (i === axis ? start : 0)),
      ones,
      context,
    ),
  );
  return loopKernel([node as Node], nests, output);
}

/** Values of one point at most: more would spill registers. */
const MOST_PARTS = 8;
