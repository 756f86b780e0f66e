import { grad } from "../autodiff/api.js";
import type { Module } from "../nn/module.js";
import { compile } from "../runtime/compile.js";
import { formatShape, ShapeError } from "../shape/shape.js";
import { arange, stack } from "../tensor/creation.js";
import type { Tensor } from "../tensor/tensor.js";
import type { UnitOptions } from "./receptive-field.js";
import { outputAt, outputsOf, unitIndex } from "./trace.js";

export interface EffectiveFieldOptions extends Omit<UnitOptions, "unit"> {
  /** Its index in the output for one example; default: all channels in the middle, added up. */
  readonly unit?: readonly number[];
}

export interface EffectiveField {
  /** By position of the input, `[...spatial]`: the mean over images of `|d unit / d input|`, summed over channels. */
  readonly values: Tensor;
  /**
   * Along each spatial axis, the standard deviation of the position when `values` are taken as weights: that of the Gaussian
   * with the same moments.
   */
  readonly width: readonly number[];
  /** Side of a square with as many positions as have more than 4.55 percent of the greatest value. */
  readonly size: number;
}

/** What is beyond two standard deviations of a Gaussian. */
const threshold = 1 - 0.9545;

/** Instead of 0, for a unit that nothing changes. */
const leastTotal = 1e-30;

/**
 * How much each position of the input really changes a unit, where `receptiveField` says which can. In an untrained
 * network it is much like a Gaussian, whose width grows with the square root of the number of layers while the receptive
 * field grows with the number itself.
 *
 * @param images a batch `[N, channels, ...spatial]`: real ones, or random ones such as
 *   `new random.Generator(1).normal([64, 1, 28, 28])`
 * @throws RangeError if there is no such layer, ShapeError if there is no such unit or the images have no positions
 *
 * Source: Luo, Li, Urtasun and Zemel, "Understanding the effective receptive field in deep convolutional neural
 * networks", 2016, section 3.
 */
export async function effectiveReceptiveField(
  model: Module,
  images: Tensor,
  options: EffectiveFieldOptions = {},
): Promise<EffectiveField> {
  const caller = "effectiveReceptiveField";
  const spatial = images.shape.slice(2);
  if (spatial.length === 0) {
    throw new ShapeError(
      `${caller}: images are ${formatShape(images.shape)}, but must be [N, channels, ...spatial]`,
    );
  }
  const { path = "" } = options;
  const measure = compile(
    (x: Tensor) => {
      const output = outputAt(outputsOf(model, x, path), path, caller);
      const index = unitIndex(output.shape.slice(1), options.unit, caller);
      const stop = index.map((at) => at + 1);
      const [from, to] = options.unit
        ? [index, stop]
        : [
            [0, ...index.slice(1)],
            [output.shape[1]!, ...stop.slice(1)],
          ];
      const unit = output.slice([0, ...from], [output.shape[0]!, ...to]);
      const [gradient] = grad(unit.sum(), [x]);
      const values = gradient.abs().mean(0).sum(0);
      const total = values.sum().maximum(leastTotal);
      const variances = spatial.map((extent, axis) => {
        const weights = values
          .sum(spatial.map((_, other) => other).filter((other) => other !== axis))
          .divide(total);
        const positions = arange(extent).cast("float32");
        const offsets = positions.subtract(weights.multiply(positions).sum());
        return weights.multiply(offsets.square()).sum();
      });
      const count = values.greater(values.max().multiply(threshold)).cast("float32").sum();
      return { values, widths: stack(variances).sqrt(), count };
    },
    { name: caller },
  );
  const { values, widths, count } = measure(images);
  const width = Array.from(await widths.data());
  return { values, width, size: Math.sqrt(await count.item()) };
}
