import { node } from "../graph/build.js";
import type { Computation } from "../graph/computation.js";
import type { Node, NodeOf, PoolAttributes } from "../graph/types.js";
import { reducedShape, sizeOf } from "../shape/shape.js";
import { constant, equal, notEqual, or, where } from "../tensor/elementwise.js";
import { broadcastTo, flip, pad, permute, reshape, slice, transpose } from "../tensor/movement.js";
import { max, min, sum } from "../tensor/reduction.js";
import { rewrite } from "./rewrite.js";

/**
 * Replaces what no kernel does directly. Contractions and windows lose their padding, which becomes a `pad` that the
 * forward and the backward pass share; a convolution's input gradient becomes a convolution with the mirrored
 * kernel; argmax becomes two reductions; a transposed product becomes a product; a sum of very many elements into very few
 * becomes two, so that it can be shared among threads (in parts that do not depend on their number); a loop without steps
 * becomes what it starts with.
 */
export function lower(computation: Computation): Computation {
  return rewrite(computation, {
    convolution(of) {
      const { padding } = of.attributes;
      if (!hasPadding(padding)) return undefined;
      return node("convolution", [padSpatial(of.inputs[0]!, padding, 0), of.inputs[1]!], {
        ...of.attributes,
        padding: zeros(padding),
      });
    },
    convolutionInputGradient: inputGradientAsConvolution,
    convolutionKernelGradient(of) {
      const { padding } = of.attributes;
      // The kernel adds up over images, and starts with the first one.
      if (of.inputs[0]!.shape[0] === 0) return constant(0, "float32", of.shape);
      if (!hasPadding(padding)) return undefined;
      return node("convolutionKernelGradient", [padSpatial(of.inputs[0]!, padding, 0), of.inputs[1]!], {
        ...of.attributes,
        padding: zeros(padding),
      });
    },
    maxPool: ({ inputs: [x], attributes }) =>
      hasPadding(attributes.padding)
        ? node("maxPool", [padSpatial(x!, attributes.padding, -Infinity)], unpadded(attributes))
        : undefined,
    maxPoolSelect: ({ inputs: [x, t], attributes }) => {
      if (!hasPadding(attributes.padding)) return undefined;
      const operands = [padSpatial(x!, attributes.padding, -Infinity), padSpatial(t!, attributes.padding, 0)];
      return node("maxPoolSelect", operands, unpadded(attributes));
    },
    maxPoolGradient: ({ inputs: [x, g], attributes, shape }) => {
      if (!hasPadding(attributes.padding)) return undefined;
      const padded = node(
        "maxPoolGradient",
        [padSpatial(x!, attributes.padding, -Infinity), g!],
        unpadded(attributes),
      );
      const start = [0, 0, ...attributes.padding.map(([before]) => before)];
      return slice(
        padded,
        start,
        start.map((from, axis) => from + shape[axis]!),
      );
    },
    permute: transposedProduct,
    argmax: argmaxAsReductions,
    sum: (of) => sumByImages(of) ?? sumInTwoStages(of),
    scan: withoutSteps,
  });
}

type Padding = PoolAttributes["padding"];

function hasPadding(padding: Padding): boolean {
  return padding.some(([before, after]) => before !== 0 || after !== 0);
}

function zeros(padding: Padding): Padding {
  return padding.map(() => [0, 0]);
}

function unpadded(attributes: PoolAttributes): PoolAttributes {
  return { ...attributes, padding: zeros(attributes.padding) };
}

function padSpatial(x: Node, padding: Padding, value: number): Node {
  return pad(x, [[0, 0], [0, 0], ...padding], value);
}

/**
 * dx[q] = sum over k of w[k] g'[q + before - k * dilation], where g' is the output gradient with stride - 1 zeros between
 * its cells: a plain convolution with the kernel mirrored and its channel axes exchanged.
 */
