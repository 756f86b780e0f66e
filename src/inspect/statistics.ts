import { formatShape, ShapeError } from "../shape/shape.js";
import { arange } from "../tensor/creation.js";
import type { Tensor } from "../tensor/tensor.js";

/** Figures of a layer's activations, each a scalar tensor. A type, so that compiled functions may return it. */
export type ActivationStatistics = {
  readonly mean: Tensor;
  readonly standardDeviation: Tensor;
  readonly minimum: Tensor;
  readonly maximum: Tensor;
  /** Share of the values that are exactly 0. */
  readonly sparsity: Tensor;
  /** Share of the units that are 0 at every position of every image: after ReLU, they get no gradient either. */
  readonly dead: Tensor;
};

/**
 * Figures of activations `[N, units, ...positions]`: a convolution's units are its channels. For use in `compile`, with
 * many layers at once:
 *
 * ```ts
 * const { outputs } = inspect.activations(model, images);
 * return Object.values(outputs).map(inspect.statistics);
 * ```
 *
 * @throws ShapeError unless there are a batch and units
 */
export function statistics(activations: Tensor): ActivationStatistics {
  requireUnits(activations, "statistics");
  const others = activations.shape.map((_, axis) => axis).filter((axis) => axis !== 1);
  return {
    mean: activations.mean(),
    standardDeviation: activations.standardDeviation(),
    minimum: activations.min(),
    maximum: activations.max(),
    sparsity: activations.equal(0).cast("float32").mean(),
    dead: activations.abs().max(others).equal(0).cast("float32").mean(),
  };
}

export interface HistogramOptions {
  /** Default 32. */
  readonly bins?: number;
  /** Where the first bin begins and the last one ends; default: the least and the greatest value. */
  readonly range?: readonly [low: number, high: number];
}

/**
 * Counts the values in bins of equal width: `{ counts: int32 [bins], edges: [bins + 1] }`. A bin holds its lower edge, the
 * last one both. Values outside the range, and NaN, are in none.
 *
 * @throws RangeError for a number of bins that is no positive integer, or a range that is not ascending
 */
export function histogram(values: Tensor, options: HistogramOptions = {}): { counts: Tensor; edges: Tensor } {
  const { bins = 32, range } = options;
  if (!Number.isInteger(bins) || bins < 1) {
    throw new RangeError(`histogram: bins is ${bins}, but must be an integer of at least 1`);
  }
  if (range !== undefined && !(range[0] < range[1])) {
    throw new RangeError(
      `histogram: the range is [${range.join(", ")}], but must be two numbers in ascending order`,
    );
  }
  const flat = values.reshape([values.size, 1]);
  const [low, high] = range ?? [flat.min(), flat.max()];
  const width = typeof high === "number" ? (high - Number(low)) / bins : high.subtract(low).divide(bins);
  const edges = arange(bins + 1)
    .cast("float32")
    .multiply(width)
    .add(low);
  // Where all values are equal the bins have no width, and all values belong to the last.
  const place = flat.subtract(low).divide(width).isFinite().where(flat.subtract(low).divide(width), bins);
  const bin = place.floor().minimum(bins - 1);
  const inside = flat.greaterEqual(low).and(flat.lessEqual(high));
  const counts = bin.equal(arange(bins).cast("float32")).and(inside.broadcastTo([values.size, bins]));
  return { counts: counts.cast("int32").sum(0), edges };
}

/**
 * Correlations of the units of a layer over all images and positions: activations `[N, units, ...positions]` to `[units,
 * units]`, from -1 to 1. A unit that never changes has correlation 0 with all, also with itself.
 *
 *     c[i, j] = cov(a_i, a_j) / sqrt(var(a_i) var(a_j))
 *
 * @throws ShapeError unless there are a batch and units
 */
export function correlation(activations: Tensor): Tensor {
  requireUnits(activations, "correlation");
  const [, units] = activations.shape as [number, number];
  const order = [1, 0, ...activations.shape.map((_, axis) => axis).slice(2)];
  const rows = activations.permute(order).reshape([units, activations.size / units]);
  const deviations = rows.subtract(rows.mean(1, true));
  const lengths = deviations.norm(2, 1, true);
  // Of equal values the mean may be rounded, and then they seem to differ from it.
  const varies = lengths.greater(0).and(rows.max(1, true).greater(rows.min(1, true)));
  const directions = varies.where(deviations.divide(varies.where(lengths, 1)), 0);
  return directions.matmul(directions.transpose());
}

function requireUnits({ shape }: Tensor, caller: string): void {
  if (shape.length >= 2 && shape.every((extent) => extent > 0)) return;
  throw new ShapeError(
    `${caller}: activations are ${formatShape(shape)}, but must be [N, units, ...positions]`,
  );
}
