import type { TypedArray } from "../../shape/dtype.js";
import { formatShape, type Shape, ShapeError, stridesOf } from "../../shape/shape.js";
import { unsigned } from "./derive.js";
import type { Address, NumberKind } from "./types.js";

/** All numbers of one kind at one path. */
export interface NumberTensor {
  readonly kind: NumberKind;
  readonly path: string;
  readonly shape: Shape;
  /** Row-major. */
  readonly values: TypedArray;
}

/** The numbers of a network that has been run on a batch, on the host. */
export class Numbers {
  readonly tensors: readonly NumberTensor[];
  /** The class of each example. */
  readonly labels: ArrayLike<number>;
  readonly #byName: ReadonlyMap<string, NumberTensor>;

  constructor(tensors: readonly NumberTensor[], labels: ArrayLike<number>) {
    this.tensors = tensors;
    this.labels = labels;
    this.#byName = new Map(tensors.map((tensor) => [`${tensor.kind} ${tensor.path}`, tensor]));
  }

  /** @throws RangeError naming the paths there are */
  tensor(kind: NumberKind, path: string): NumberTensor {
    const found = this.#byName.get(`${kind} ${path}`);
    if (found) return found;
    const paths = this.tensors.filter((tensor) => tensor.kind === kind).map((tensor) => `"${tensor.path}"`);
    if (paths.length > 0) {
      throw new RangeError(`arithmetic: there is no ${kind} of "${path}"; there are ${paths.join(", ")}`);
    }
    const kinds = [...new Set(this.tensors.map((tensor) => tensor.kind))];
    throw new RangeError(`arithmetic: there is no kind of number "${kind}"; there are ${kinds.join(", ")}`);
  }

  /** @throws RangeError naming the paths there are, ShapeError naming the shape */
  value(address: Address): number {
    const { kind, path, index } = address;
    const { shape, values } = this.tensor(kind, path);
    const fits =
      index.length === shape.length &&
      index.every((position, axis) => Number.isInteger(position) && position >= 0 && position < shape[axis]!);
    if (!fits) {
      throw new ShapeError(
        `arithmetic: ${formatShape(index)} is not in the ${kind}${path ? ` of "${path}"` : ""}, whose shape is ` +
          `${formatShape(shape)}; give one index for each axis`,
      );
    }
    const strides = stridesOf(shape);
    return unsigned(values[index.reduce((offset, position, axis) => offset + position * strides[axis]!, 0)]!);
  }
}
