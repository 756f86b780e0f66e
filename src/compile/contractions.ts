import type { ConvolutionAttributes, Node, NodeOf } from "../graph/types.js";
import { isView } from "../graph/views.js";
import type { DType } from "../shape/dtype.js";
import { sizeOf, stridesOf } from "../shape/shape.js";
import {
  type Coordinates,
  contiguousIn,
  identityCoordinates,
  linearize,
  placedView,
  still,
  throughMovement,
} from "./access.js";
import { chooseConvolution, narrowShare } from "./algorithms.js";
import { collapseAffine, collapseExpression, forEachExpression } from "./expression.js";
import type { FusionContext } from "./fusion-context.js";
import type {
  BufferId,
  ConvolutionGeometry,
  Epilogue,
  Kernel,
  LoopKernel,
  MatmulKernel,
  Nest,
  View,
} from "./kernel.js";
import { loopKernel } from "./loop-kernel.js";
import { NestBuilder } from "./nest.js";
import { transformedWeights, weightsFromPoints } from "./winograd.js";
import { sideOf, type TileSize } from "./winograd-transforms.js";

/** The kernel of a matrix product, whose result after its epilogue is `result`. */
export function matmulKernel(
  anchor: NodeOf<"matmul">,
  result: Node,
  output: BufferId,
  context: FusionContext,
): readonly Kernel[] {
  const { shape } = anchor;
  const rank = shape.length;
  const batch = shape.slice(0, -2).map((_, axis) => axis);
  const groups = [batch, [rank - 2], [rank - 1]];
  const epilogue = epilogueOf(anchor as Node, result, groups, context);
  const left = collapsedView(anchor.inputs[0]!, groups, context);
  const b = collapsedView(anchor.inputs[1]!, groups, context);
  const [batches, m, n, k] = [
    sizeOf(shape.slice(0, -2)),
    shape[rank - 2]!,
    shape[rank - 1]!,
    anchor.inputs[0]!.shape[rank - 1]!,
  ];
  const copied =
    left.strides[2] !== 1 && k > 1 && n >= COPY_COLUMNS
      ? copyOfLeft(anchor as Node, left, [batches, m, k], context)
      : undefined;
  const a = copied?.view ?? left;
  const product: MatmulKernel = {
    kind: "matmul",
    nodes: nodesFrom(anchor as Node, result),
    batch: batches,
    m,
    n,
    k,
    a,
    b,
    output,
    ...epilogue.parts,
    reads: [a.buffer, b.buffer, ...epilogue.reads],
    writes: [output],
  };
  return [...(copied?.kernels ?? []), product];
}

/** A left operand whose rows are not contiguous is copied once when it will be read for at least this many columns. */
const COPY_COLUMNS = 64;

/**
 * A dense copy of a left operand. Going down a column of a large matrix meets a new cache line, often in the same few sets of
 * the cache, at every step; a copy costs as much as a few columns of the product. Products of one left operand share it.
 */
function copyOfLeft(
  anchor: Node,
  left: View,
  dims: readonly [batches: number, m: number, k: number],
  context: FusionContext,
): { readonly kernels: readonly LoopKernel[]; readonly view: View } {
  const key = `${left.buffer}+${left.offset}:${left.strides}:${dims}`;
  const known = context.copies.get(key);
  if (known !== undefined) return { kernels: [], view: known };
  const buffer = context.newBuffer({ shape: dims, dtype: "float32" });
  const view: View = { buffer, offset: 0, strides: stridesOf(dims) };
  context.copies.set(key, view);
  return { kernels: [loopKernel([anchor], [copyNest(dims, left, view)], buffer)], view };
}

/** Copies elements from one view to another. */
export function copyNest(dims: readonly number[], from: View, to: View, dtype: DType = "float32"): Nest {
  const value = { kind: "load", view: stillView(dims, from), dtype } as const;
  return { dims, reduceDims: [], reductions: [], stores: [{ view: stillView(dims, to), value }] };
}

/** Adds up `count` arrays that lie `stride` apart. */
function sumNest(dims: readonly number[], from: View, count: number, stride: number, to: View): Nest {
  if (count === 1) return copyNest(dims, from, to);
  const around = [...dims, count];
  const all = { ...from, strides: [...from.strides, stride] };
  const value = { kind: "load", view: stillView(around, all), dtype: "float32" } as const;
  return {
    dims,
    reduceDims: [count],
    reductions: [{ op: "sum", value }],
    stores: [
      {
        view: stillView(around, { ...to, strides: [...to.strides, 0] }),
        value: { kind: "reduced", reduction: 0, dtype: "float32" },
      },
    ],
  };
}

const stillView = (dims: readonly number[], view: View): View => ({
  ...view,
  strides: still(dims, view.strides),
});

