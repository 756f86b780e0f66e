import { RandomStream } from "../random/stream.js";
import { compile } from "../runtime/compile.js";
import { formatShape, ShapeError } from "../shape/shape.js";
import { tensor } from "../tensor/creation.js";
import type { Tensor } from "../tensor/tensor.js";
import { type Columns, dot, orthonormal, symmetricEigen } from "./linear-algebra.js";

export interface PcaOptions {
  /** It is done when `|C v - lambda v|` is below this share of the greatest eigenvalue, for all components; default 1e-5. */
  readonly tolerance?: number;
  /** Greatest number of iterations; default 300. */
  readonly iterations?: number;
}

/** The directions along which data vary most. */
export class Pca {
  /** `[D]` */
  readonly mean: Tensor;
  /** `[components, D]`: rows of length 1 at right angles, the one of greatest variance first. */
  readonly components: Tensor;
  /** Variance along each component, with `N - 1` in the denominator. */
  readonly variances: readonly number[];
  /** Share of the whole variance along each component. */
  readonly explained: readonly number[];
  /** Iterations that it took. */
  readonly iterations: number;

  constructor(fields: Pick<Pca, "mean" | "components" | "variances" | "explained" | "iterations">) {
    this.mean = fields.mean;
    this.components = fields.components;
    this.variances = fields.variances;
    this.explained = fields.explained;
    this.iterations = fields.iterations;
  }

  /** Coordinates along the components: `[N, D]` -> `[N, components]`. */
  project(data: Tensor): Tensor {
    return data.subtract(this.mean).matmul(this.components.transpose());
  }

  /** The nearest data with these coordinates: `[N, components]` -> `[N, D]`. */
  reconstruct(coordinates: Tensor): Tensor {
    return coordinates.matmul(this.components).add(this.mean);
  }
}

/**
 * Principal component analysis: the eigenvectors of greatest eigenvalue of the covariance
 *
 *     C = (X - mean)^T (X - mean) / (N - 1)
 *
 * by subspace iteration: a few more vectors than components are multiplied by C again and again, made orthogonal, and
 * turned to the axes of C within what they span. Products are tensor code; for more columns than rows C is never formed.
 * The sign of a component is such that its greatest entry is positive. Nothing about it is random: the first vectors
 * are drawn from a fixed seed.
 *
 * ```ts
 * const pca = await inspect.pca(features, 2);
 * const points = await pca.project(features).data();
 * ```
 *
 * @param data `[N, D]`, N at least 2
 * @param components how many, at most D and N - 1
 * @throws ShapeError or RangeError where data and components do not fit; Error if data are not finite, or if the
 *   iteration does not end
 *
 * Source: Halko, Martinsson and Tropp, "Finding structure with randomness", 2011, algorithm 4.4.
 */
export async function pca(data: Tensor, components: number, options: PcaOptions = {}): Promise<Pca> {
  const { tolerance = 1e-5, iterations = 300 } = options;
  if (data.rank !== 2 || data.shape[0]! < 2 || data.dtype !== "float32") {
    throw new ShapeError(
      `pca: data is ${data.dtype} ${formatShape(data.shape)}, but must be float32 [N, D] with N of at least 2`,
    );
  }
  const [count, width] = data.shape as [number, number];
  const most = Math.min(width, count - 1);
  if (!Number.isInteger(components) || components < 1 || components > most) {
    throw new RangeError(
      `pca: components is ${components}, but ${formatShape(data.shape)} has at most ${most}; give an integer from 1 on`,
    );
  }
  const centre = compile(
    (x: Tensor) => {
      const mean = x.mean(0);
      const centred = x.subtract(mean);
      return {
        mean,
        centred,
        total: centred
          .square()
          .sum()
          .divide(count - 1),
      };
    },
    { name: "pca" },
  );
  const { mean, centred, total } = centre(data);
  const whole = await total.item();
  if (!Number.isFinite(whole)) throw new Error("pca: the data hold values that are not finite");
  const multiply = await covariance(centred);

  const size = Math.min(most, components + Math.max(8, components));
  const stream = new RandomStream(0);
  const spare = () => Float64Array.from({ length: width }, () => stream.normal());
  let basis = orthonormal(Array.from({ length: size }, spare), spare);
  for (let iteration = 1; ; iteration++) {
    const images = await multiply(basis);
    const { values, vectors } = symmetricEigen(
      images.map((image) => Float64Array.from(basis, (vector) => dot(vector, image))),
    );
    const turned = combine(images, vectors);
    const axes = combine(basis, vectors);
    const rest = axes.slice(0, components).map((axis, i) => {
      const error = turned[i]!.map((value, at) => value - values[i]! * axis[at]!);
      return Math.sqrt(dot(error, error));
    });
    if (Math.max(...rest) <= tolerance * values[0]! || values[0]! <= 0) {
      const kept = axes.slice(0, components).map(upright);
      const rows = Float32Array.from(
        { length: components * width },
        (_, i) => kept[Math.floor(i / width)]![i % width]!,
      );
      const variances = values.slice(0, components).map((value) => Math.max(0, value));
      return new Pca({
        mean,
        components: tensor(rows, { shape: [components, width] }),
        variances,
        explained: variances.map((variance) => (whole > 0 ? variance / whole : 0)),
        iterations: iteration,
      });
    }
    if (iteration >= iterations) {
      throw new Error(
        `pca: not done after ${iterations} iterations; |C v - lambda v| is ${Math.max(...rest) / values[0]!} of the greatest ` +
          "eigenvalue: allow more iterations, or a larger tolerance",
      );
    }
    basis = orthonormal(turned, spare);
  }
}

/** Multiplies vectors by the covariance of centred data. */
async function covariance(centred: Tensor): Promise<(vectors: Columns) => Promise<Float64Array[]>> {
  const [count, width] = centred.shape as [number, number];
  const form = compile((x: Tensor) => x.transpose().matmul(x));
  const factor = width <= count ? form(centred) : centred;
  await factor.data();
  const apply = compile(
    // Vectors are rows here, and C is symmetric.
    (rows: Tensor) => {
      const products = width <= count ? rows.matmul(factor) : rows.matmul(factor.transpose()).matmul(factor);
      return products.divide(count - 1);
    },
    { name: "pca" },
  );
  return async (vectors) => {
    const rows = Float32Array.from(
      { length: vectors.length * width },
      (_, i) => vectors[Math.floor(i / width)]![i % width]!,
    );
    const products = await apply(tensor(rows, { shape: [vectors.length, width] })).data();
    return vectors.map((_, i) => Float64Array.from(products.subarray(i * width, (i + 1) * width)));
  };
}

/** The combinations of columns that the vectors say. */
function combine(columns: Columns, vectors: Columns): Float64Array[] {
  return vectors.map((vector) => {
    const sum = new Float64Array(columns[0]!.length);
    for (const [i, column] of columns.entries()) {
      for (let at = 0; at < sum.length; at++) sum[at]! += vector[i]! * column[at]!;
    }
    return sum;
  });
}

/** The vector or its negative, so that the entry of greatest magnitude is positive. */
function upright(vector: Float64Array): Float64Array {
  const greatest = vector.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0);
  return greatest < 0 ? vector.map((value) => -value) : vector;
}
