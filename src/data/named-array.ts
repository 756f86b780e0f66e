import type { DType, TypedArray } from "../shape/dtype.js";
import type { Shape } from "../shape/shape.js";

/** An array with its type, as checkpoints and model files hold it. */
export interface NamedArray {
  readonly dtype: DType;
  readonly shape: Shape;
  /** Row-major. */
  readonly data: TypedArray;
}