export function convolutionKernels(
  anchor: NodeOf<"convolution">,
  result: Node,
  output: BufferId,
  context: FusionContext,
): readonly Kernel[] {
  const { shape } = anchor;
  const input = operandView(anchor.inputs[0]!, context);
  const sizes = geometry(anchor.attributes, anchor.inputs[1]!.shape, shape);
  const isReadable = input.strides.at(-1) === 1 && input.strides.every((stride) => stride >= 0);
  const { tile, reason } = chooseConvolution(sizes, "forward", isReadable ? context.winograd : 0);
  const epilogue = epilogueOf(
    anchor as Node,
    result,
    [[0], [1], shape.slice(2).map((_, i) => i + 2)],
    context,
  );
  const base = {
    nodes: nodesFrom(anchor as Node, result),
    ...sizes,
    choice: reason,
    input,
    output,
    ...epilogue.parts,
    writes: [output],
  };
  if (tile !== undefined) {
    const { kernel, buffer } = transformedWeights(anchor, tile, sizes, context);
    const reads = [input.buffer, buffer, ...epilogue.reads];
    return [kernel, { ...base, kind: "winograd", tile, weights: buffer, reads }];
  }
  const weights = denseOperand(anchor.inputs[1]!, context);
  return [
    { ...base, kind: "convolution", weights, reads: [input.buffer, weights.buffer, ...epilogue.reads] },
  ];
}

/** Filters that lie side by side in the output gradient, as a convolution's kernel gradient wants it. */
const PANEL = 8;

/**
 * Shares of the images whose sums a kernel gradient makes by themselves: enough for the threads of usual machines, each of which then
 * meets the images that it has just computed.
 */
const PARTS = 4;

/**
 * A convolution's kernel gradient takes the output gradient in panels of 8 filters, [image, group, panel, position, 8], and
 * gives its result in parts, with the filters last: one copy before and one, a small one, after it.
 */
export function kernelGradientKernels(
  anchor: NodeOf<"convolutionKernelGradient">,
  output: BufferId,
  context: FusionContext,
): readonly Kernel[] {
  const [x, g] = anchor.inputs as readonly [Node, Node];
  const sizes = geometry(anchor.attributes, anchor.shape, g.shape);
  const { tile, reason } = chooseConvolution(sizes, "kernelGradient", context.winograd);
  if (tile !== undefined) return winogradGradientKernels(anchor, tile, reason, output, context);
  const { groups } = anchor.attributes;
  const [filters, taps] = [anchor.shape[0]! / groups, sizeOf(anchor.shape.slice(1))];
  const view = operandView(x, context);
  const forward = view.strides.every((stride) => stride >= 0);
  if (!forward) context.requestKeep(x);
  const base = {
    kind: "convolutionKernelGradient",
    nodes: [anchor as Node],
    ...sizes,
    choice: reason,
    input: view,
  } as const;
  if (narrowShare(sizes, "kernelGradient") < 1) {
    const gradient = wholeBuffer(g, context);
    return [{ ...base, parts: 1, gradient, output, reads: [view.buffer, gradient], writes: [output] }];
  }
  const parts = Math.min(PARTS, sizes.batch);

  const panels = Math.ceil(filters / PANEL);
  const positions = g.shape.slice(2);
  const place = sizeOf(positions);
  const blocked = [g.shape[0]!, groups, panels, place, PANEL];
  const gradient = context.newBuffer({ shape: blocked, dtype: "float32" });
  const rowMajor = stridesOf(blocked);
  // Full panels, and then what is left of the filters: the rest of the last panel is never used.
  const nests = [
    { panel: 0, count: Math.floor(filters / PANEL), width: PANEL },
    { panel: Math.floor(filters / PANEL), count: 1, width: filters % PANEL },
  ].flatMap(({ panel, count, width }) => {
    const dims = [g.shape[0]!, groups, count, ...positions, width];
    if (sizeOf(dims) === 0) return [];
    const builder = new NestBuilder(dims, [], context, undefined, undefined);
    const axes = identityCoordinates(dims.length);
    const channel = {
      offset: panel * PANEL,
      strides: dims.map((_, axis) =>
        axis === 1 ? filters : axis === 2 ? PANEL : axis === dims.length - 1 ? 1 : 0,
      ),
    };
    const value = builder.expression(g, [axes[0]!, channel, ...axes.slice(3, -1)]);
    const inner = stridesOf(positions).map((stride) => stride * PANEL);
    const strides = still(dims, [rowMajor[0]!, rowMajor[1]!, rowMajor[2]!, ...inner, 1]);
    return [builder.nest([{ view: { buffer: gradient, offset: panel * rowMajor[2]!, strides }, value }])];
  });
  const before = loopKernel([anchor as Node], nests, gradient);

  const mirrored = context.newBuffer({ shape: [parts, groups, taps, filters], dtype: "float32" });
  // With one group, over the axes of the result itself, so that the copy can join what uses it.
  const [dims, from, to] =
    groups === 1
      ? [
          anchor.shape,
          [1, ...stridesOf(anchor.shape.slice(1)).map((stride) => stride * filters)],
          stridesOf(anchor.shape),
        ]
      : [
          [groups, filters, taps],
          [taps * filters, 1, filters],
          [filters * taps, taps, 1],
        ];
  const back = sumNest(dims, { buffer: mirrored, offset: 0, strides: from }, parts, groups * taps * filters, {
    buffer: output,
    offset: 0,
    strides: to,
  });
  return [
    before,
    { ...base, parts, gradient, output: mirrored, reads: [view.buffer, gradient], writes: [mirrored] },
    loopKernel([anchor as Node], [back], output),
  ];
}

