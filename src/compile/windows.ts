import type { Node, NodeOf } from "../graph/types.js";
import { sizeOf } from "../shape/shape.js";
import { wholeBuffer } from "./contractions.js";
import type { FusionContext } from "./fusion-context.js";
import type { BufferId, Kernel, PoolKernel } from "./kernel.js";

export function poolKernel(
  node: NodeOf<"maxPool"> | NodeOf<"maxPoolSelect"> | NodeOf<"maxPoolGradient">,
  output: BufferId,
  context: FusionContext,
): PoolKernel {
  const x = node.inputs[0]!;
  const input = wholeBuffer(x, context);
  const second = node.inputs[1] && wholeBuffer(node.inputs[1], context);
  const outputShape = node.op === "maxPoolGradient" ? node.inputs[1]!.shape : node.shape;
  const { kernel, strides, dilation } = node.attributes;
  return {
    kind: node.op,
    nodes: [node as Node],
    planes: x.shape[0]! * x.shape[1]!,
    inputSpatial: x.shape.slice(2),
    outputSpatial: outputShape.slice(2),
    kernelSpatial: kernel,
    strides,
    dilation,
    input,
    ...(second === undefined ? {} : { second }),
    output,
    reads: second === undefined ? [input] : [input, second],
    writes: [output],
  };
}

export function indexingKernel(
  node: NodeOf<"gather"> | NodeOf<"scatterAdd"> | NodeOf<"cumulativeSum">,
  output: BufferId,
  context: FusionContext,
): Kernel {
  const first = wholeBuffer(node.inputs[0]!, context);
  const { shape } = node.inputs[0]!;
  const base = { nodes: [node as Node], writes: [output], output };
  if (node.op === "cumulativeSum") {
    const { axis, exclusive, reverse } = node.attributes;
    return {
      kind: "cumulativeSum",
      ...base,
      ...around(shape, axis, axis + 1),
      extent: shape[axis]!,
      exclusive,
      reverse,
      input: first,
      reads: [first],
      dtype: node.dtype,
    };
  }
  const indices = wholeBuffer(node.inputs[1]!, context);
  const count = sizeOf(node.inputs[1]!.shape);
  const { axis } = node.attributes;
  const reads = [first, indices];
  if (node.op === "gather") {
    return {
      kind: "gather",
      ...base,
      ...around(shape, axis, axis + 1),
      extent: shape[axis]!,
      count,
      table: first,
      indices,
      reads,
    };
  }
  const sizes = around(shape, axis, axis + node.inputs[1]!.shape.length);
  return {
    kind: "scatterAdd",
    ...base,
    ...sizes,
    extent: node.attributes.extent,
    count,
    updates: first,
    indices,
    reads,
    dtype: node.dtype,
  };
}

function around(shape: readonly number[], from: number, to: number): { outer: number; inner: number } {
  return { outer: sizeOf(shape.slice(0, from)), inner: sizeOf(shape.slice(to)) };
}
