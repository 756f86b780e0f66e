import type { RandomStream } from "../random/stream.js";
import { type Shape, sizeOf } from "../shape/shape.js";

/**
 * Gives a parameter its first values, in row-major order, on the host. `fanIn` and `fanOut` count the inputs that
 * feed one unit and the units that one input feeds. `stream` is seeded by the model's seed and the parameter's
 * path, so that each parameter's values depend on nothing else in the model.
 */
export type Initializer = (shape: Shape, fanIn: number, fanOut: number, stream: RandomStream) => Float32Array;

function fill(shape: Shape, next: () => number): Float32Array {
  return new Float32Array(sizeOf(shape)).map(next);
}

/**
 * Normal with variance `2 / fanIn`, which keeps the size of signals through layers followed by ReLU.
 *
 * Source: He et al., "Delving deep into rectifiers", 2015, section 2.2.
 */
export const heNormal: Initializer = (shape, fanIn, _, stream) => {
  const deviation = Math.sqrt(2 / Math.max(1, fanIn));
  return fill(shape, () => deviation * stream.normal());
};

/** Uniform in `±sqrt(6 / fanIn)`: the same variance as `heNormal`. */
export const heUniform: Initializer = (shape, fanIn, _, stream) => {
  const bound = Math.sqrt(6 / Math.max(1, fanIn));
  return fill(shape, () => bound * (2 * stream.uniform() - 1));
};

/**
 * Normal with variance `2 / (fanIn + fanOut)`, for layers followed by tanh or by nothing.
 *
 * Source: Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010,
 * equation 16.
 */
export const xavierNormal: Initializer = (shape, fanIn, fanOut, stream) => {
  const deviation = Math.sqrt(2 / Math.max(1, fanIn + fanOut));
  return fill(shape, () => deviation * stream.normal());
};

/** Uniform in `±sqrt(6 / (fanIn + fanOut))`: the same variance as `xavierNormal`. */
export const xavierUniform: Initializer = (shape, fanIn, fanOut, stream) => {
  const bound = Math.sqrt(6 / Math.max(1, fanIn + fanOut));
  return fill(shape, () => bound * (2 * stream.uniform() - 1));
};

/** Uniform in [low, high). */
export function uniform(low: number, high: number): Initializer {
  return (shape, _in, _out, stream) => fill(shape, () => low + (high - low) * stream.uniform());
}

/** Normal with the given mean and standard deviation. */
export function normal(mean = 0, standardDeviation = 1): Initializer {
  return (shape, _in, _out, stream) => fill(shape, () => mean + standardDeviation * stream.normal());
}

/** The same value everywhere. */
export function constant(value: number): Initializer {
  return (shape) => new Float32Array(sizeOf(shape)).fill(value);
}

export const zeros: Initializer = constant(0);
export const ones: Initializer = constant(1);
