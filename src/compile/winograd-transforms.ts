/**
 * Winograd's minimal filtering: a tile of `t x t` results of a 3 x 3 convolution needs `(t + 2)^2` multiplications instead of
 * `9 t^2`, after linear transforms of the input, the weights and the result. Cooked up from interpolation at the points
 * 0, 1, -1 (and 2, -2 for t = 4) and infinity.
 *
 *     Y = A' [ (G W G') * (B' D B) ] A           * element by element
 *
 * and, since it is bilinear, its transpose gives the gradient by the weights from the same pieces:
 *
 *     dW = G' [ (A dY A') * (B' D B) ] G
 *
 * Source: Winograd, "Arithmetic complexity of computations", 1980; Lavin and Gray, "Fast algorithms for convolutional neural
 * networks", 2016, section 4.
 */
export type TileSize = 2 | 4;

/** One operation of a transform: `scale * values[x] + values[y]` is appended to the values, which begin with the inputs. */
export type TransformStep = readonly [scale: number, x: number, y: number];

/** A linear map along one axis, in as few operations as possible. */
export interface Transform {
  readonly inputs: number;
  readonly steps: readonly TransformStep[];
  /** Which values are the outputs. */
  readonly outputs: readonly number[];
}

export interface WinogradTransforms {
  /** `B'`: from `t + 2` inputs to `t + 2` points. */
  readonly input: Transform;
  /** `A'`: from `t + 2` points to `t` results. */
  readonly output: Transform;
  /** `A`: from `t` gradients of results to `t + 2` points. */
  readonly gradient: Transform;
  /** `G`: from 3 weights to `t + 2` points. */
  readonly weights: readonly (readonly number[])[];
}

export const transforms: { readonly [T in TileSize]: WinogradTransforms } = {
  2: {
    input: {
      inputs: 4,
      steps: [
        [-1, 2, 0],
        [1, 1, 2],
        [-1, 1, 2],
        [-1, 3, 1],
      ],
      outputs: [4, 5, 6, 7],
    },
    output: {
      inputs: 4,
      steps: [
        [1, 1, 2],
        [1, 0, 4],
        [-1, 2, 1],
        [-1, 3, 6],
      ],
      outputs: [5, 7],
    },
    gradient: {
      inputs: 2,
      steps: [
        [1, 0, 1],
        [-1, 1, 0],
        // -z1, as (-2) z1 + z1.
        [-2, 1, 1],
      ],
      outputs: [0, 2, 3, 4],
    },
    weights: [
      [1, 0, 0],
      [1 / 2, 1 / 2, 1 / 2],
      [1 / 2, -1 / 2, 1 / 2],
      [0, 0, 1],
    ],
  },
  4: {
    input: {
      inputs: 6,
      steps: [
        [-4, 2, 4], // 6: d4 - 4 d2
        [-4, 1, 3], // 7: d3 - 4 d1
        [-1, 2, 4], // 8: d4 - d2
        [-1, 1, 3], // 9: d3 - d1
        [-5, 2, 4], // 10
        [4, 0, 10], // 11: 4 d0 - 5 d2 + d4
        [1, 6, 7], // 12
        [-1, 7, 6], // 13
        [2, 9, 8], // 14
        [-2, 9, 8], // 15
        [-5, 3, 5], // 16
        [4, 1, 16], // 17: 4 d1 - 5 d3 + d5
      ],
      outputs: [11, 12, 13, 14, 15, 17],
    },
    output: {
      inputs: 6,
      steps: [
        [1, 1, 2], // 6: m1 + m2
        [-1, 2, 1], // 7: m1 - m2
        [1, 3, 4], // 8: m3 + m4
        [-1, 4, 3], // 9: m3 - m4
        [1, 0, 6], // 10
        [1, 8, 10], // 11: m0 + m1 + m2 + m3 + m4
        [2, 9, 7], // 12
        [4, 8, 6], // 13
        [8, 9, 7], // 14
        [1, 5, 14], // 15
      ],
      outputs: [11, 12, 13, 15],
    },
    gradient: {
      inputs: 4,
      steps: [
        [1, 2, 0], // 4: z0 + z2
        [1, 3, 1], // 5: z1 + z3
        [4, 2, 0], // 6: z0 + 4 z2
        [4, 3, 1], // 7: z1 + 4 z3
        [1, 4, 5], // 8
        [-1, 5, 4], // 9
        [2, 7, 6], // 10
        [-2, 7, 6], // 11
      ],
      outputs: [0, 8, 9, 10, 11, 3],
    },
    weights: [
      [1 / 4, 0, 0],
      [-1 / 6, -1 / 6, -1 / 6],
      [-1 / 6, 1 / 6, -1 / 6],
      [1 / 24, 1 / 12, 1 / 6],
      [1 / 24, -1 / 12, 1 / 6],
      [0, 0, 1],
    ],
  },
};

/** Applies a transform to numbers or to whatever `madd` can combine. */
export function applyTransform<T>(
  transform: Transform,
  inputs: readonly T[],
  madd: (scale: number, x: T, y: T) => T,
): T[] {
  const values = [...inputs];
  for (const [scale, x, y] of transform.steps) values.push(madd(scale, values[x]!, values[y]!));
  return transform.outputs.map((index) => values[index]!);
}
