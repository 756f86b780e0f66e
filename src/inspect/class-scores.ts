import { pickClass } from "../losses/cross-entropy.js";
import { formatShape, ShapeError } from "../shape/shape.js";
import { full } from "../tensor/creation.js";
import type { Tensor } from "../tensor/tensor.js";

/** Which class an attribution is about: one for all images, or one for each, int32 `[N]`; by default, the one that the model sees. */
export interface ClassOptions {
  readonly of?: number | Tensor;
}

/**
 * The class of each image, int32 `[N]`: as given, or that of the greatest logit.
 *
 * @throws ShapeError unless the output is `[N, classes]`; RangeError if there is no such class
 */
export function classesOf(logits: Tensor, of: number | Tensor | undefined, caller: string): Tensor {
  if (logits.rank !== 2) {
    throw new ShapeError(
      `${caller}: the model's output is ${formatShape(logits.shape)}, but must be [N, classes]`,
    );
  }
  const [count, classes] = logits.shape as readonly [number, number];
  if (of === undefined) return logits.argmax(1);
  if (typeof of !== "number") {
    if (of.dtype === "int32" && of.rank === 1 && of.shape[0] === count) return of;
    throw new ShapeError(
      `${caller}: the classes are ${of.dtype}${formatShape(of.shape)}, but must be int32${formatShape([count])}, one for each image`,
    );
  }
  if (Number.isInteger(of) && of >= 0 && of < classes) return full([count], of, "int32");
  throw new RangeError(`${caller}: there is no class ${of}; the model has 0 to ${classes - 1}`);
}

/** The logit of each image's class, `[N]`; see `classesOf`. */
export function classScores(logits: Tensor, of: number | Tensor | undefined, caller: string): Tensor {
  return pickClass(logits, classesOf(logits, of, caller), caller);
}