function inputGradientAsConvolution(of: NodeOf<"convolutionInputGradient">): Node {
  const { strides, dilation } = of.attributes;
  if (
    strides.some((stride) => stride > 1) &&
    strides.every((stride, axis) => stride === 1 || dilation[axis] === 1)
  ) {
    return inputGradientByPhases(of);
  }
  const [g, kernel] = of.inputs as readonly [Node, Node];
  const { padding, groups, inputSpatial } = of.attributes;
  const window = kernel.shape.slice(2);
  const margins = window.map((extent, axis): [number, number] => {
    const reach = (extent - 1) * dilation[axis]!;
    const before = reach - padding[axis]![0];
    const spread = (g.shape[axis + 2]! - 1) * strides[axis]! + 1;
    return [before, inputSpatial[axis]! + reach - before - spread];
  });
  const spread = pad(g, [[0, 0], [0, 0], ...margins], 0, [0, 0, ...strides.map((stride) => stride - 1)]);
  return node("convolution", [spread, mirrored(kernel, groups)], {
    strides: strides.map(() => 1),
    padding: zeros(padding),
    dilation,
    groups,
  });
}

/** The kernel of the opposite direction: `[groups * outputs, channels, ...]` to `[groups * channels, outputs, ...]`, mirrored. */
function mirrored(kernel: Node, groups: number): Node {
  const window = kernel.shape.slice(2);
  const [outputs, channels] = [kernel.shape[0]! / groups, kernel.shape[1]!];
  const grouped = reshape(kernel, [groups, outputs, channels, ...window]);
  const exchanged = permute(grouped, [0, 2, 1, ...window.map((_, axis) => axis + 3)]);
  return flip(
    reshape(exchanged, [groups * channels, outputs, ...window]),
    window.map((_, axis) => axis + 2),
  );
}

/**
 * The input gradient of a strided convolution without multiplying a single inserted zero. With q + before = m stride + r, input
 * cells of the same phase r meet the same taps, k = r + j stride, and
 *
 *     dx[q] = sum over j of w[r + j stride] g[m - j]
 *
 * so each phase is a plain convolution of g with a part of the kernel; their results are interleaved. (The zeros would be
 * stride^2 - 1 of each stride^2 multiplications in two dimensions.)
 */
function inputGradientByPhases(of: NodeOf<"convolutionInputGradient">): Node {
  const [g, kernel] = of.inputs as readonly [Node, Node];
  const { strides, padding, dilation, groups, inputSpatial } = of.attributes;
  const axes = strides.map((stride, axis) => {
    const taps = kernel.shape[axis + 2]!;
    const count = Math.ceil(inputSpatial[axis]! / stride);
    // The cells q = 0 .. stride - 1, and those that follow each of them at the same phase.
    const phases = Array.from({ length: stride }, (_, q) => {
      const place = padding[axis]![0] + q;
      const [first, r] = [Math.floor(place / stride), place % stride];
      // Reach of the taps, in cells of g; where the axis has no stride, its dilation counts.
      const reach = Math.max(0, Math.ceil((taps - r) / stride) - 1) * dilation[axis]!;
      return { r, isEmpty: r >= taps, from: first - reach, to: first + count };
    });
    const before = Math.max(0, -Math.min(...phases.map(({ from }) => from)));
    const after = Math.max(0, Math.max(...phases.map(({ to }) => to)) - g.shape[axis + 2]!);
    return { stride, count, phases, before, after };
  });
  const padded = pad(g, [
    [0, 0],
    [0, 0],
    ...axes.map(({ before, after }): [number, number] => [before, after]),
  ]);
  const [batch, channels] = [g.shape[0]!, kernel.shape[1]! * groups];
  const counts = axes.map(({ count }) => count);
  const phases = axes.reduce<(typeof axes)[number]["phases"][]>(
    (all, { phases: ofAxis }) => all.flatMap((phase) => ofAxis.map((next) => [...phase, next])),
    [[]],
  );
  const results = phases.map((phase) => {
    if (phase.some(({ isEmpty }) => isEmpty)) return constant(0, "float32", [batch, channels, ...counts]);
    const part = slice(kernel, [0, 0, ...phase.map(({ r }) => r)], [...kernel.shape], [1, 1, ...strides]);
    const operand = slice(
      padded,
      [0, 0, ...phase.map(({ from }, axis) => from + axes[axis]!.before)],
      [g.shape[0]!, g.shape[1]!, ...phase.map(({ to }, axis) => to + axes[axis]!.before)],
    );
    return node("convolution", [operand, mirrored(part, groups)], {
      strides: strides.map(() => 1),
      padding: zeros(padding),
      dilation,
      groups,
    });
  });
  const rank = axes.length;
  const stacked = node("concatenate", results, { axis: 0 });
  const split = reshape(stacked, [...strides, batch, channels, ...counts]);
  // From [phase of each axis, batch, channel, m of each axis] to [batch, channel, m and phase of each axis].
  const order = axes.flatMap((_, axis) => [rank + 2 + axis, axis]);
  const interleaved = reshape(permute(split, [rank, rank + 1, ...order]), [
    batch,
    channels,
    ...axes.map(({ count, stride }) => count * stride),
  ]);
  return slice(interleaved, [0, 0, ...strides.map(() => 0)], [...of.shape]);
}

