/** Which settings a search tries: the namespace `train.space`. */
import { RandomStream } from "../random/stream.js";

export type Setting = number | string | boolean;

/** One combination, by name. */
export type Settings = Readonly<Record<string, Setting>>;

/** The values that a setting may take. */
export interface Range<T extends Setting = Setting> {
  /** A random one. */
  sample(stream: RandomStream): T;
}

/** A range of finitely many values, which a grid can go through. */
export interface Choice<T extends Setting = Setting> extends Range<T> {
  readonly values: readonly T[];
}

/** The settings drawn from named ranges. */
export type SettingsOf<S extends Readonly<Record<string, Range>>> = {
  readonly [K in keyof S]: S[K] extends Range<infer T> ? T : never;
};

/** One of these, each as likely. */
export function choice<const T extends Setting>(...values: readonly T[]): Choice<T> {
  if (values.length === 0) throw new RangeError("choice: there must be at least one value");
  return { values, sample: (stream) => values[stream.integer(values.length)]! };
}

/** A number from `low` to `high`, uniformly. */
export function uniform(low: number, high: number): Range<number> {
  requireOrder(low, high, "uniform");
  return { sample: (stream) => low + (high - low) * stream.uniform() };
}

/**
 * A number from `low` to `high` whose logarithm is uniform: for what matters by its order of magnitude, such as learning
 * rates. Both must be above 0.
 */
export function logUniform(low: number, high: number): Range<number> {
  requireOrder(low, high, "logUniform");
  if (low <= 0) throw new RangeError(`logUniform: low is ${low}; it must be above 0`);
  return { sample: (stream) => low * (high / low) ** stream.uniform() };
}

/** A whole number from `low` to `high`, both included. */
export function integer(low: number, high: number): Choice<number> {
  requireOrder(low, high, "integer");
  if (!Number.isInteger(low) || !Number.isInteger(high)) {
    throw new RangeError(`integer: ${low} to ${high}; both must be integers`);
  }
  return choice(...Array.from({ length: high - low + 1 }, (_, i) => low + i));
}

function requireOrder(low: number, high: number, range: string): void {
  if (!(Number.isFinite(low) && Number.isFinite(high) && low <= high)) {
    throw new RangeError(`${range}: from ${low} to ${high}; both must be finite, the lower one first`);
  }
}

/** Every combination of the choices; the last name's values vary fastest. */
export function grid<S extends Readonly<Record<string, Choice>>>(space: S): SettingsOf<S>[] {
  let combinations: Record<string, Setting>[] = [{}];
  for (const [name, { values }] of Object.entries(space)) {
    combinations = combinations.flatMap((settings) =>
      values.map((value) => ({ ...settings, [name]: value })),
    );
  }
  return combinations as SettingsOf<S>[];
}

/**
 * `count` random combinations. Where few settings matter, as usual, they try more values of these than a grid of as many
 * combinations. Combination `i` is a function of the seed and `i` alone, so asking for more keeps the first ones.
 *
 * Source: Bergstra and Bengio, "Random search for hyper-parameter optimization", 2012.
 */
export function sample<S extends Readonly<Record<string, Range>>>(
  space: S,
  count: number,
  seed: number,
): SettingsOf<S>[] {
  return Array.from({ length: count }, (_, i) => {
    const stream = new RandomStream(seed, i);
    return Object.fromEntries(
      Object.entries(space).map(([name, range]) => [name, range.sample(stream)]),
    ) as SettingsOf<S>;
  });
}
