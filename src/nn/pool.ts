import { formatShape, type Shape, ShapeError } from "../shape/shape.js";
import { type Padding, perAxis } from "../shape/window.js";
import { type PoolOptions, poolAttributes } from "../tensor/contraction.js";
import type { Tensor } from "../tensor/tensor.js";
import { requireBetween } from "./check.js";
import { Module } from "./module.js";
import type { LayerWindow } from "./receptive-field.js";

export interface PoolLayerOptions {
  /** Default: the window, so that windows tile the input. */
  readonly stride?: number | readonly number[];
  /** Default `"valid"`: none; cells at the end that fill no window are left out. */
  readonly padding?: Padding;
  /** Distance between neighbouring cells of the window; default 1. */
  readonly dilation?: number | readonly number[];
  /** Whether a last window that reaches over the end, but starts before it, gives an output too; default false. */
  readonly ceilMode?: boolean;
}

export interface AveragePoolLayerOptions extends PoolLayerOptions {
  /** Whether padding counts as zeros in the mean (the default) or is left out of it. */
  readonly countIncludePad?: boolean;
}

abstract class Pool extends Module {
  readonly kind: string;
  readonly window: readonly number[];
  readonly options: PoolOptions;

  constructor(
    kind: string,
    rank: number,
    window: number | readonly number[],
    options: PoolLayerOptions = {},
  ) {
    super();
    this.kind = `${kind}${rank}d`;
    this.window = perAxis(window, rank, 1, "window", this.kind);
    const stride = perAxis(options.stride ?? this.window, rank, 1, "stride", this.kind);
    const dilation = perAxis(options.dilation ?? 1, rank, 1, "dilation", this.kind);
    this.options = { ...options, stride, dilation };
  }

  override reach(inputShape: Shape): LayerWindow {
    return poolAttributes([1, ...inputShape], this.window, this.options, this.kind);
  }

  protected requireRank(x: Tensor): void {
    if (x.rank !== this.window.length + 2) {
      throw new ShapeError(
        `${this.kind}: an example is ${formatShape(x.shape.slice(1))}, but must be ` +
          `[channels, ...${this.window.length} spatial extents]`,
      );
    }
  }
}

/**
 * Greatest value of each window: `[N, C, ...S]` -> `[N, C, ...S']`. Padding never wins. Of equal values, the first in
 * row-major order gets the gradient.
 */
export class MaxPool extends Pool {
  constructor(rank: number, window: number | readonly number[], options?: PoolLayerOptions) {
    super("maxPool", rank, window, options);
  }

  protected override compute(x: Tensor): Tensor {
    this.requireRank(x);
    return x.maxPool(this.window, this.options);
  }
}

/**
 * Mean of each window: `[N, C, ...S]` -> `[N, C, ...S']`. It is the convolution of each channel with a uniform kernel;
 * with its default stride, downsampling by averaging. What `ceilMode` adds at the end never counts.
 */
export class AveragePool extends Pool {
  readonly countIncludePad: boolean;

  constructor(rank: number, window: number | readonly number[], options: AveragePoolLayerOptions = {}) {
    super("averagePool", rank, window, options);
    this.countIncludePad = options.countIncludePad ?? true;
  }

  protected override compute(x: Tensor): Tensor {
    this.requireRank(x);
    const { options, countIncludePad } = this;
    return x.averagePool(this.window, { ...options, countIncludePad });
  }
}

/**
 * `(sum |x|^order)^(1/order)` of each window: `[N, C, ...S]` -> `[N, C, ...S']`, between the sum (order 1) and, as the
 * order grows, the maximum. Order 2 is the energy of the window. The derivative where the result is 0 is 0.
 *
 * Source: Sermanet, Chintala and LeCun, "Convolutional neural networks applied to house numbers digit
 * classification", 2012, section 2.2.
 */
export class LpPool extends Pool {
  readonly order: number;

  constructor(rank: number, order: number, window: number | readonly number[], options?: PoolLayerOptions) {
    super("lpPool", rank, window, options);
    this.order = requireBetween(order, 1, Number.MAX_VALUE, "order", this.kind);
  }

  protected override compute(x: Tensor): Tensor {
    this.requireRank(x);
    return x.lpPool(this.order, this.window, this.options);
  }
}

/** Maximum pooling over `[N, C, L]`; see `MaxPool`. */
export function maxPool1d(window: number | readonly number[], options?: PoolLayerOptions): MaxPool {
  return new MaxPool(1, window, options);
}

/** Maximum pooling over `[N, C, H, W]`; see `MaxPool`. */
export function maxPool2d(window: number | readonly number[], options?: PoolLayerOptions): MaxPool {
  return new MaxPool(2, window, options);
}

/** Maximum pooling over `[N, C, D, H, W]`; see `MaxPool`. */
export function maxPool3d(window: number | readonly number[], options?: PoolLayerOptions): MaxPool {
  return new MaxPool(3, window, options);
}

/** Average pooling over `[N, C, L]`; see `AveragePool`. */
export function averagePool1d(
  window: number | readonly number[],
  options?: AveragePoolLayerOptions,
): AveragePool {
  return new AveragePool(1, window, options);
}

/** Average pooling over `[N, C, H, W]`; see `AveragePool`. */
export function averagePool2d(
  window: number | readonly number[],
  options?: AveragePoolLayerOptions,
): AveragePool {
  return new AveragePool(2, window, options);
}

/** Average pooling over `[N, C, D, H, W]`; see `AveragePool`. */
export function averagePool3d(
  window: number | readonly number[],
  options?: AveragePoolLayerOptions,
): AveragePool {
  return new AveragePool(3, window, options);
}

/** Lp pooling over `[N, C, L]`; see `LpPool`. */
export function lpPool1d(
  order: number,
  window: number | readonly number[],
  options?: PoolLayerOptions,
): LpPool {
  return new LpPool(1, order, window, options);
}

/** Lp pooling over `[N, C, H, W]`; see `LpPool`. */
export function lpPool2d(
  order: number,
  window: number | readonly number[],
  options?: PoolLayerOptions,
): LpPool {
  return new LpPool(2, order, window, options);
}

/** Lp pooling over `[N, C, D, H, W]`; see `LpPool`. */
export function lpPool3d(
  order: number,
  window: number | readonly number[],
  options?: PoolLayerOptions,
): LpPool {
  return new LpPool(3, order, window, options);
}
