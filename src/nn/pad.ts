import { formatShape, type Shape, ShapeError } from "../shape/shape.js";
import { type Padding, resolvePadding } from "../shape/window.js";
import type { PaddingMode } from "../tensor/padding.js";
import type { Tensor } from "../tensor/tensor.js";
import { Module } from "./module.js";
import type { Reach } from "./receptive-field.js";

/** Cells on both sides of every spatial axis, or for each axis a number or a pair `[before, after]`. */
export type Cells = Exclude<Padding, "valid" | "same">;

/**
 * Surrounds the spatial axes: `[N, C, ...S]` -> `[N, C, ...S']`, with a value or with what stands in the input: its mirror
 * image without the edge ("reflect"), its edge ("replicate"), or its other end ("circular").
 */
export class Pad extends Module {
  readonly kind = "pad";
  readonly padding: Cells;
  readonly filling: number | PaddingMode;

  constructor(padding: Cells, filling: number | PaddingMode = 0) {
    super();
    this.padding = padding;
    this.filling = filling;
  }

  /** Cells taken from elsewhere in the input see more than what lies around them. */
  override reach(inputShape: Shape): Reach {
    if (typeof this.filling !== "number") return "unknown";
    const padding = this.#around(inputShape);
    const each = padding.map(() => 1);
    return { kernel: each, strides: each, dilation: each, padding };
  }

  protected override compute(x: Tensor): Tensor {
    const padding = this.#around(x.shape.slice(1));
    return x.pad([[0, 0], [0, 0], ...padding], this.filling);
  }

  #around(inputShape: Shape): [number, number][] {
    const spatial = inputShape.slice(1);
    if (spatial.length === 0) {
      throw new ShapeError(
        `pad: an example is ${formatShape(inputShape)}, but must be [channels, ...spatial extents]`,
      );
    }
    const each = spatial.map(() => 1);
    return resolvePadding(this.padding, spatial, each, each, each, this.kind);
  }
}

/** Padding as a layer; see `Pad`. */
export function pad(padding: Cells, filling?: number | PaddingMode): Pad {
  return new Pad(padding, filling);
}
