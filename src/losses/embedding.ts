import { formatShape, ShapeError } from "../shape/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { type LossOptions, reduce, requireSameShape } from "./reduction.js";

export interface EmbeddingOptions extends LossOptions {
  /** How far apart the different must be. */
  readonly margin?: number;
}

/**
 * Draws pairs of the same kind together, and pushes others apart until their distance `d = |a - b|` is the margin
 * (default 1): `d^2 / 2` for target 1, `max(0, margin - d)^2 / 2` for target -1.
 * @param a `[N, D]`, as `b`
 * @param targets float32 `[N]`
 *
 * Source: Hadsell, Chopra and LeCun, "Dimensionality reduction by learning an invariant mapping", 2006, equation 4.
 */
export function contrastive(a: Tensor, b: Tensor, targets: Tensor, options: EmbeddingOptions = {}): Tensor {
  requirePairs(a, b, targets, "contrastive");
  const { margin = 1, reduction } = options;
  const distance = a.subtract(b).norm(2, 1);
  const lack = distance.negate().add(margin).relu();
  return reduce(targets.greater(0).where(distance, lack).square().multiply(0.5), reduction);
}

/**
 * Angles instead of distances: `1 - cos(a, b)` for target 1, `max(0, cos(a, b) - margin)` for target -1; the margin's default
 * is 0. The cosine with a vector of zeros is 0.
 * @param a `[N, D]`, as `b`
 * @param targets float32 `[N]`
 */
export function cosineEmbedding(
  a: Tensor,
  b: Tensor,
  targets: Tensor,
  options: EmbeddingOptions = {},
): Tensor {
  requirePairs(a, b, targets, "cosineEmbedding");
  const { margin = 0, reduction } = options;
  const lengths = a.square().sum(1).multiply(b.square().sum(1));
  // Squares below float32's reach count as zero; the inner choice keeps the gradient there finite.
  const none = lengths.lessEqual(1e-30);
  const cosine = none.where(0, a.multiply(b).sum(1).divide(none.where(1, lengths).sqrt()));
  const losses = targets.greater(0).where(cosine.negate().add(1), cosine.subtract(margin).relu());
  return reduce(losses, reduction);
}

/**
 * Each anchor must be nearer to its positive example than to its negative one, by the margin (default 1):
 * `max(0, |anchor - positive| - |anchor - negative| + margin)`. All are `[N, D]`.
 *
 * Source: Schroff, Kalenichenko and Philbin, "FaceNet", 2015, section 3.1, with distances instead of their squares.
 */
export function triplet(
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  options: EmbeddingOptions = {},
): Tensor {
  requireSameShape(anchor, positive, "triplet");
  requireSameShape(anchor, negative, "triplet");
  requireRows(anchor, "triplet");
  const { margin = 1, reduction } = options;
  const near = anchor.subtract(positive).norm(2, 1);
  const far = anchor.subtract(negative).norm(2, 1);
  return reduce(near.subtract(far).add(margin).relu(), reduction);
}

function requirePairs(a: Tensor, b: Tensor, targets: Tensor, loss: string): void {
  requireSameShape(a, b, loss);
  requireRows(a, loss);
  if (targets.rank !== 1 || targets.size !== a.shape[0]) {
    throw new ShapeError(
      `${loss}: pairs ${formatShape(a.shape)} need targets [${a.shape[0]}]; got ${formatShape(targets.shape)}`,
    );
  }
}

function requireRows(x: Tensor, loss: string): void {
  if (x.rank !== 2) throw new ShapeError(`${loss}: vectors are ${formatShape(x.shape)}, but must be [N, D]`);
}
