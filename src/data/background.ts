import { type GreyImage, median } from "./pixels.js";

/** How an image deviates from its background. */
export interface Background {
  /** Signed so that the ink is positive, whether it is darker or lighter than the background. */
  readonly deviation: Float64Array;
  /** Standard deviation of the background's noise, estimated robustly. */
  readonly sigma: number;
}

/** A polynomial in x and y, each scaled to -1 ... 1 over the image. */
type Terms = (x: number, y: number) => readonly number[];
const plane: Terms = (x, y) => [1, x, y];
const quadric: Terms = (x, y) => [1, x, y, x * x, x * y, y * y];

/** No image needs more samples to fit six coefficients. */
const maximumSamples = 20_000;

/**
 * Fits the brightness of the sheet under a drawing and subtracts it.
 *
 * First a plane through the border, whose outliers (strokes that touch it) are left out; that tells which pixels
 * are surely not ink. Through all of those, if they are enough, goes a surface of second degree, which follows the
 * light of a lamp or the shade of a lens as well.
 */
export function fitBackground(image: GreyImage): Background {
  const border = borderPixels(image);
  const first = residuals(image, fitRobustly(image, border, plane), plane);
  const polarity = strongerSide(first);
  const firstSigma = noiseOf(first, border);

  const limit = Math.max(4 * firstSigma, 0.15 * greatest(first, polarity));
  const isFree = inkFree(image, first, polarity, limit);
  const freeCount = isFree.reduce((sum: number, value) => sum + value, 0);
  // A drawing that fills the image leaves too little to extrapolate from: keep the plane.
  if (freeCount < Math.max(50, 0.3 * first.length)) return oriented(first, polarity, border);

  const free = thinned(freeCount, isFree);
  const surface = fitRobustly(image, free, quadric);
  return oriented(residuals(image, surface, quadric), polarity, free);
}

function oriented(deviation: Float64Array, polarity: number, background: Uint32Array): Background {
  const sigma = noiseOf(deviation, background);
  return { deviation: deviation.map((value) => value * polarity), sigma };
}

/** Indices of a frame around the image, 4 % of its shorter side wide. */
function borderPixels({ width, height }: GreyImage): Uint32Array {
  const thickness = Math.max(1, Math.round(0.04 * Math.min(width, height)));
  const indices: number[] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const inside = x >= thickness && x < width - thickness && y >= thickness && y < height - thickness;
      if (!inside) indices.push(y * width + x);
    }
  }
  return Uint32Array.from(indices);
}

/** 1 for dark pixels, -1 for light ones: the side with the greater sum of squared deviations is the ink. */
function strongerSide(deviation: Float64Array): 1 | -1 {
  let light = 0;
  let dark = 0;
  for (const value of deviation) {
    if (value > 0) light += value * value;
    else dark += value * value;
  }
  return light > dark ? 1 : -1;
}

function greatest(deviation: Float64Array, polarity: number): number {
  return deviation.reduce((most, value) => Math.max(most, value * polarity), 0);
}

/** 1.4826 times the median absolute deviation: the standard deviation, if the noise is normal. */
function noiseOf(deviation: Float64Array, background: Uint32Array): number {
  return 1.4826 * median(Float64Array.from(background, (index) => Math.abs(deviation[index] as number)));
}

/** 1 where neither the pixel nor one near it may be ink. */
function inkFree(
  { width, height }: GreyImage,
  deviation: Float64Array,
  polarity: number,
  limit: number,
): Uint8Array {
  const radius = Math.max(1, Math.round(Math.max(width, height) / 140));
  const free = new Uint8Array(deviation.length).fill(1);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if ((deviation[y * width + x] as number) * polarity <= limit) continue;
      const left = Math.max(0, x - radius);
      const right = Math.min(width - 1, x + radius);
      for (let row = Math.max(0, y - radius); row <= Math.min(height - 1, y + radius); row++) {
        free.fill(0, row * width + left, row * width + right + 1);
      }
    }
  }
  return free;
}

/** The indices that are set, thinned evenly to at most `maximumSamples`. */
function thinned(count: number, isSet: Uint8Array): Uint32Array {
  const stride = Math.max(1, Math.ceil(count / maximumSamples));
  const indices: number[] = [];
  let seen = 0;
  isSet.forEach((value, index) => {
    if (value === 1 && seen++ % stride === 0) indices.push(index);
  });
  return Uint32Array.from(indices);
}

/** The surface's coefficients, refitted without the pixels that are more than 2.5 sigma (and 2 levels) off it. */
function fitRobustly(image: GreyImage, pixels: Uint32Array, terms: Terms): Float64Array {
  // From the median, not from a first fit: strokes at the border would tilt that.
  const level = median(Float64Array.from(pixels, (index) => image.values[index] as number));
  let coefficients: Float64Array = Float64Array.from(terms(0, 0), (_, k) => (k === 0 ? level : 0));
  for (let round = 0; round < 6; round++) {
    const surface = coefficients;
    const misses = Float64Array.from(pixels, (index) => miss(image, index, surface, terms));
    const limit = Math.max(2, 2.5 * 1.4826 * median(misses.map(Math.abs)));
    const explained = pixels.filter((_, i) => Math.abs(misses[i] as number) <= limit);
    coefficients = leastSquares(image, explained, terms);
  }
  return coefficients;
}

/** By how much the pixel lies above the surface. */
function miss(image: GreyImage, index: number, coefficients: Float64Array, terms: Terms): number {
  let value = image.values[index] as number;
  termsAt(image, index, terms).forEach((term, k) => {
    value -= term * (coefficients[k] as number);
  });
  return value;
}

function residuals(image: GreyImage, coefficients: Float64Array, terms: Terms): Float64Array {
  return image.values.map((_, index) => miss(image, index, coefficients, terms));
}

/** The terms at a pixel's centre, the image reaching from -1 to 1 in both directions. */
function termsAt({ width, height }: GreyImage, index: number, terms: Terms): readonly number[] {
  const x = (2 * (index % width) + 1) / width - 1;
  const y = (2 * Math.floor(index / width) + 1) / height - 1;
  return terms(x, y);
}

/** The coefficients with the least sum of squared misses over the pixels, by the normal equations. */
function leastSquares(image: GreyImage, pixels: Uint32Array, terms: Terms): Float64Array {
  const size = terms(0, 0).length;
  // Each row has its right-hand side last.
  const rows = Array.from({ length: size }, () => new Float64Array(size + 1));
  for (const index of pixels) {
    const term = termsAt(image, index, terms);
    const value = image.values[index] as number;
    rows.forEach((row, i) => {
      const weight = term[i] as number;
      for (let j = 0; j < size; j++) row[j] = (row[j] as number) + weight * (term[j] as number);
      row[size] = (row[size] as number) + weight * value;
    });
  }
  // Slopes get a trace of regularization: an image of one row or column does not determine all of them.
  rows.forEach((row, i) => {
    if (i > 0) row[i] = (row[i] as number) + 1e-6 * Math.max(1, pixels.length);
  });
  return solve(rows);
}

/** Gauss-Jordan elimination; the equations are symmetric and positive definite, so no pivoting is needed. */
function solve(rows: readonly Float64Array[]): Float64Array {
  rows.forEach((row, i) => {
    for (const other of rows) {
      if (other === row) continue;
      const factor = (other[i] as number) / (row[i] as number);
      for (let k = i; k < row.length; k++) other[k] = (other[k] as number) - factor * (row[k] as number);
    }
  });
  return Float64Array.from(rows, (row, i) => (row[rows.length] as number) / (row[i] as number));
}
