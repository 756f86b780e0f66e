import { node } from "../graph/build.js";
import type { Computation } from "../graph/computation.js";
import type { Node, NodeOf } from "../graph/types.js";
import { type Shape, sameShape, sizeOf } from "../shape/shape.js";
import { multiply } from "../tensor/elementwise.js";
import { broadcastTo, concatenate, permute, reshape, slice } from "../tensor/movement.js";
import { rewrite } from "./rewrite.js";

/**
 * Algebra that never changes a result (but for the sign of a zero), constants moved and folded, and movement that moves
 * nothing removed. Common subexpressions need no pass: equal nodes are one node.
 */
export function simplify(computation: Computation): Computation {
  return rewrite(computation, {
    // Its meaning ends with differentiation.
    stopGradient: ({ inputs: [x] }) => x,
    negate: ({ inputs: [x] }) => (x!.op === "negate" ? x!.inputs[0] : mapConstant(x!, (v) => -v)),
    not: ({ inputs: [x] }) => (x!.op === "not" ? x!.inputs[0] : mapConstant(x!, (v) => (v === 0 ? 1 : 0))),
    cast: castOf,
    add: (of) =>
      fold(of, (a, b) => a + b) ??
      (isConstant(of.inputs[0]!, 0)
        ? of.inputs[1]
        : isConstant(of.inputs[1]!, 0)
          ? of.inputs[0]
          : undefined) ??
      sideBySide(of),
    subtract: (of) => fold(of, (a, b) => a - b) ?? (isConstant(of.inputs[1]!, 0) ? of.inputs[0] : undefined),
    multiply: (of) =>
      fold(of, (a, b) => a * b) ??
      (isConstant(of.inputs[0]!, 1) ? of.inputs[1] : isConstant(of.inputs[1]!, 1) ? of.inputs[0] : undefined),
    divide: (of) =>
      (of.dtype === "float32" ? fold(of, (a, b) => a / b) : undefined) ??
      (isConstant(of.inputs[1]!, 1) ? of.inputs[0] : undefined),
    power: ({ inputs: [x, y] }) => (isConstant(y!, 1) ? x : isConstant(y!, 2) ? multiply(x!, x!) : undefined),
    where: ({ inputs: [condition, a, b] }) =>
      condition!.op === "constant" ? (condition!.attributes.value !== 0 ? a : b) : a === b ? a : undefined,
    reshape: ({ inputs: [x], shape }) => {
      if (sameShape(x!.shape, shape)) return x;
      return x!.op === "reshape" ? reshape(x!.inputs[0]!, shape) : spread(x!, shape);
    },
    permute: ({ inputs: [x], shape, attributes: { axes } }) => {
      if (axes.every((axis, i) => axis === i)) return x;
      if (x!.op !== "permute") return spread(x!, shape);
      const inner = x!.attributes.axes;
      return permute(
        x!.inputs[0]!,
        axes.map((axis) => inner[axis]!),
      );
    },
    broadcast: ({ inputs: [x], shape }) => {
      if (sameShape(x!.shape, shape)) return x;
      return x!.op === "broadcast" ? broadcastTo(x!.inputs[0]!, shape) : spread(x!, shape);
    },
    slice: (of) => {
      const x = of.inputs[0]!;
      return sameShape(x.shape, of.shape) ? x : (spread(x, of.shape) ?? sliceOfPadded(of));
    },
    flip: ({ inputs: [x], shape, attributes }) => {
      if (attributes.axes.every((axis) => shape[axis]! <= 1)) return x;
      return x!.op === "flip" && sameShape(x!.attributes.axes, attributes.axes)
        ? x!.inputs[0]
        : spread(x!, shape);
    },
    pad: ({ inputs: [x], shape, attributes }) => {
      if (sameShape(x!.shape, shape)) return x;
      return x!.op === "constant" && Object.is(x!.attributes.value, attributes.value)
        ? spread(x!, shape)
        : undefined;
    },
  });
}

function isConstant(x: Node, value: number): boolean {
  return x.op === "constant" && x.attributes.value === value;
}

function filled(like: Node, value: number): Node {
  const rounded = like.dtype === "float32" ? Math.fround(value) : value | 0;
  return node("constant", [], { value: rounded, shape: like.shape, dtype: like.dtype });
}

