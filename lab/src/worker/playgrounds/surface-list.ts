import type { Tensor } from "gradus";
import { type OptimizerName, optimizers } from "./optimizers.js";

/** A loss of two numbers. */
export interface Surface {
  readonly title: string;
  readonly note: string;
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
  readonly start: readonly [number, number];
  /** The greatest curvature near the start: steps of gradient descent above 2 divided by it overshoot more and more. */
  readonly curvature: number;
  /** Element by element, for tensors of the same shape. */
  readonly height: (x: Tensor, y: Tensor) => Tensor;
}

export const surfaceList = {
  bowl: {
    title: "bowl",
    note: "Equal curvature everywhere: the gradient points at the minimum.",
    x: [-3, 3],
    y: [-2.4, 2.4],
    start: [-2.4, 1.6],
    curvature: 4,
    height: (x, y) => x.square().add(y.square()),
  },
  valley: {
    title: "long valley",
    note: "Fifty times as steep across as along. What is fast along the valley leaps from wall to wall.",
    x: [-5, 5],
    y: [-1.6, 1.6],
    start: [-4, 1],
    curvature: 50,
    height: (x, y) => x.square().add(y.square().multiply(50)).multiply(0.5),
  },
  saddle: {
    title: "saddle",
    note: "Flat in the middle, two minima beside it. Those who start on the ridge must notice a tiny slope.",
    x: [-2, 2],
    y: [-1.6, 1.6],
    start: [1.5, 0.001],
    curvature: 4,
    height: (x, y) => x.square().multiply(0.5).add(y.square().subtract(1).square().multiply(0.25)),
  },
  rosenbrock: {
    title: "Rosenbrock's valley",
    note: "A curved valley with steep walls; the minimum lies at (1, 1). Rosenbrock 1960.",
    x: [-2, 2],
    y: [-1, 2.2],
    start: [-1.2, 1],
    curvature: 1500,
    height: (x, y) => x.subtract(1).square().add(y.subtract(x.square()).square().multiply(100)),
  },
  beale: {
    title: "Beale's function",
    note: "Flat plains, steep edges; the minimum lies at (3, 0.5). Beale 1958.",
    x: [-0.5, 4.5],
    y: [-2.2, 1.8],
    start: [1, 1.2],
    curvature: 60,
    height: (x, y) => {
      const term = (constant: number, power: Tensor) => x.multiply(power.subtract(1)).add(constant).square();
      const square = y.square();
      return term(1.5, y)
        .add(term(2.25, square))
        .add(term(2.625, square.multiply(y)));
    },
  },
  himmelblau: {
    title: "four minima",
    note: "Which one is reached depends on the start, and on the optimizer. Himmelblau 1972.",
    x: [-5, 5],
    y: [-4, 4],
    start: [-0.5, -0.9],
    curvature: 100,
    height: (x, y) => {
      const first = x.square().add(y).subtract(11).square();
      return first.add(x.add(y.square()).subtract(7).square());
    },
  },
} as const satisfies Readonly<Record<string, Surface>>;

export type SurfaceName = keyof typeof surfaceList;

/** A rate at which an optimizer gets along on a surface; gradient descent by its curvature, the others by its width. */
export function usualRate(surface: SurfaceName, optimizer: OptimizerName): number {
  const { curvature, x } = surfaceList[surface];
  const width = x[1] - x[0];
  const rates: Partial<Record<OptimizerName, number>> = {
    sgd: 1 / curvature,
    momentum: 0.3 / curvature,
    nesterov: 0.3 / curvature,
    adagrad: 0.08 * width,
    windowedAdagrad: 0.004 * width,
    adadelta: 10,
    rmsProp: 0.004 * width,
  };
  return Number((rates[optimizer] ?? optimizers[optimizer].rate * width).toPrecision(2));
}
