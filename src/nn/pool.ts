import { formatShape, type Shape, ShapeError } from "../shape/shape.js";
import { type Padding, perAxis, resolvePadding } from "../shape/window.js";
import type { Tensor } from "../tensor/tensor.js";
import { Module } from "./module.js";
import type { LayerWindow } from "./receptive-field.js";

export interface PoolLayerOptions {
  /** Default: the window, so that windows tile the input. */
  readonly stride?: number | readonly number[];
  /** Default `"valid"`: none; cells at the end that fill no window are left out. */
  readonly padding?: Padding;
}

abstract class Pool extends Module {
  readonly kind: string;
  readonly window: readonly number[];
  readonly stride: readonly number[];
  readonly padding: Padding;

  constructor(
    kind: string,
    rank: number,
    window: number | readonly number[],
    options: PoolLayerOptions = {},
  ) {
    super();
    this.kind = `${kind}${rank}d`;
    this.window = perAxis(window, rank, 1, "window", this.kind);
    this.stride = perAxis(options.stride ?? this.window, rank, 1, "stride", this.kind);
    this.padding = options.padding ?? "valid";
  }

  override reach(inputShape: Shape): LayerWindow {
    const dilation = this.window.map(() => 1);
    const spatial = inputShape.slice(1);
    const padding = resolvePadding(this.padding, spatial, this.window, this.stride, dilation, this.kind);
    return { kernel: this.window, strides: this.stride, padding, dilation };
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

/** Greatest value of each window: `[N, C, ...S]` -> `[N, C, ...S']`. Padding never wins. */
export class MaxPool extends Pool {
  constructor(rank: number, window: number | readonly number[], options?: PoolLayerOptions) {
    super("maxPool", rank, window, options);
  }

  protected override compute(x: Tensor): Tensor {
    this.requireRank(x);
    return x.maxPool(this.window, { stride: this.stride, padding: this.padding });
  }
}

/** Mean of each window: `[N, C, ...S]` -> `[N, C, ...S']`. Padding counts as zeros. */
export class AveragePool extends Pool {
  constructor(rank: number, window: number | readonly number[], options?: PoolLayerOptions) {
    super("averagePool", rank, window, options);
  }

  protected override compute(x: Tensor): Tensor {
    this.requireRank(x);
    return x.averagePool(this.window, { stride: this.stride, padding: this.padding });
  }
}

/** Mean over all positions of each channel: `[N, C, ...S]` -> `[N, C]`. */
export class GlobalAveragePool extends Module {
  readonly kind = "globalAveragePool";

  override reach(): "global" {
    return "global";
  }

  protected override compute(x: Tensor): Tensor {
    if (x.rank < 3) {
      throw new ShapeError(
        `${this.kind}: an example is ${formatShape(x.shape.slice(1))}, but must be [channels, ...spatial extents]`,
      );
    }
    return x.mean(x.shape.map((_, axis) => axis).slice(2));
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
export function averagePool1d(window: number | readonly number[], options?: PoolLayerOptions): AveragePool {
  return new AveragePool(1, window, options);
}

/** Average pooling over `[N, C, H, W]`; see `AveragePool`. */
export function averagePool2d(window: number | readonly number[], options?: PoolLayerOptions): AveragePool {
  return new AveragePool(2, window, options);
}

/** Average pooling over `[N, C, D, H, W]`; see `AveragePool`. */
export function averagePool3d(window: number | readonly number[], options?: PoolLayerOptions): AveragePool {
  return new AveragePool(3, window, options);
}

/** Mean over all positions; see `GlobalAveragePool`. */
export function globalAveragePool(): GlobalAveragePool {
  return new GlobalAveragePool();
}