/** A constant looks the same however it is moved. */
function spread(x: Node, shape: Shape): Node | undefined {
  return x.op === "constant" ? node("constant", [], { ...x.attributes, shape: [...shape] }) : undefined;
}

function mapConstant(x: Node, f: (value: number) => number): Node | undefined {
  return x.op === "constant" ? filled(x, f(x.attributes.value)) : undefined;
}

function fold(
  of: NodeOf<"add" | "subtract" | "multiply" | "divide">,
  f: (a: number, b: number) => number,
): Node | undefined {
  const [a, b] = of.inputs;
  if (a!.op !== "constant" || b!.op !== "constant") return undefined;
  const { value } = { value: f(a!.attributes.value, b!.attributes.value) };
  // Products of large integers lose low bits in a double; leave those to the program.
  return of.dtype !== "float32" && !Number.isSafeInteger(value) ? undefined : filled(of as Node, value);
}

function castOf(of: NodeOf<"cast">): Node | undefined {
  const x = of.inputs[0]!;
  if (x.dtype === of.dtype) return x;
  if (x.op !== "constant") return undefined;
  const { value } = x.attributes;
  if (of.dtype === "bool") return filled(of as Node, value !== 0 ? 1 : 0);
  if (of.dtype === "float32") return filled(of as Node, value);
  const truncated = Number.isNaN(value) ? 0 : Math.trunc(Math.min(2147483647, Math.max(-2147483648, value)));
  return filled(of as Node, truncated);
}

/** A part of a padded array that lies within the array, or within the padding. */
function sliceOfPadded(of: NodeOf<"slice">): Node | undefined {
  const x = of.inputs[0]!;
  if (x.op !== "pad" || sizeOf(of.shape) === 0) return undefined;
  const { low, interior, value } = x.attributes;
  const inner = x.inputs[0]!;
  if (interior.some((between) => between > 0)) return undefined;
  const { start, stop, step } = of.attributes;
  const from = start.map((at, axis) => at - low[axis]!);
  const to = stop.map((at, axis) => at - low[axis]!);
  const extents = inner.shape;
  if (from.some((at, axis) => at >= extents[axis]! || to[axis]! <= 0))
    return node("constant", [], { value, shape: of.shape, dtype: of.dtype });
  return from.every((at, axis) => at >= 0 && to[axis]! <= extents[axis]!)
    ? slice(inner, from, to, step)
    : undefined;
}

/**
 * A sum of arrays that are zero where the other one is not, as the gradients of an array's parts are: the parts side by
 * side, written once.
 */
function sideBySide(of: NodeOf<"add">): Node | undefined {
  const [a, b] = [blocksOf(of.inputs[0]!), blocksOf(of.inputs[1]!)];
  if (a === undefined || b === undefined || a.axis !== b.axis) return undefined;
  const { axis } = a;
  const blocks = [...a.blocks, ...b.blocks].sort((x, y) => x.start - y.start);
  const parts: Node[] = [];
  let end = 0;
  const fillTo = (start: number): void => {
    const shape = of.shape.map((extent, i) => (i === axis ? start - end : extent));
    if (start > end) parts.push(node("constant", [], { value: 0, shape, dtype: of.dtype }));
  };
  for (const { start, part } of blocks) {
    if (start < end) return undefined;
    fillTo(start);
    parts.push(part);
    end = start + part.shape[axis]!;
  }
  fillTo(of.shape[axis]!);
  return concatenate(parts, axis);
}

/** The parts of an array that is zero but for blocks along one axis. */
function blocksOf(
  x: Node,
): { readonly axis: number; readonly blocks: readonly { start: number; part: Node }[] } | undefined {
  if (x.op === "pad") {
    const { low, high, interior, value } = x.attributes;
    const padded = x.shape.flatMap((_, axis) => (low[axis]! + high[axis]! > 0 ? [axis] : []));
    if (value !== 0 || padded.length !== 1 || interior.some((between) => between > 0)) return undefined;
    return { axis: padded[0]!, blocks: [{ start: low[padded[0]!]!, part: x.inputs[0]! }] };
  }
  if (x.op !== "concatenate") return undefined;
  const { axis } = x.attributes;
  let end = 0;
  const blocks = x.inputs.flatMap((part) => {
    const start = end;
    end += part.shape[axis]!;
    return isConstant(part, 0) ? [] : [{ start, part }];
  });
  return { axis, blocks };
}
