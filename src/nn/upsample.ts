import { formatShape, ShapeError } from "../shape/shape.js";
import { perAxis } from "../shape/window.js";
import type { ResizeOptions } from "../tensor/resampling.js";
import type { Tensor } from "../tensor/tensor.js";
import { Module } from "./module.js";

/**
 * Makes every spatial axis `factor` times as long: `[N, C, ...S]` -> `[N, C, ...S factor]`, by repeating elements
 * ("nearest") or by interpolating between them ("linear", which is bilinear for pictures). See `Tensor.resize`.
 */
export class Upsample extends Module {
  readonly kind = "upsample";
  readonly factor: number | readonly number[];
  readonly options: ResizeOptions;

  constructor(factor: number | readonly number[], options: ResizeOptions = {}) {
    super();
    perAxis(factor, typeof factor === "number" ? 1 : factor.length, 1, "factor", this.kind);
    this.factor = factor;
    this.options = options;
  }

  protected override compute(x: Tensor): Tensor {
    const spatial = x.shape.slice(2);
    if (spatial.length === 0) {
      throw new ShapeError(
        `upsample: an example is ${formatShape(x.shape.slice(1))}, but must be [channels, ...spatial extents]`,
      );
    }
    const factors = perAxis(this.factor, spatial.length, 1, "factor", this.kind);
    return x.resize(
      spatial.map((extent, axis) => extent * factors[axis]!),
      this.options,
    );
  }
}

/** Upsampling by whole factors; see `Upsample`. */
export function upsample(factor: number | readonly number[], options?: ResizeOptions): Upsample {
  return new Upsample(factor, options);
}
