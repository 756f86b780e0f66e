import type { Tensor } from "gradus";

/** A loss of two numbers, to watch optimizers on. */
export interface Surface {
  readonly name: string;
  /** After a number of steps: "through the ravine". */
  readonly title: string;
  readonly start: readonly [x: number, y: number];
  /** From `[2]` to a scalar. */
  loss(place: Tensor): Tensor;
  /** Lines of equal height, with gaps between them. */
  readonly contours: { readonly x: readonly number[]; readonly y: readonly number[] };
}

const split = (place: Tensor) => [place.slice([0], [1]), place.slice([1], [2])] as const;

/** For each level a line of points, by a parameter from 0 to 1. */
function lines(levels: readonly number[], point: (level: number, t: number) => readonly [number, number]) {
  const places = levels.flatMap((level) => [
    ...Array.from({ length: 201 }, (_, i) => point(level, i / 200)),
    [Number.NaN, Number.NaN] as const,
  ]);
  return { x: places.map(([x]) => x), y: places.map(([, y]) => y) };
}

const turn = (t: number) => [Math.cos(2 * Math.PI * t), Math.sin(2 * Math.PI * t)] as const;

export const surfaces: readonly Surface[] = [
  {
    // (x^2 + 50 y^2) / 2
    name: "ravine",
    title: "through a ravine that is seven times as long as it is wide",
    start: [-4, 1],
    loss(place) {
      const [x, y] = split(place);
      return x.square().add(y.square().multiply(50)).sum().multiply(0.5);
    },
    contours: lines([0.5, 2, 8, 33], (level, t) => {
      const [cos, sin] = turn(t);
      return [Math.sqrt(2 * level) * cos, Math.sqrt(level / 25) * sin];
    }),
  },
  {
    // (1 - x)^2 + 100 (y - x^2)^2
    name: "rosenbrock",
    title: "along Rosenbrock's curved valley to (1, 1)",
    start: [-1.2, 1],
    loss(place) {
      const [x, y] = split(place);
      const valley = y.subtract(x.square()).square().multiply(100);
      return x.subtract(1).square().add(valley).sum();
    },
    contours: lines([0.02, 0.1, 0.5], (level, t) => {
      const [cos, sin] = turn(t);
      const x = 1 + Math.sqrt(level) * cos;
      return [x, x * x + (Math.sqrt(level) / 10) * sin];
    }),
  },
  {
    // x^2 / 2 - y^2 / 2 + y^4 / 4
    name: "saddle",
    title: "from a saddle's ridge to one of the minima at (0, ±1)",
    start: [1.5, 0.001],
    loss(place) {
      const [x, y] = split(place);
      const across = y.square().subtract(1).square().multiply(0.25).subtract(0.25);
      return x.square().multiply(0.5).add(across).sum();
    },
    contours: lines([-0.2, -0.1, 0, 0.4, 1.1], (level, t) => {
      // The right half upwards, then the left half downwards.
      const y = 1.9 * (1 - 2 * Math.abs(1 - 2 * t));
      const square = 2 * (level + y ** 2 / 2 - y ** 4 / 4);
      return [(t < 0.5 ? 1 : -1) * Math.sqrt(square < 0 && square > -0.2 ? 0 : square), y];
    }),
  },
];
