import { formatShape, ShapeError } from "../shape/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { requireBetween } from "./check.js";
import { Module } from "./module.js";

abstract class GlobalPool extends Module {
  override reach(): "global" {
    return "global";
  }

  /** The axes behind the channels. */
  protected spatialAxes(x: Tensor): number[] {
    if (x.rank < 3) {
      throw new ShapeError(
        `${this.kind}: an example is ${formatShape(x.shape.slice(1))}, but must be [channels, ...spatial extents]`,
      );
    }
    return x.shape.map((_, axis) => axis).slice(2);
  }
}

/** Mean over all positions of each channel: `[N, C, ...S]` -> `[N, C]`. */
export class GlobalAveragePool extends GlobalPool {
  readonly kind = "globalAveragePool";

  protected override compute(x: Tensor): Tensor {
    return x.mean(this.spatialAxes(x));
  }
}

/** Greatest value of each channel: `[N, C, ...S]` -> `[N, C]`. Of equal values, the first gets the gradient. */
export class GlobalMaxPool extends GlobalPool {
  readonly kind = "globalMaxPool";

  protected override compute(x: Tensor): Tensor {
    const axes = this.spatialAxes(x);
    // Axis by axis from the last: the same winner as of one large window, for which the kernel would be large, too.
    const greatest = axes.reduceRight((pooled, last) => {
      return pooled.maxPool(axes.map((axis) => (axis === last ? x.shape[axis]! : 1)));
    }, x);
    return greatest.squeeze(axes);
  }
}

/** `(sum |x|^order)^(1/order)` over all positions of each channel: `[N, C, ...S]` -> `[N, C]`; see `LpPool`. */
export class GlobalLpPool extends GlobalPool {
  readonly kind = "globalLpPool";
  readonly order: number;

  constructor(order: number) {
    super();
    this.order = requireBetween(order, 1, Number.MAX_VALUE, "order", this.kind);
  }

  protected override compute(x: Tensor): Tensor {
    return x.norm(this.order, this.spatialAxes(x));
  }
}

/** Mean over all positions; see `GlobalAveragePool`. */
export function globalAveragePool(): GlobalAveragePool {
  return new GlobalAveragePool();
}

/** Maximum over all positions; see `GlobalMaxPool`. */
export function globalMaxPool(): GlobalMaxPool {
  return new GlobalMaxPool();
}

/** Lp norm over all positions; see `GlobalLpPool`. */
export function globalLpPool(order: number): GlobalLpPool {
  return new GlobalLpPool(order);
}
