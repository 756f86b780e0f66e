import { RandomStream } from "gradus/random";

export interface ClassPoint {
  readonly x: number;
  readonly y: number;
  readonly label: number;
}

export interface ValuePoint {
  readonly x: number;
  readonly y: number;
}

/** Points of all sets lie in -reach .. reach on both axes. */
export const reach = 3;

type Make<Point> = (stream: RandomStream) => Point[];

const noisy = (stream: RandomStream, center: number, deviation: number) =>
  inside(center + deviation * stream.normal());
const inside = (value: number) => Math.max(-reach, Math.min(reach, value));

/** Points of classes, as ConvNetJS has them, and more. */
export const classSets = {
  circle: {
    title: "circle",
    classes: 2,
    make: (stream) =>
      repeat(60, (i) => {
        const label = i % 2;
        const radius = label === 0 ? 1.1 * Math.sqrt(stream.uniform()) : 1.9 + 0.6 * stream.uniform();
        return around(radius, 2 * Math.PI * stream.uniform(), label);
      }),
  },
  xor: {
    title: "four corners (XOR)",
    classes: 2,
    make: (stream) =>
      repeat(60, (i) => {
        const [right, up] = [i % 2, Math.floor(i / 2) % 2];
        return {
          x: noisy(stream, right === 0 ? -1.4 : 1.4, 0.45),
          y: noisy(stream, up === 0 ? -1.4 : 1.4, 0.45),
          label: right ^ up,
        };
      }),
  },
  spiral: { title: "two spirals", classes: 2, make: (stream) => spiral(stream, 2, 60) },
  spirals: { title: "three spirals", classes: 3, make: (stream) => spiral(stream, 3, 50) },
  blobs: {
    title: "three heaps",
    classes: 3,
    make: (stream) =>
      repeat(60, (i) => {
        const { x, y, label } = around(1.5, ((i % 3) * 2 * Math.PI) / 3 + Math.PI / 2, i % 3);
        return { x: noisy(stream, x, 0.5), y: noisy(stream, y, 0.5), label };
      }),
  },
  random: {
    title: "random",
    classes: 2,
    make: (stream) =>
      repeat(40, () => ({
        x: 2.6 * (2 * stream.uniform() - 1),
        y: 2.6 * (2 * stream.uniform() - 1),
        label: stream.integer(2),
      })),
  },
} as const satisfies Readonly<Record<string, { title: string; classes: number; make: Make<ClassPoint> }>>;

export type ClassSetName = keyof typeof classSets;

/** Points of a function that is to be found. */
export const valueSets = {
  sine: { title: "sine", make: (stream) => curve(stream, 40, 0.1, (x) => 1.5 * Math.sin(1.6 * x)) },
  steps: {
    title: "steps",
    make: (stream) => curve(stream, 60, 0.08, (x) => (x < -1 ? -1.4 : x < 1 ? 0.6 : -0.4)),
  },
  bend: { title: "bend", make: (stream) => curve(stream, 40, 0.05, (x) => Math.abs(x) - 1.5) },
  noise: { title: "noise", make: (stream) => curve(stream, 25, 1, () => 0) },
} as const satisfies Readonly<Record<string, { title: string; make: Make<ValuePoint> }>>;

export type ValueSetName = keyof typeof valueSets;

/** The points of a set. Another seed gives others of the same kind. */
export function classPoints(name: ClassSetName, seed: number): ClassPoint[] {
  return classSets[name].make(new RandomStream(seed));
}

export function valuePoints(name: ValueSetName, seed: number): ValuePoint[] {
  return valueSets[name].make(new RandomStream(seed));
}

function spiral(stream: RandomStream, arms: number, each: number): ClassPoint[] {
  return repeat(arms * each, (i) => {
    const label = i % arms;
    const t = (Math.floor(i / arms) + 1) / each;
    const angle = 1.25 * t * 2 * Math.PI + (label * 2 * Math.PI) / arms;
    const { x, y } = around(2.7 * t, angle, label);
    return { x: noisy(stream, x, 0.06), y: noisy(stream, y, 0.06), label };
  });
}

function curve(
  stream: RandomStream,
  count: number,
  deviation: number,
  value: (x: number) => number,
): ValuePoint[] {
  return repeat(count, (i) => {
    const x = reach * 0.95 * (2 * ((i + stream.uniform()) / count) - 1);
    return { x, y: noisy(stream, value(x), deviation) };
  });
}

const around = (radius: number, angle: number, label: number): ClassPoint => ({
  x: radius * Math.cos(angle),
  y: radius * Math.sin(angle),
  label,
});

const repeat = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));
