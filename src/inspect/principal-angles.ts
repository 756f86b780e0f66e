import { formatShape, ShapeError } from "../shape/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { dot, orthonormal, symmetricEigen } from "./linear-algebra.js";

/**
 * The angles between two subspaces, each spanned by rows: `[k, D]` and `[m, D]`. The first is the least angle between a vector of
 * one and a vector of the other, the next the least between vectors at right angles to those, and so on. All are 0 if
 * one subspace lies in the other.
 *
 * @returns `min(k, m)` angles in radians, ascending, from 0 to pi / 2
 * @throws ShapeError unless both are matrices with the same number of columns; Error if rows of one are not independent
 *
 * Source: Björck and Golub, "Numerical methods for computing angles between linear subspaces", 1973.
 */
export async function principalAngles(a: Tensor, b: Tensor): Promise<number[]> {
  if (a.rank !== 2 || b.rank !== 2 || a.shape[1] !== b.shape[1]) {
    throw new ShapeError(
      `principalAngles: ${formatShape(a.shape)} and ${formatShape(b.shape)} must be [k, D] and [m, D], with rows of one length`,
    );
  }
  const [few, many] = [await basisOf(a), await basisOf(b)].sort((p, q) => p.length - q.length);
  // The singular values of the products are the cosines, and these the eigenvalues of their squares.
  const products = few!.map((row) => Float64Array.from(many!, (other) => dot(row, other)));
  const squares = products.map((row) => Float64Array.from(products, (other) => dot(row, other)));
  return symmetricEigen(squares).values.map((square) =>
    Math.acos(Math.sqrt(Math.min(1, Math.max(0, square)))),
  );
}

async function basisOf(rows: Tensor): Promise<Float64Array[]> {
  const [count, width] = rows.shape as [number, number];
  const data = await rows.data();
  const vectors = Array.from({ length: count }, (_, i) =>
    Float64Array.from(data.subarray(i * width, (i + 1) * width)),
  );
  return orthonormal(vectors, () => {
    throw new Error(`principalAngles: the rows of ${formatShape(rows.shape)} are not independent`);
  });
}
