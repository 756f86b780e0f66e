import type { Node } from "../graph/types.js";
import type { Module } from "../nn/module.js";
import { compile } from "../runtime/compile.js";
import { formatShape, ShapeError } from "../shape/shape.js";
import { stack } from "../tensor/creation.js";
import type { Tensor } from "../tensor/tensor.js";
import { inputBox } from "./receptive-field.js";
import { outputAt, outputsOf, trace } from "./trace.js";

export interface EquivarianceOptions {
  /** The layer whose output is looked at; default "", the model. */
  readonly path?: string;
  /** By how many positions the input moves, for each spatial axis. */
  readonly shift: readonly number[];
  /** Whether units count that see beyond the border of the input, where padding is; default false. */
  readonly borders?: boolean;
}

export interface Equivariance {
  /** `|f(moved x) - moved f(x)| / |f(moved x)|`: 0 where the layer moves with its input. */
  readonly error: number;
  /** By how many positions the output should move: `shift / stride`, which need not be whole. */
  readonly shift: readonly number[];
  /** How many units of an example were compared, where both outputs have them. */
  readonly units: number;
}

/**
 * How far a layer is from moving with its input. Two cuts of the model's input size, `shift` apart, are taken from the
 * middle of larger images; the output for one is compared with the moved output for the other. Convolutions and
 * activations give 0, up to rounding. Strides and pooling do so only for shifts that are multiples of their
 * stride: for others the outputs are moved to the nearest whole position. An output without positions, as that of a dense
 * layer, is compared as it is: then the error says how far it is from not noticing the move.
 *
 * @param images `[N, channels, ...spatial]`, larger than the model's input by at least the shift
 * @throws ShapeError if the images are too small for the shift, or if no unit is left to compare; RangeError if there is no
 *   such layer
 */
export async function equivariance(
  model: Module,
  images: Tensor,
  options: EquivarianceOptions,
): Promise<Equivariance> {
  const { path = "", shift, borders = false } = options;
  const caller = "equivariance";
  const [channels, ...size] = model.inputShape;
  const starts = cutStarts(images, size, shift);
  const { input, output } = trace(model, path, model.inputShape, caller);
  const extents = output.shape.slice(2);
  const moves = size.length === extents.length;
  const axes = moves ? extents.map((_, axis) => axisOf(input, output.node, axis)) : [];
  const moved = axes.map(({ stride }, axis) => (stride === 0 ? 0 : shift[axis]! / stride));
  const ranges = axes.map((axis, i) => {
    const [low, high] = borders ? [0, extents[i]! - 1] : axis.inside;
    const by = Math.round(moved[i]!);
    // Both the position and the one that it is compared with.
    return { from: Math.max(low, low - by), to: Math.min(high, high - by) + 1, by };
  });
  if (ranges.some(({ from, to }) => from >= to)) {
    throw new ShapeError(
      `${caller}: no unit of ${path || "the output"} ${formatShape(output.shape.slice(1))} is left for a shift of ` +
        `${formatShape(shift)} that does not see ${borders ? "beyond its end" : "the border; count these too with borders: true"}`,
    );
  }
  const measure = compile(
    (x: Tensor) => {
      const [before, after] = starts.map((start) => {
        const cut = x.slice(
          [0, 0, ...start],
          [x.shape[0]!, channels!, ...start.map((at, axis) => at + size[axis]!)],
        );
        return outputAt(outputsOf(model, cut, path), path, caller);
      }) as [Tensor, Tensor];
      const head = [x.shape[0]!, ...output.shape.slice(1, before.rank - axes.length)];
      const part = (y: Tensor, offset: (by: number) => number) =>
        y.slice(
          [...head.map(() => 0), ...ranges.map(({ from, by }) => from + offset(by))],
          [...head, ...ranges.map(({ to, by }) => to + offset(by))],
        );
      const reference = part(after, () => 0);
      const difference = reference.subtract(part(before, (by) => by));
      return stack([difference.norm(), reference.norm()]);
    },
    { name: caller },
  );
  const [difference, total] = await measure(images).data();
  const positions = ranges.reduce((product, { from, to }) => product * (to - from), 1);
  const perPosition = output.size / extents.reduce((product, extent) => product * extent, 1);
  return {
    error: total === 0 ? 0 : difference! / total!,
    shift: moved,
    units: moves ? positions * perPosition : output.size,
  };
}

/** Where the two cuts of each image start, along its spatial axes. */
function cutStarts(
  { shape }: Tensor,
  size: readonly number[],
  shift: readonly number[],
): [number[], number[]] {
  const room = size.map((extent, axis) => (shape[axis + 2] ?? 0) - extent - Math.abs(shift[axis] ?? 0));
  const whole = shift.length === size.length && shift.every(Number.isInteger);
  if (size.length === 0 || shape.length !== size.length + 2 || !whole || room.some((cells) => cells < 0)) {
    throw new ShapeError(
      `equivariance: images ${formatShape(shape)} do not hold two cuts of ${formatShape(size)} that lie ` +
        `${formatShape(shift)} apart; they need at least ${formatShape(size.map((extent, axis) => extent + Math.abs(shift[axis] ?? 0)))}`,
    );
  }
  const before = room.map((cells, axis) => Math.floor(cells / 2) + Math.max(0, -shift[axis]!));
  return [before, before.map((start, axis) => start + shift[axis]!)];
}

/** How far apart neighbouring units look along an axis, and which of them see nothing beyond the input's border. */
function axisOf(input: Node, output: Node, axis: number): { stride: number; inside: [number, number] } {
  const middle = output.shape.slice(1).map((extent, i) => (i === 0 ? 0 : extent >> 1));
  const boxes = Array.from({ length: output.shape[axis + 2]! }, (_, at) => {
    const box = inputBox(input, output, middle.with(axis + 1, at));
    return { start: box?.start[axis + 1] ?? 0, stop: box?.stop[axis + 1] ?? 0 };
  });
  // At a border, boxes are cut, so the ends of neighbouring ones may be closer there than elsewhere, but not farther apart.
  const steps = boxes
    .slice(1)
    .flatMap(({ start, stop }, i) => [start - boxes[i]!.start, stop - boxes[i]!.stop]);
  const sizes = boxes.map(({ start, stop }) => stop - start);
  const full = Math.max(...sizes);
  return { stride: Math.max(0, ...steps), inside: [sizes.indexOf(full), sizes.lastIndexOf(full)] };
}
