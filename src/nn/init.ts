import type { RandomStream } from "../random/stream.js";
import { formatShape, type Shape, ShapeError, sizeOf } from "../shape/shape.js";

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

/**
 * Normal with variance `1 / fanIn`, which keeps the size of signals through linear units, tanh near 0, and selu.
 *
 * Source: LeCun et al., "Efficient BackProp", 1998, section 4.6.
 */
export const leCunNormal: Initializer = (shape, fanIn, _, stream) => {
  const deviation = Math.sqrt(1 / Math.max(1, fanIn));
  return fill(shape, () => deviation * stream.normal());
};

/** Uniform in `±sqrt(3 / fanIn)`: the same variance as `leCunNormal`. */
export const leCunUniform: Initializer = (shape, fanIn, _, stream) => {
  const bound = Math.sqrt(3 / Math.max(1, fanIn));
  return fill(shape, () => bound * (2 * stream.uniform() - 1));
};

/** Uniform in `±1 / sqrt(fanIn)`: what PyTorch gives both weights and biases of dense and convolution layers. */
export const fanInUniform: Initializer = (shape, fanIn, _, stream) => {
  const bound = 1 / Math.sqrt(Math.max(1, fanIn));
  return fill(shape, () => bound * (2 * stream.uniform() - 1));
};

/**
 * `gain` times a random matrix `[shape[0], rest]` whose rows, or columns where these are fewer, are orthonormal, so that it
 * keeps the length of what it maps: deep linear networks start with the same signal in all layers.
 *
 * Source: Saxe, McClelland and Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep linear neural
 * networks", 2014, section 3.
 */
export function orthogonal(gain = 1): Initializer {
  return (shape, _in, _out, stream) => {
    if (shape.length < 2) {
      throw new ShapeError(`orthogonal: ${formatShape(shape)} is no matrix; it must have at least two axes`);
    }
    const rows = shape[0]!;
    const columns = sizeOf(shape.slice(1));
    const [count, length] = [Math.min(rows, columns), Math.max(rows, columns)];
    const vectors: Float64Array[] = [];
    while (vectors.length < count) {
      const vector = new Float64Array(length).map(() => stream.normal());
      // Twice: what rounding leaves of the others after the first time is gone after the second.
      for (const other of [...vectors, ...vectors]) subtractProjection(vector, other);
      const norm = Math.sqrt(dot(vector, vector));
      vectors.push(vector.map((value) => value / norm));
    }
    return new Float32Array(sizeOf(shape)).map((_, i) => {
      const [row, column] = [Math.floor(i / columns), i % columns];
      return gain * (rows <= columns ? vectors[row]![column]! : vectors[column]![row]!);
    });
  };
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}

/** Takes from `vector` its part along `direction`, of length 1. */
function subtractProjection(vector: Float64Array, direction: Float64Array): void {
  const along = dot(vector, direction);
  for (let i = 0; i < vector.length; i++) vector[i]! -= along * direction[i]!;
}

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

/** 0 everywhere: for biases. */
export const zeros: Initializer = constant(0);
/** 1 everywhere: for scales. */
export const ones: Initializer = constant(1);
