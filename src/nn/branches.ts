import { formatShape, ShapeError, sameShape } from "../shape/shape.js";
import { concatenate } from "../tensor/creation.js";
import type { Tensor } from "../tensor/tensor.js";
import { type ForwardOptions, Module } from "./module.js";

/**
 * `body(x) + shortcut(x)`, where the shortcut is the identity unless it is given: a projection such as a 1x1
 * convolution, for bodies that change the number of channels or positions. What follows the sum (usually ReLU) is a
 * layer of its own.
 *
 * Source: He et al., "Deep residual learning for image recognition", 2015, section 3.2.
 */
export class Residual extends Module {
  readonly kind = "residual";
  readonly body: Module;
  readonly shortcut: Module | undefined;

  constructor(body: Module, shortcut?: Module) {
    super();
    this.body = body;
    this.shortcut = shortcut;
  }

  protected override compute(x: Tensor, options: ForwardOptions): Tensor {
    const residue = this.body.forward(x, options);
    const carried = this.shortcut ? this.shortcut.forward(x, options) : x;
    if (!sameShape(residue.shape, carried.shape)) {
      const [gives, has] = [residue, carried].map(({ shape }) => formatShape(shape.slice(1)));
      throw new ShapeError(
        `residual: the body gives ${gives}, but the shortcut ${has}; ` +
          `${this.shortcut ? "they must be equal" : "give a projection to that shape as its second argument"}`,
      );
    }
    return residue.add(carried);
  }
}

/**
 * Branches that all read the same input, joined along the channels (axis 1): `[N, C, ...S]` -> `[N, C1 + C2 + ..., ...S']`.
 * They are named by their position: `0`, `1`, ...
 *
 * Source: Szegedy et al., "Going deeper with convolutions", 2014, section 4 (inception modules).
 */
export class Parallel extends Module {
  readonly kind = "parallel";
  readonly branches: readonly Module[];

  constructor(branches: readonly Module[]) {
    super();
    if (branches.length === 0) throw new RangeError("parallel: needs at least one branch");
    this.branches = [...branches];
  }

  protected override members() {
    return this.branches.map((branch, position) => [String(position), branch] as const);
  }

  protected override compute(x: Tensor, options: ForwardOptions): Tensor {
    const parts = this.branches.map((branch) => branch.forward(x, options));
    const others = ({ shape }: Tensor) => shape.filter((_, axis) => axis !== 1);
    if (parts.some((part) => part.rank < 2 || !sameShape(others(part), others(parts[0]!)))) {
      const shapes = parts.map(({ shape }) => formatShape(shape.slice(1)));
      throw new ShapeError(
        `parallel: the branches give ${shapes.join(", ")}; they must agree in all but their channels`,
      );
    }
    return concatenate(parts, 1);
  }
}

/** A body with a shortcut around it; see `Residual`. */
export function residual(body: Module, shortcut?: Module): Residual {
  return new Residual(body, shortcut);
}

/** Branches side by side, joined along the channels; see `Parallel`. */
export function parallel(branches: readonly Module[]): Parallel {
  return new Parallel(branches);
}
