import type { Node } from "../graph/types.js";
import { formatShape, ShapeError } from "../shape/shape.js";
import { broadcastTo, concatenate, flip, slice } from "./movement.js";

/**
 * What stands around an axis `a b c d`: its mirror image without the edge (`c b | a b c d | c b`), its edge
 * (`a a | a b c d | d d`), or its other end (`c d | a b c d | a b`).
 */
export type PaddingMode = "reflect" | "replicate" | "circular";

/**
 * Pads each axis by `[before, after]` cells taken from itself, one axis after the other. "reflect" needs an extent above the
 * padding, "circular" one of at least the padding.
 */
export function padFromSelf(
  x: Node,
  padding: readonly (readonly [number, number])[],
  mode: PaddingMode,
): Node {
  const valid = padding.every((pair) => pair.every((cells) => Number.isInteger(cells) && cells >= 0));
  if (padding.length !== x.shape.length || !valid) {
    throw new ShapeError(
      `pad: ${formatShape(x.shape)} needs ${x.shape.length} pairs [before, after] of integers of at least 0 ` +
        `for mode "${mode}", got ${JSON.stringify(padding)}`,
    );
  }
  return padding.reduce((padded, [before, after], axis) => {
    const extent = x.shape[axis]!;
    const longest = { reflect: extent - 1, replicate: extent > 0 ? Infinity : 0, circular: extent }[mode];
    if (Math.max(before, after) > longest) {
      throw new ShapeError(
        `pad: ${before} and ${after} cells in mode "${mode}" around axis ${axis} of ${formatShape(x.shape)}; ` +
          `its extent allows at most ${longest} on a side`,
      );
    }
    const part = (from: number, to: number) =>
      slice(
        padded,
        padded.shape.map((_, i) => (i === axis ? from : 0)),
        padded.shape.map((n, i) => (i === axis ? to : n)),
      );
    const repeated = (cell: Node, count: number) =>
      broadcastTo(
        cell,
        cell.shape.map((n, i) => (i === axis ? count : n)),
      );
    const sides: Record<PaddingMode, () => [Node, Node]> = {
      reflect: () => [
        flip(part(1, 1 + before), axis),
        flip(part(extent - 1 - after, Math.max(0, extent - 1)), axis),
      ],
      replicate: () => [repeated(part(0, 1), before), repeated(part(Math.max(0, extent - 1), extent), after)],
      circular: () => [part(extent - before, extent), part(0, after)],
    };
    if (before === 0 && after === 0) return padded;
    const [left, right] = sides[mode]();
    return concatenate([...(before > 0 ? [left] : []), padded, ...(after > 0 ? [right] : [])], axis);
  }, x);
}
