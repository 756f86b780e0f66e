import type { Computation } from "../graph/computation.js";
import type { Node, NodeOf } from "../graph/types.js";
import { type Shape, sizeOf, stridesOf } from "../shape/shape.js";
import { identityCoordinates } from "./access.js";
import { convolutionKernel, kernelGradientKernels, matmulKernel } from "./contractions.js";
import type { FusionContext } from "./fusion-context.js";
import { type Constraints, group } from "./grouping.js";
import type { BufferId, Kernel, LoopKernel, Nest, Program, ProgramBuffer, View } from "./kernel.js";
import { loopKernel } from "./loop-kernel.js";
import { NestBuilder } from "./nest.js";
import type { Leaf } from "./structure.js";
import { indexingKernel, poolKernel } from "./windows.js";

/**
 * Turns a lowered graph into kernels. Whether an operand can be read by affine indices shows only while the
 * kernel is built; where it cannot, the operand is marked to be kept and the grouping is made again. `leaves` gives the order in which the backend will bind inputs and variables.
 */
export function fuse(computation: Computation, leaves: readonly Leaf[]): Program {
  const constraints: Constraints = { keep: new Set(), noEpilogue: new Set() };
  for (let attempt = 0; attempt < 100; attempt++) {
    const before = constraints.keep.size + constraints.noEpilogue.size;
    const program = build(computation, leaves, constraints);
    if (constraints.keep.size + constraints.noEpilogue.size === before) return program;
  }
  throw new Error("fuse: the grouping does not settle");
}

function build(computation: Computation, leaves: readonly Leaf[], constraints: Constraints): Program {
  const grouping = group(computation, constraints);
  const buffers: ProgramBuffer[] = leaves.map((leaf, index) => {
    const { shape, dtype } = leaf.kind === "input" ? leaf.slot : leaf.cell;
    return { shape, dtype, leaf: index };
  });
  const leafIndex = new Map<unknown, number>(
    leaves.map((leaf, i) => [leaf.kind === "input" ? leaf.slot : leaf.cell, i]),
  );
  const placed = new Map<Node, BufferId>();
  const context: FusionContext = {
    grouping,
    constraints,
    bufferOf: (node) =>
      node.op === "input"
        ? leafIndex.get(node.attributes.slot)
        : node.op === "variable"
          ? leafIndex.get(node.attributes.cell)
          : placed.get(node),
    newBuffer: (type) => buffers.push({ shape: type.shape, dtype: type.dtype }) - 1,
    requestKeep: (node) => constraints.keep.add(node),
    requestNoEpilogue: (anchor) => constraints.noEpilogue.add(anchor),
  };

  const kernels: Kernel[] = [];
  const results = new Map<Node, BufferId>();
  for (const node of grouping.order) {
    if (!grouping.kept.has(node)) continue;
    const alias = node.op === "reshape" ? placed.get(node.inputs[0]!) : undefined;
    if (alias !== undefined) {
      placed.set(node, alias);
      results.set(node, alias);
      continue;
    }
    const id = buffers.push({ shape: node.shape, dtype: node.dtype, origin: node.origin }) - 1;
    if (sizeOf(node.shape) > 0) {
      kernels.push(...kernelsFor(node, id, context));
    }
    // Leaves are copied when they are results, but read in place by everything else.
    if (node.op !== "input" && node.op !== "variable") placed.set(node, id);
    results.set(node, id);
  }
  const updates = computation.updates.map(({ cell, value }) => ({
    leaf: leafIndex.get(cell)!,
    buffer: results.get(value)!,
  }));
  return { buffers, kernels, outputs: computation.outputs.map((output) => results.get(output)!), updates };
}

function kernelsFor(node: Node, output: BufferId, context: FusionContext): readonly Kernel[] {
  const anchor = context.grouping.anchors.get(node) ?? node;
  switch (anchor.op) {
    case "matmul":
      return matmulKernel(anchor, node, output, context);
    case "convolution":
      return [convolutionKernel(anchor, node, output, context)];
    case "convolutionKernelGradient":
      return kernelGradientKernels(anchor, output, context);
    case "maxPool":
    case "maxPoolSelect":
    case "maxPoolGradient":
      return [poolKernel(anchor, output, context)];
    case "gather":
    case "scatterAdd":
    case "cumulativeSum":
      return [indexingKernel(anchor, output, context)];
    case "pad":
      return [padKernel(anchor, output, context)];
    case "concatenate":
      return [concatenateKernel(anchor, output, context)];
    default:
      return [loopKernel([node], [resultNest(node, anchor, output, context)], output)];
  }
}

/** Axes reduced by an anchor, or none. */
function reducedExtents(anchor: Node): { extents: number[]; axes: readonly number[] } {
  switch (anchor.op) {
    case "sum":
    case "max":
    case "min":
    case "product":
      return {
        axes: anchor.attributes.axes,
        extents: anchor.attributes.axes.map((axis) => anchor.inputs[0]!.shape[axis]!),
      };
    default:
      return { axes: [], extents: [] };
  }
}

function resultNest(node: Node, anchor: Node, output: BufferId, context: FusionContext): Nest {
  const { extents } = reducedExtents(anchor);
  const builder = new NestBuilder(node.shape, extents, context, node, anchor);
  const value = builder.expression(node, identityCoordinates(node.shape.length, builder.loops));
  return builder.nest([{ view: builder.denseView(output, node.shape), value }]);
}

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

function padKernel(node: NodeOf<"pad">, output: BufferId, context: FusionContext): LoopKernel {
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

function concatenateKernel(
  node: NodeOf<"concatenate">,
  output: BufferId,
  context: FusionContext,
): LoopKernel {
  const { axis } = node.attributes;
  let from = 0;
  const nests: Nest[] = [];
  for (const input of node.inputs) {
    const start = node.shape.map((_, i) => (i === axis ? from : 0));
    if (sizeOf(input.shape) > 0)
      nests.push(
        partNest(
          input,
          output,
          node.shape,
          start,
          start.map(() => 1),
          context,
        ),
      );
    from += input.shape[axis]!;
  }
  return loopKernel([node as Node], nests, output);
}
