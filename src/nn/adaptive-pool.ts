import { formatShape, type Shape, ShapeError } from "../shape/shape.js";
import { perAxis } from "../shape/window.js";
import type { Tensor } from "../tensor/tensor.js";
import { Module } from "./module.js";
import type { Reach } from "./receptive-field.js";

/**
 * Average pooling to a given size, whatever the input's: `[N, C, ...S]` -> `[N, C, ...size]`. Output `o` of an axis is
 * the mean of the inputs from `floor(o S / size)` up to, but not including, `ceil((o + 1) S / size)`. With it a network
 * whose last layers are dense takes pictures of any size.
 */
export class AdaptiveAveragePool extends Module {
  readonly kind: string;
  readonly size: readonly number[];

  constructor(rank: number, size: number | readonly number[]) {
    super();
    this.kind = `adaptiveAveragePool${rank}d`;
    this.size = perAxis(size, rank, 1, "size", this.kind);
  }

  /** A plain window where sizes divide; otherwise boxes of several sizes. */
  override reach(inputShape: Shape): Reach {
    const kernel = inputShape.slice(1).map((extent, axis) => extent / this.size[axis]!);
    if (!kernel.every(Number.isInteger)) return "unknown";
    const padding = kernel.map((): [number, number] => [0, 0]);
    return { kernel, strides: kernel, padding, dilation: kernel.map(() => 1) };
  }

  protected override compute(x: Tensor): Tensor {
    if (x.rank !== this.size.length + 2) {
      throw new ShapeError(
        `${this.kind}: an example is ${formatShape(x.shape.slice(1))}, but must be ` +
          `[channels, ...${this.size.length} spatial extents]`,
      );
    }
    return x.adaptiveAveragePool(this.size);
  }
}

/** Average pooling of `[N, C, L]` to `[N, C, size]`; see `AdaptiveAveragePool`. */
export function adaptiveAveragePool1d(size: number | readonly number[]): AdaptiveAveragePool {
  return new AdaptiveAveragePool(1, size);
}

/** Average pooling of `[N, C, H, W]` to `[N, C, ...size]`; see `AdaptiveAveragePool`. */
export function adaptiveAveragePool2d(size: number | readonly number[]): AdaptiveAveragePool {
  return new AdaptiveAveragePool(2, size);
}

/** Average pooling of `[N, C, D, H, W]` to `[N, C, ...size]`; see `AdaptiveAveragePool`. */
export function adaptiveAveragePool3d(size: number | readonly number[]): AdaptiveAveragePool {
  return new AdaptiveAveragePool(3, size);
}