function winogradGradientKernels(
  anchor: NodeOf<"convolutionKernelGradient">,
  tile: TileSize,
  choice: string,
  output: BufferId,
  context: FusionContext,
): readonly Kernel[] {
  const [x, g] = anchor.inputs as readonly [Node, Node];
  const sizes = geometry(anchor.attributes, anchor.shape, g.shape);
  const [input, gradient] = [x, g].map((operand) => {
    const view = operandView(operand, context);
    if (view.strides.at(-1) !== 1 || view.strides.some((stride) => stride < 0)) context.requestKeep(operand);
    return view;
  }) as [View, View];
  const points = sideOf({ ...sizes, tile }) ** 2;
  const shape = [PARTS, sizes.groups, points, sizes.filters, sizes.channels];
  const sums = context.newBuffer({ shape, dtype: "float32" });
  return [
    {
      kind: "winogradKernelGradient",
      nodes: [anchor as Node],
      ...sizes,
      choice,
      tile,
      parts: PARTS,
      input,
      gradient,
      output: sums,
      reads: [input.buffer, gradient.buffer],
      writes: [sums],
    },
    weightsFromPoints(anchor, tile, PARTS, sums, sizes, output),
  ];
}

function geometry(
  attributes: ConvolutionAttributes,
  kernel: readonly number[],
  output: readonly number[],
): ConvolutionGeometry {
  return {
    batch: output[0]!,
    groups: attributes.groups,
    channels: kernel[1]!,
    filters: kernel[0]! / attributes.groups,
    outputSpatial: output.slice(2),
    kernelSpatial: kernel.slice(2),
    strides: attributes.strides,
    dilation: attributes.dilation,
  };
}

/** The anchor and the elementwise nodes that follow it, for names and profiles. */
function nodesFrom(anchor: Node, result: Node): Node[] {
  return anchor === result ? [anchor] : [anchor, result];
}

/** The elementwise work after a contraction, over the kernel's loops; gives it up where its indices do not fit them. */
function epilogueOf(
  anchor: Node,
  result: Node,
  groups: readonly (readonly number[])[],
  context: FusionContext,
): { parts: { epilogue?: Epilogue }; reads: BufferId[] } {
  if (anchor === result) return { parts: {}, reads: [] };
  const builder = new NestBuilder(anchor.shape, [], context, result, anchor);
  const expression = builder.expression(result, identityCoordinates(anchor.shape.length));
  const value = collapseExpression(expression, anchor.shape, groups);
  if (value === undefined) {
    context.requestNoEpilogue(anchor);
    return { parts: {}, reads: [] };
  }
  const reads = new Set<BufferId>();
  forEachExpression([value], (part) => {
    if (part.kind === "load") reads.add(part.view.buffer);
    if (part.kind === "random") reads.add(part.key.buffer);
  });
  return { parts: { epilogue: { value } }, reads: [...reads] };
}

/** A view of an operand, one stride per axis, reading through movement down to what lies in memory. */
export function operandView(operand: Node, context: FusionContext): View {
  const loops = operand.shape.length;
  let node = operand;
  let coordinates: Coordinates = identityCoordinates(loops);
  for (;;) {
    const place = contiguousIn(node, context.bufferOf);
    if (place !== undefined) return placedView(place, linearize(coordinates, node.shape, loops));
    const inner = isView(node) ? throughMovement(node, coordinates, operand.shape) : undefined;
    if (inner === undefined) {
      context.requestKeep(node);
      return { buffer: 0, offset: 0, strides: new Array<number>(loops).fill(0) };
    }
    node = node.inputs[0]!;
    coordinates = inner;
  }
}

/** An operand's view with neighbouring axes merged; an operand for which that is impossible is kept as it is. */
function collapsedView(operand: Node, groups: readonly (readonly number[])[], context: FusionContext): View {
  const view = operandView(operand, context);
  const collapsed = collapseAffine(view, operand.shape, groups);
  // Backends address rows and steps by constant, non-negative distances.
  if (collapsed === undefined || collapsed.strides.some((stride) => stride < 0)) {
    context.requestKeep(operand);
    return { ...view, strides: groups.map(() => 0) };
  }
  return { buffer: view.buffer, ...collapsed };
}

/** A view of an operand that lies in memory in row-major order. */
function denseOperand(operand: Node, context: FusionContext): View {
  const view = operandView(operand, context);
  const dense = stridesOf(operand.shape);
  if (!operand.shape.every((extent, axis) => extent === 1 || view.strides[axis] === dense[axis]))
    context.requestKeep(operand);
  return view;
}

/** The buffer of an operand that must fill it from its start, in row-major order. */
export function wholeBuffer(operand: Node, context: FusionContext): BufferId {
  const view = denseOperand(operand, context);
  if (view.offset !== 0) context.requestKeep(operand);
  return view.buffer;
}
