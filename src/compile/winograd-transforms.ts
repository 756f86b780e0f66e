/**
 * Winograd's minimal filtering: a tile of `t x t` results of an `r x r` convolution needs `(t + r - 1)^2` multiplications instead
 * of `(t r)^2`, after linear transforms of the input, the weights and the result. Cooked up from interpolation at the points
 * 0, 1, -1 (and 2, -2 where six are needed) and infinity.
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

/** What there are transforms for, `t` and `r`. The last two share their points, and have errors alike. */
export type WinogradForm = "2x3" | "4x3" | "2x5";

/** A convolution by tiles: one of the forms that there are. */
export interface Tiled {
  readonly tile: TileSize;
  readonly kernelSpatial: readonly number[];
}

export function formOf({ tile, kernelSpatial }: Tiled): WinogradForm {
  return `${tile}x${kernelSpatial[0]}` as WinogradForm;
}

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
  /** `B'`: from `t + r - 1` inputs to as many points. */
  readonly input: Transform;
  /** `A'`: from the points to `t` results. */
  readonly output: Transform;
  /** `A`: from `t` gradients of results to the points. */
  readonly gradient: Transform;
  /** `G`: from `r` weights to the points. */
  readonly weights: readonly (readonly number[])[];
}

/** `G` for these points, each with what its row is divided by, and infinity: the filter's polynomial at every point. */
function weightsAt(points: readonly (readonly [point: number, divisor: number])[], taps: number): number[][] {
  const row = (at: (tap: number) => number) => Array.from({ length: taps }, (_, tap) => at(tap));
  return [
    ...points.map(([point, divisor]) => row((tap) => point ** tap / divisor)),
    row((tap) => (tap === taps - 1 ? 1 : 0)),
  ];
}

const sixPoints = [
  [0, 4],
  [1, -6],
  [-1, -6],
  [2, 24],
  [-2, 24],
] as const;

/** `B'` for six points, whatever they are for. */
const sixInputs: Transform = {
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
};

/** What every `A'` for six points begins with. */
const sixSums: readonly TransformStep[] = [
  [1, 1, 2], // 6: m1 + m2
  [-1, 2, 1], // 7: m1 - m2
  [1, 3, 4], // 8: m3 + m4
  [-1, 4, 3], // 9: m3 - m4
  [1, 0, 6], // 10
  [1, 8, 10], // 11: m0 + m1 + m2 + m3 + m4
  [2, 9, 7], // 12: m1 - m2 + 2 (m3 - m4)
];

const transforms: { readonly [F in WinogradForm]: WinogradTransforms } = {
  "2x3": {
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
    weights: weightsAt(
      [
        [0, 1],
        [1, 2],
        [-1, 2],
      ],
      3,
    ),
  },
  "4x3": {
    input: sixInputs,
    output: {
      inputs: 6,
      steps: [
        ...sixSums,
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
    weights: weightsAt(sixPoints, 3),
  },
  "2x5": {
    input: sixInputs,
    output: {
      inputs: 6,
      steps: [
        ...sixSums,
        [1, 5, 12], // 13: m1 - m2 + 2 (m3 - m4) + m5
      ],
      outputs: [11, 13],
    },
    gradient: {
      inputs: 2,
      steps: [
        [1, 1, 0],
        [-1, 1, 0],
        [2, 1, 0],
        [-2, 1, 0],
      ],
      outputs: [0, 2, 3, 4, 5, 1],
    },
    weights: weightsAt(sixPoints, 5),
  },
};

export function transformsOf(convolution: Tiled): WinogradTransforms {
  return transforms[formOf(convolution)];
}

/** Points along a side of a tile. */
export function sideOf({ tile, kernelSpatial }: Tiled): number {
  return tile + kernelSpatial[0]! - 1;
}

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
