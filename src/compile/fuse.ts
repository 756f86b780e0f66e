import type { Computation } from "../graph/computation.js";
import { loopsOf } from "../graph/scan.js";
import type { Node } from "../graph/types.js";
import { sizeOf } from "../shape/shape.js";
import { identityCoordinates } from "./access.js";
import type { WinogradLimit } from "./algorithms.js";
import { convolutionKernels, kernelGradientKernels, matmulKernel } from "./contractions.js";
import type { FusionContext } from "./fusion-context.js";
import { type Constraints, group } from "./grouping.js";
import type { BufferId, Kernel, Nest, Program, ProgramBuffer } from "./kernel.js";
import { loopKernel } from "./loop-kernel.js";
import { NestBuilder } from "./nest.js";
import { concatenateKernel, padKernel } from "./parts.js";
import { scanKernel } from "./scan.js";
import { type CompiledStep, compileStep, type StepCompiler } from "./step.js";
import type { Leaf } from "./structure.js";
import { indexingKernel, poolKernel } from "./windows.js";

/**
 * Turns a lowered graph into kernels. Whether an operand can be read by affine indices shows only while the
 * kernel is built; where it cannot, the operand is marked to be kept and the grouping is made again. `leaves` gives the order
 * in which the backend will bind inputs and variables; `compiler` compiles the bodies of loops.
 */
export function fuse(
  computation: Computation,
  leaves: readonly Leaf[],
  compiler: StepCompiler,
  winograd: WinogradLimit = 4,
): Program {
  const constraints: Constraints = { keep: new Set(), noEpilogue: new Set() };
  // Bodies do not depend on the grouping around them.
  const steps = new Map<Node, CompiledStep>();
  const stepOf: FusionContext["stepOf"] = (loop) => {
    const key = loop.results[0] as Node;
    const step = steps.get(key) ?? compileStep(loop, compiler);
    steps.set(key, step);
    return step;
  };
  for (let attempt = 0; attempt < 100; attempt++) {
    const before = constraints.keep.size + constraints.noEpilogue.size;
    const program = build(computation, leaves, constraints, stepOf, winograd);
    if (constraints.keep.size + constraints.noEpilogue.size === before) return program;
  }
  throw new Error("fuse: the grouping does not settle");
}

function build(
  computation: Computation,
  leaves: readonly Leaf[],
  constraints: Constraints,
  stepOf: FusionContext["stepOf"],
  winograd: WinogradLimit,
): Program {
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
    copies: new Map(),
    winograd,
    bufferOf: (node) =>
      node.op === "input"
        ? leafIndex.get(node.attributes.slot)
        : node.op === "variable"
          ? leafIndex.get(node.attributes.cell)
          : placed.get(node),
    newBuffer: (type) => buffers.push({ shape: type.shape, dtype: type.dtype }) - 1,
    requestKeep: (node) => constraints.keep.add(node),
    requestNoEpilogue: (anchor) => constraints.noEpilogue.add(anchor),
    stepOf,
  };

  const kernels: Kernel[] = [];
  const results = new Map<Node, BufferId>();
  const loops = loopsOf(grouping.order);
  const addBuffer = ({ shape, dtype, origin }: Node) => buffers.push({ shape, dtype, origin }) - 1;
  for (const node of grouping.order) {
    if (!grouping.kept.has(node) || results.has(node)) continue;
    const loop = loops.get(node);
    if (loop !== undefined) {
      // All results of a loop come from one kernel, made where the first of them stands.
      const ids = (loop.results as readonly Node[]).map((result) => {
        const id = addBuffer(result);
        placed.set(result, id);
        results.set(result, id);
        return id;
      });
      if (loop.results.some(({ shape }) => sizeOf(shape) > 0)) kernels.push(scanKernel(loop, ids, context));
      continue;
    }
    const alias = node.op === "reshape" ? placed.get(node.inputs[0]!) : undefined;
    if (alias !== undefined) {
      placed.set(node, alias);
      results.set(node, alias);
      continue;
    }
    const id = addBuffer(node);
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
      return convolutionKernels(anchor, node, output, context);
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
