import { scalar } from "../../tensor/creation.js";
import type { Tensor } from "../../tensor/tensor.js";
import { correlation, statistics } from "../statistics.js";

/** Scalars of a layer's output. A type, so that compiled functions may return it. */
export type LayerFigures = {
  readonly units: Tensor;
  readonly notFinite: Tensor;
  readonly mean: Tensor;
  readonly standardDeviation: Tensor;
  readonly minimum: Tensor;
  readonly maximum: Tensor;
  readonly sparsity: Tensor;
  readonly dead: Tensor | undefined;
  readonly saturated: Tensor | undefined;
  readonly correlation: Tensor | undefined;
  readonly gradientNorm: Tensor;
};

/** Scalars of a parameter. */
export type ParameterFigures = {
  readonly norm: Tensor;
  readonly gradientNorm: Tensor;
  readonly change: Tensor | undefined;
  readonly difference: Tensor | undefined;
  readonly gradientDifference: Tensor | undefined;
};

/** Layers whose units, when they are 0, pass no gradient on. */
const rectifiers: ReadonlySet<string> = new Set(["relu", "relu6"]);

/**
 * Beyond these distances from the middle, the slope is below 4% of the greatest: `y (1 - y)` of a sigmoid against 1/4 at 1/2,
 * `1 - y^2` of tanh against 1 at 0.
 */
export const saturationBounds: Readonly<
  Record<string, { readonly middle: number; readonly distance: number }>
> = {
  sigmoid: { middle: 0.5, distance: 0.49 },
  tanh: { middle: 0, distance: 0.98 },
};

/** At most so many units, and about so many values of each, are compared with one another. */
const comparedUnits = 32;
const comparedValues = 4096;

/** The figures of a layer's output `[N, units, ...positions]`; `[N]` counts as one unit. */
export function layerFigures(kind: string, output: Tensor, gradient: Tensor): LayerFigures {
  const x = output.rank < 2 ? output.reshape([output.size, 1]) : output;
  const units = x.shape[1]!;
  const { dead, ...figures } = statistics(x);
  const bounds = saturationBounds[kind];
  return {
    ...figures,
    units: scalar(units),
    notFinite: x.isFinite().not().sum(),
    dead: rectifiers.has(kind) ? dead : undefined,
    saturated: bounds && x.subtract(bounds.middle).abs().greater(bounds.distance).cast("float32").mean(),
    // To flatten changes no value, and makes each position a unit.
    correlation: units < 2 || kind === "flatten" ? undefined : meanCorrelation(thinned(x)),
    gradientNorm: gradient.norm(),
  };
}

/** The figures of a parameter, its gradient, and what it would be after a step. */
export function parameterFigures(
  value: Tensor,
  gradient: Tensor,
  updated: Tensor | undefined,
): ParameterFigures {
  const hasUnits = value.rank >= 2 && value.shape[0]! >= 2;
  return {
    norm: value.norm(),
    gradientNorm: gradient.norm(),
    change: updated?.subtract(value).norm(),
    difference: hasUnits ? differenceFromFirst(value) : undefined,
    gradientDifference: hasUnits ? differenceFromFirst(gradient) : undefined,
  };
}

/** Exactly 0 if all units are alike, as a difference from their mean would not be. */
function differenceFromFirst(x: Tensor): Tensor {
  return x.subtract(x.slice([0], [1])).norm();
}

/** Over the pairs of different units that vary at all; NaN if there is none. */
function meanCorrelation(x: Tensor): Tensor {
  const matrix = correlation(x).abs();
  // Units that vary have 1 on the diagonal, up to rounding, and the others 0.
  const varying = matrix.max(1).greater(0.5).sum().cast("float32");
  return matrix
    .sum()
    .subtract(varying)
    .divide(varying.multiply(varying.subtract(1)));
}

/** Evenly chosen units and positions of `[N, units, ...positions]`. */
function thinned(x: Tensor): Tensor {
  const [count, units, ...positions] = x.shape as readonly [number, number, ...number[]];
  const all = positions.reduce((product, extent) => product * extent, 1);
  const perExample = Math.max(1, comparedValues / count);
  const step = Math.max(1, Math.ceil((all / perExample) ** (1 / Math.max(1, positions.length))));
  return x.slice(
    x.shape.map(() => 0),
    [...x.shape],
    [Math.ceil(count / comparedValues), Math.ceil(units / comparedUnits), ...positions.map(() => step)],
  );
}