/** The first index whose element equals the maximum; NaN, which equals nothing, counts as the greatest. */
function argmaxAsReductions(of: NodeOf<"argmax">): Node {
  const x = of.inputs[0]!;
  const { axis } = of.attributes;
  const greatest = broadcastTo(reshape(max(x, axis), reducedShape(x.shape, [axis], true)), x.shape);
  const matches = x.dtype === "float32" ? or(equal(x, greatest), notEqual(x, x)) : equal(x, greatest);
  const index = node("iota", [], { shape: x.shape, axis });
  return min(where(matches, index, constant(0x7fffffff, "int32")), axis);
}

/** (A B)^T = B^T A^T: the product then comes out the way its user wants it, as the gradient of a dense layer's weight does. */
function transposedProduct(of: NodeOf<"permute">): Node | undefined {
  const product = of.inputs[0]!;
  const { axes } = of.attributes;
  const rank = axes.length;
  if (product.op !== "matmul" || axes.some((axis, i) => axis !== (i < rank - 2 ? i : 2 * rank - 3 - i)))
    return undefined;
  return node("matmul", [transpose(product.inputs[1]!), transpose(product.inputs[0]!)], {});
}

/** Elements of an image at least that are summed by themselves. */
const SUMMED = 64;

/**
 * Sums over a batch and over what lies in each of its images, as of a bias's gradient: image by image first, in rows as they lie in
 * memory, and each by the thread in whose cache the image is.
 */
function sumByImages(of: NodeOf<"sum">): Node | undefined {
  const x = of.inputs[0]!;
  const { axes } = of.attributes;
  const inner = axes.filter((axis) => axis > 0);
  const summed = inner.reduce((product, axis) => product * x.shape[axis]!, 1);
  const keeps = axes.length < x.shape.length;
  if (!axes.includes(0) || !axes.includes(x.shape.length - 1) || !keeps || x.shape[0]! < 2 || summed < SUMMED)
    return undefined;
  return sum(sum(x, inner), 0);
}

/** Elements summed by one loop at most, when there are too few results to share among threads. */
const LONG_SUM = 16384;
const PARTS = 16;

function sumInTwoStages(of: NodeOf<"sum">): Node | undefined {
  const x = of.inputs[0]!;
  const { axes } = of.attributes;
  const results = sizeOf(of.shape);
  const first = axes.find((axis) => x.shape[axis]! % PARTS === 0 && x.shape[axis]! > PARTS);
  if (first === undefined || results === 0 || results >= PARTS || sizeOf(x.shape) / results < LONG_SUM)
    return undefined;
  const split = [...x.shape.slice(0, first), PARTS, x.shape[first]! / PARTS, ...x.shape.slice(first + 1)];
  // Axis `first` becomes the part, which the first sum keeps and the second adds up.
  const inner = axes.map((axis) => (axis >= first ? axis + 1 : axis));
  const partial = sum(reshape(x, split), inner);
  const kept = first - axes.filter((axis) => axis < first).length;
  return sum(partial, kept);
}

/** A loop without steps gives its initial carries, and stacks nothing. */
function withoutSteps(of: NodeOf<"scan">): Node | undefined {
  const { length, result } = of.attributes;
  if (length > 0) return undefined;
  return result.kind === "stack"
    ? constant(0, of.dtype, of.shape)
    : reshape(of.inputs[result.carry]!, of.shape);
}
