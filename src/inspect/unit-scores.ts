import { pickClass } from "../losses/cross-entropy.js";
import { formatShape, ShapeError, sizeOf, stridesOf } from "../shape/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { unitIndex } from "./trace.js";

/** One unit of a layer for each image. */
export interface UnitSelection {
  /** The layer whose output the unit is in; default "", the model. */
  readonly path?: string;
  /** Its channel (of the model's output: the class), for all images or, int32 `[N]`, for each; default: that of the strongest unit. */
  readonly channel?: number | Tensor;
  /** Its place in the channel, one index for each spatial axis; default: where the channel is strongest in each image. */
  readonly position?: readonly number[];
}

/**
 * The activation of one unit for each image, `[N]`, of a layer's output `[N, channels, ...positions]`. Of units that are
 * equally strong, the first counts, in row-major order.
 *
 * @throws ShapeError if there is no such unit
 */
export function unitScores(
  output: Tensor,
  { channel, position }: Omit<UnitSelection, "path">,
  caller: string,
): Tensor {
  if (output.rank < 2) {
    throw new ShapeError(
      `${caller}: the layer's output is ${formatShape(output.shape)}, but must be [N, channels, ...positions]`,
    );
  }
  const [count, channels, ...places] = output.shape as readonly [number, number, ...number[]];
  const at = position ?? places.map(() => 0);
  unitIndex(output.shape.slice(1), [typeof channel === "number" ? channel : 0, ...at], caller);
  const all = output.reshape([count, channels, sizeOf(places)]);
  const place = stridesOf(places).reduce((sum, stride, axis) => sum + stride * at[axis]!, 0);
  const placed = position ? all.slice([0, 0, place], [count, channels, place + 1]) : all;
  return strongest(inChannel(placed, channel, caller));
}

/** Of `[N, channels, P]`: one channel, `[N, P]`, or all in a row. */
function inChannel(values: Tensor, channel: number | Tensor | undefined, caller: string): Tensor {
  const [count, channels, size] = values.shape as readonly [number, number, number];
  if (channel === undefined) return values.reshape([count, channels * size]);
  if (typeof channel === "number") {
    return values.slice([0, channel, 0], [count, channel + 1, size]).reshape([count, size]);
  }
  if (channel.dtype !== "int32" || channel.rank !== 1 || channel.shape[0] !== count) {
    throw new ShapeError(
      `${caller}: the channels are ${channel.dtype}${formatShape(channel.shape)}, but must be int32${formatShape([count])}, one for each image`,
    );
  }
  return pickClass(values, channel.expandDimensions(1).broadcastTo([count, size]), caller);
}

/** The greatest of each row, by its index: `max` would share its gradient among equals. */
function strongest(rows: Tensor): Tensor {
  if (rows.shape[1] === 1) return rows.reshape([rows.shape[0]!]);
  return pickClass(rows, rows.argmax(1), "strongest");
}
