import { node } from "../graph/build.js";
import type { Node } from "../graph/types.js";
import {
  broadcastShapes,
  formatShape,
  normalizeAxes,
  normalizeAxis,
  type Shape,
  ShapeError,
  sameShape,
  sizeOf,
} from "../shape/shape.js";

/** Reshapes; one extent may be -1 and is then computed. */
export function reshape(x: Node, shape: Shape): Node {
  const open = shape.indexOf(-1);
  let target = shape;
  if (open >= 0) {
    const rest = sizeOf(shape.filter((_, axis) => axis !== open));
    if (rest === 0 || sizeOf(x.shape) % rest !== 0 || shape.indexOf(-1, open + 1) >= 0) {
      throw new ShapeError(`reshape: ${formatShape(x.shape)} cannot become ${formatShape(shape)}`);
    }
    target = shape.map((extent, axis) => (axis === open ? sizeOf(x.shape) / rest : extent));
  }
  return sameShape(x.shape, target) ? x : node("reshape", [x], { shape: [...target] });
}

/** Permutes axes: output axis i is input axis `axes[i]`; without `axes`, reverses them. */
export function permute(x: Node, axes?: readonly number[]): Node {
  const rank = x.shape.length;
  const order = axes
    ? axes.map((axis) => normalizeAxis(axis, rank, "permute"))
    : x.shape.map((_, i) => rank - 1 - i);
  return order.length === rank && order.every((axis, i) => axis === i)
    ? x
    : node("permute", [x], { axes: order });
}

/** Swaps two axes; the last two when none are named. */
export function transpose(x: Node, a = -2, b = -1): Node {
  const order = x.shape.map((_, axis) => axis);
  const [first, second] = [
    normalizeAxis(a, order.length, "transpose"),
    normalizeAxis(b, order.length, "transpose"),
  ];
  order[first] = second;
  order[second] = first;
  return permute(x, order);
}

/** Spreads `x` over `shape` by NumPy's rule. */
export function broadcastTo(x: Node, shape: Shape): Node {
  if (sameShape(x.shape, shape)) return x;
  if (!sameShape(broadcastShapes(x.shape, shape, "broadcastTo"), shape)) {
    throw new ShapeError(`broadcastTo: ${formatShape(x.shape)} does not spread over ${formatShape(shape)}`);
  }
  const padded = reshape(x, [...new Array<number>(shape.length - x.shape.length).fill(1), ...x.shape]);
  return sameShape(padded.shape, shape) ? padded : node("broadcast", [padded], { shape: [...shape] });
}

/** Inserts an axis of extent 1 at `axis`. */
export function expandDimensions(x: Node, axis: number): Node {
  const at = normalizeAxis(axis, x.shape.length + 1, "expandDimensions");
  return reshape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]);
}

/** Drops the given axes (all of extent 1 by default). */
export function squeeze(x: Node, axes?: number | readonly number[]): Node {
  const drop =
    axes === undefined
      ? x.shape.flatMap((extent, axis) => (extent === 1 ? [axis] : []))
      : normalizeAxes(axes, x.shape.length, "squeeze");
  const bad = drop.find((axis) => x.shape[axis] !== 1);
  if (bad !== undefined)
    throw new ShapeError(`squeeze: axis ${bad} of ${formatShape(x.shape)} has extent ${x.shape[bad]}, not 1`);
  return reshape(
    x,
    x.shape.filter((_, axis) => !drop.includes(axis)),
  );
}

/** Pads each axis by `[before, after]` with `value`; negative amounts crop. `interior` cells go between neighbours. */
export function pad(
  x: Node,
  padding: readonly (readonly [number, number])[],
  value = 0,
  interior?: readonly number[],
): Node {
  const rank = x.shape.length;
  if (padding.length !== rank) {
    throw new ShapeError(
      `pad: ${formatShape(x.shape)} needs ${rank} pairs [before, after], got ${padding.length}`,
    );
  }
  const between = interior ?? x.shape.map(() => 0);
  let padded = x;
  if (padding.some(([low, high]) => low > 0 || high > 0) || between.some((n) => n > 0)) {
    padded = node("pad", [x], {
      low: padding.map(([low]) => Math.max(0, low)),
      high: padding.map(([, high]) => Math.max(0, high)),
      interior: [...between],
      value,
    });
  }
  if (!padding.some(([low, high]) => low < 0 || high < 0)) return padded;
  return slice(
    padded,
    padding.map(([low]) => Math.max(0, -low)),
    padded.shape.map((extent, axis) => extent + Math.min(0, padding[axis]![1])),
  );
}

/** Elements start, start + step, ... below stop, per axis. Negative starts and stops count from the end. */
export function slice(
  x: Node,
  start: readonly number[],
  stop?: readonly number[],
  step?: readonly number[],
): Node {
  const resolve = (value: number, extent: number) =>
    Math.min(extent, Math.max(0, value < 0 ? value + extent : value));
  const from = x.shape.map((extent, axis) => resolve(start[axis] ?? 0, extent));
  const to = x.shape.map((extent, axis) => Math.max(from[axis]!, resolve(stop?.[axis] ?? extent, extent)));
  const by = x.shape.map((_, axis) => step?.[axis] ?? 1);
  if (x.shape.every((extent, axis) => from[axis] === 0 && to[axis] === extent && by[axis] === 1)) return x;
  return node("slice", [x], { start: from, stop: to, step: by });
}

export function flip(x: Node, axes?: number | readonly number[]): Node {
  const list = normalizeAxes(axes, x.shape.length, "flip");
  return list.length === 0 ? x : node("flip", [x], { axes: list });
}

export function concatenate(parts: readonly Node[], axis = 0): Node {
  const first = parts[0];
  if (first === undefined) throw new ShapeError("concatenate: needs at least one tensor");
  return parts.length === 1
    ? first
    : node("concatenate", parts, { axis: normalizeAxis(axis, first.shape.length, "concatenate") });
}

/** Joins tensors of one shape along a new axis. */
export function stack(parts: readonly Node[], axis = 0): Node {
  return concatenate(
    parts.map((part) => expandDimensions(part, axis)),
    axis,
  );
}
