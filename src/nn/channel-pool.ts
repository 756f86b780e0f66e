import { formatShape, type Shape, ShapeError, sizeOf } from "../shape/shape.js";
import { type Padding, perAxis } from "../shape/window.js";
import type { PoolOptions } from "../tensor/contraction.js";
import type { Tensor } from "../tensor/tensor.js";
import { requireBetween, requireCount } from "./check.js";
import { Module } from "./module.js";

export interface ChannelPoolOptions {
  /** Channels from one window to the next; default: the window, so that windows tile the channels. */
  readonly stride?: number;
  /** Channels of padding on both sides, or `[before, after]`; default 0. */
  readonly padding?: number | readonly [before: number, after: number];
}

abstract class ChannelPool extends Module {
  readonly kind: string;
  readonly window: number;
  readonly stride: number;
  readonly padding: Padding;

  constructor(kind: string, window: number, { stride = window, padding = 0 }: ChannelPoolOptions = {}) {
    super();
    this.kind = kind;
    this.window = requireCount(window, "window", kind);
    this.stride = requireCount(stride, "stride", kind);
    const pair = typeof padding === "number" ? [padding, padding] : padding;
    const [before, after] = perAxis(pair, 2, 0, "padding", kind) as [number, number];
    this.padding = [
      [before, after],
      [0, 0],
    ];
  }

  override reach(): "pointwise" {
    return "pointwise";
  }

  /** Pools `planes`, `[N, 1, channels, positions]`. */
  protected abstract pool(planes: Tensor, window: Shape, options: PoolOptions): Tensor;

  protected override compute(x: Tensor): Tensor {
    if (x.rank < 2) {
      throw new ShapeError(
        `${this.kind}: an example is ${formatShape(x.shape.slice(1))}, but must be [channels, ...]`,
      );
    }
    const [batch, channels, ...spatial] = x.shape;
    const planes = x.reshape([batch!, 1, channels!, sizeOf(spatial)]);
    const options = { stride: [this.stride, 1], padding: this.padding };
    const pooled = this.pool(planes, [this.window, 1], options);
    return pooled.reshape([batch!, pooled.shape[2]!, ...spatial]);
  }
}

/**
 * Greatest value of each group of neighbouring channels, at each position: `[N, C, ...S]` -> `[N, C', ...S]`. Of
 * equal values, the first channel gets the gradient.
 */
export class ChannelMaxPool extends ChannelPool {
  constructor(window: number, options?: ChannelPoolOptions) {
    super("channelMaxPool", window, options);
  }

  protected override pool(planes: Tensor, window: Shape, options: PoolOptions): Tensor {
    return planes.maxPool(window, options);
  }
}

/** Mean of each group of neighbouring channels, padding included: `[N, C, ...S]` -> `[N, C', ...S]`. */
export class ChannelAveragePool extends ChannelPool {
  constructor(window: number, options?: ChannelPoolOptions) {
    super("channelAveragePool", window, options);
  }

  protected override pool(planes: Tensor, window: Shape, options: PoolOptions): Tensor {
    return planes.averagePool(window, options);
  }
}

/**
 * `(sum |x|^order)^(1/order)` over each group of neighbouring channels: `[N, C, ...S]` -> `[N, C', ...S]`. With order
 * 2, filters of a group learn to be an invariant together, such as the phases of one edge.
 *
 * Source: Kavukcuoglu et al., "Learning invariant features through topographic filter maps", 2009, section 2.
 */
export class ChannelLpPool extends ChannelPool {
  readonly order: number;

  constructor(order: number, window: number, options?: ChannelPoolOptions) {
    super("channelLpPool", window, options);
    this.order = requireBetween(order, 1, Number.MAX_VALUE, "order", this.kind);
  }

  protected override pool(planes: Tensor, window: Shape, options: PoolOptions): Tensor {
    return planes.lpPool(this.order, window, options);
  }
}

/**
 * Maxout: the greatest of `pieces` neighbouring channels, `[N, C, ...S]` -> `[N, C / pieces, ...S]`. After a dense or
 * convolution layer it makes units that are any convex piecewise linear function of their input. Of equal values, the
 * first channel gets the gradient.
 *
 * Source: Goodfellow et al., "Maxout networks", 2013, section 3.
 */
export class Maxout extends ChannelPool {
  constructor(pieces: number) {
    super("maxout", requireCount(pieces, "pieces", "maxout"));
  }

  protected override pool(planes: Tensor, window: Shape, options: PoolOptions): Tensor {
    const channels = planes.shape[2]!;
    if (channels % this.window !== 0) {
      throw new ShapeError(`maxout: ${channels} channels do not split into groups of ${this.window} pieces`);
    }
    return planes.maxPool(window, options);
  }
}

/** Maximum pooling across channels; see `ChannelMaxPool`. */
export function channelMaxPool(window: number, options?: ChannelPoolOptions): ChannelMaxPool {
  return new ChannelMaxPool(window, options);
}

/** Average pooling across channels; see `ChannelAveragePool`. */
export function channelAveragePool(window: number, options?: ChannelPoolOptions): ChannelAveragePool {
  return new ChannelAveragePool(window, options);
}

/** Lp pooling across channels; see `ChannelLpPool`. */
export function channelLpPool(order: number, window: number, options?: ChannelPoolOptions): ChannelLpPool {
  return new ChannelLpPool(order, window, options);
}

/** The greatest of `pieces` neighbouring channels; see `Maxout`. */
export function maxout(pieces: number): Maxout {
  return new Maxout(pieces);
}
