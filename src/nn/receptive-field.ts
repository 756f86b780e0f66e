import { type Shape, sizeOf } from "../shape/shape.js";
import { dilatedExtent, type WindowGeometry } from "../shape/window.js";

/** A window that a layer moves over its input. */
export interface LayerWindow extends WindowGeometry {
  readonly kernel: Shape;
}

/**
 * How a layer's outputs depend on positions of its input: through a window, each on its own ("pointwise"), all
 * positions on all ("global"), or in a way that is not known.
 */
export type Reach = LayerWindow | "pointwise" | "global" | "unknown";

/** The box of the model's input that can change one output of a layer, per spatial axis. */
export interface ReceptiveField {
  /** Extent of the box. */
  readonly size: readonly number[];
  /** Distance between the boxes of neighbouring outputs; 0 where all outputs see the same box. */
  readonly stride: readonly number[];
  /** Input position where the box of output 0 starts; negative where it reaches into the padding. */
  readonly start: readonly number[];
}

/** A layer in a row of layers. */
export interface ReachStep {
  readonly reach: Reach;
  /** Of one example: `[channels, ...spatial]`. */
  readonly inputShape: Shape;
}

/**
 * Receptive fields after each of a row of layers; undefined from the first layer on whose reach is unknown.
 * For a window of `k` cells, dilation `d`, stride `s` and padding `p` before:
 *
 *     size' = size + d (k - 1) stride      stride' = stride s      start' = start - p stride
 *
 * so output `i` of the layer sees input positions `start' + i stride'` to `start' + i stride' + size' - 1`. A global
 * layer sees the union of the boxes, cut to the input. After flattening, the box is that of the position from which
 * a value came.
 *
 * Source: Araujo, Norris and Sim, "Computing receptive fields of convolutional neural networks", Distill, 2019.
 *
 * @param input the spatial extents of the model's input
 */
export function receptiveFields(input: Shape, steps: readonly ReachStep[]): (ReceptiveField | undefined)[] {
  let field: ReceptiveField | undefined = {
    size: input.map(() => 1),
    stride: input.map(() => 1),
    start: input.map(() => 0),
  };
  let positions: Shape = input;
  return steps.map(({ reach, inputShape }) => {
    const spatial = inputShape.slice(1);
    // A flattened input has no spatial axes left: the positions are those before.
    if (spatial.length === input.length && sizeOf(spatial) > 0) positions = spatial;
    if (field !== undefined) field = next(field, reach, positions, input);
    return field;
  });
}

function next(
  field: ReceptiveField,
  reach: Reach,
  positions: Shape,
  input: Shape,
): ReceptiveField | undefined {
  if (reach === "pointwise") return field;
  if (reach === "unknown") return undefined;
  const { size, stride, start } = field;
  if (reach === "global") {
    const first = start.map((from) => Math.max(0, from));
    const last = start.map((from, axis) =>
      Math.min(input[axis]! - 1, from + (positions[axis]! - 1) * stride[axis]! + size[axis]! - 1),
    );
    return {
      size: last.map((to, axis) => to - first[axis]! + 1),
      stride: stride.map(() => 0),
      start: first,
    };
  }
  if (reach.kernel.length !== input.length) return undefined;
  return {
    size: size.map(
      (extent, axis) =>
        extent + (dilatedExtent(reach.kernel[axis]!, reach.dilation[axis]!) - 1) * stride[axis]!,
    ),
    stride: stride.map((step, axis) => step * reach.strides[axis]!),
    start: start.map((from, axis) => from - reach.padding[axis]![0] * stride[axis]!),
  };
}
