import { grad } from "../autodiff/api.js";
import { type Compiled, compile } from "../runtime/compile.js";
import { Variable } from "../runtime/variable.js";
import { formatShape, ShapeError } from "../shape/shape.js";
import { arange, concatenate, stack, tensor } from "../tensor/creation.js";
import type { Tensor } from "../tensor/tensor.js";
import { requireAbove, requireAtLeast, requireInteger } from "./check.js";
import { type LinePoint, strongWolfe } from "./line-search.js";
import { checkParameters } from "./optimizer.js";

/** Defaults are PyTorch's, unless an option says otherwise. */
export interface LbfgsOptions {
  /** The step tried first along each direction but the very first; default 1, the natural one. */
  readonly learningRate?: number;
  /** Steps that are remembered, each as two copies of all parameters; default 10 (PyTorch: 100). */
  readonly historySize?: number;
  /** Greatest number of directions taken in one call of `minimize`; default 20. */
  readonly iterations?: number;
  /** No direction is begun after so many evaluations of the loss in one call; default 5/4 of `iterations`. */
  readonly evaluations?: number;
  /** It is done when no element of the gradient is larger; default 1e-7. */
  readonly gradientTolerance?: number;
  /** It is done when neither the loss nor any parameter changes by more; default 1e-9. */
  readonly changeTolerance?: number;
}

export interface LbfgsResult {
  /** At the parameters' new values. */
  readonly loss: number;
  /** Greatest absolute value in the gradient there. */
  readonly gradient: number;
  /** Directions taken. */
  readonly iterations: number;
  /** Evaluations of loss and gradient. */
  readonly evaluations: number;
  /**
   * Why it ended. `"noDescent"`: no lower loss was found along the last direction, because of rounding, or because the loss
   * is not smooth there or not the same each time.
   */
  readonly reason: "gradient" | "change" | "noDescent" | "iterations" | "evaluations";
}

interface Evaluation extends LinePoint {
  /** Greatest absolute value, and sum of absolute values, of the gradient. */
  readonly greatest: number;
  readonly absoluteSum: number;
}

/**
 * L-BFGS: Newton's method with an approximation of the Hessian's inverse from the last few steps, and a line search for the
 * strong Wolfe conditions. For smooth losses on one full batch: it compares losses, so the loss must be the same each
 * time (no dropout, no new mini-batch).
 *
 * ```
 * const optimizer = optim.lbfgs([x]);
 * const { loss, reason } = await optimizer.minimize(() => x.value.subtract(target).square().sum());
 * ```
 *
 * Vectors stay on the device: steps `s` and changes `y` of the gradient are the rows of one matrix. The two-loop recursion
 * works on the inner products of these rows, on the host, and gives the direction as a combination of rows.
 *
 * Sources: Nocedal and Wright, "Numerical optimization", 2006, algorithms 7.4 and 7.5; by inner products: Chen, Wang and
 * Zhou, "Large-scale L-BFGS using MapReduce", 2014, algorithm 3.
 */
export class Lbfgs {
  readonly parameters: readonly Variable[];
  readonly #options: Required<LbfgsOptions>;
  readonly #start: Variable;
  readonly #direction: Variable;
  readonly #gradient: Variable;
  readonly #previousGradient: Variable;
  /** `[2 historySize, size]`: row i is a step, row `historySize + i` the change of the gradient along it. */
  readonly #history: Variable;
  /** Which rows hold steps, the oldest first. */
  #rows: number[] = [];
  readonly #compiled = new WeakMap<() => Tensor, Compiled<[Tensor], Tensor>>();

  /** Lets the next line begin where the parameters stand. */
  readonly #begin = compile(() => {
    this.#start.assign(flat(this.parameters.map((parameter) => parameter.value)));
    this.#previousGradient.assign(this.#gradient.value);
  });

  /** Inner products of all rows with each other, and with the gradient: `[2 historySize, 2 historySize + 1]`. */
  readonly #products = compile(() => {
    const history = this.#history.value;
    return history.matmul(concatenate([history, this.#gradient.value.expandDimensions(0)]).transpose());
  });

  /** Makes the direction of rows and gradient; its slope, and its greatest element. */
  readonly #combine = compile((ofRows: Tensor, ofGradient: Tensor) => {
    const gradient = this.#gradient.value;
    const direction = ofRows.matmul(this.#history.value).add(gradient.multiply(ofGradient));
    this.#direction.assign(direction);
    return stack([direction.multiply(gradient).sum(), direction.abs().max()]);
  });

  /** Puts a step and the change of the gradient along it into their rows. */
  readonly #insert = compile((row: Tensor, step: Tensor) => {
    const { historySize } = this.#options;
    const history = this.#history.value;
    const rows = arange(2 * historySize).expandDimensions(1);
    const change = this.#gradient.value.subtract(this.#previousGradient.value);
    const isStep = rows.equal(row);
    const isChange = rows.equal(row.add(historySize));
    const along = this.#direction.value.multiply(step);
    this.#history.assign(isStep.where(along, isChange.where(change, history)));
  });

  constructor(parameters: readonly Variable[], options: LbfgsOptions = {}) {
    const { learningRate = 1, historySize = 10, iterations = 20 } = options;
    const { gradientTolerance = 1e-7, changeTolerance = 1e-9 } = options;
    const evaluations = options.evaluations ?? Math.floor((iterations * 5) / 4);
    checkParameters(parameters, "lbfgs");
    requireAbove(learningRate, 0, "learningRate", "lbfgs");
    requireInteger(historySize, 1, "historySize", "lbfgs");
    requireInteger(iterations, 1, "iterations", "lbfgs");
    requireInteger(evaluations, 1, "evaluations", "lbfgs");
    requireAtLeast(gradientTolerance, 0, "gradientTolerance", "lbfgs");
    requireAtLeast(changeTolerance, 0, "changeTolerance", "lbfgs");
    this.parameters = [...parameters];
    this.#options = {
      learningRate,
      historySize,
      iterations,
      evaluations,
      gradientTolerance,
      changeTolerance,
    };
    const size = parameters.reduce((total, parameter) => total + parameter.size, 0);
    const vector = (name: string) => new Variable([size], 0, { name: `lbfgs.${name}`, trainable: false });
    this.#start = vector("start");
    this.#direction = vector("direction");
    this.#gradient = vector("gradient");
    this.#previousGradient = vector("previousGradient");
    this.#history = new Variable([2 * historySize, size], 0, { name: "lbfgs.history", trainable: false });
  }

  /**
   * Makes `loss` smaller by up to `iterations` steps, and leaves the parameters at the lowest point found. Called again
   * with the same or a similar loss, it goes on with what it learned of the curvature.
   * @param loss a scalar of the parameters' values; traced once for each function given
   * @throws if the loss or its gradient is not finite at the parameters' first values
   */
  async minimize(loss: () => Tensor): Promise<LbfgsResult> {
    const { learningRate, iterations, evaluations, gradientTolerance, changeTolerance } = this.#options;
    this.#begin();
    let here = await this.#evaluate(loss, 0);
    if (!Number.isFinite(here.loss) || !Number.isFinite(here.absoluteSum)) {
      const what = Number.isFinite(here.loss) ? "gradient is not finite" : `loss is ${here.loss}`;
      throw new Error(`lbfgs: the ${what} at the parameters' first values`);
    }
    let counted = 1;
    let taken = 0;
    const ended = (reason: LbfgsResult["reason"]): LbfgsResult => ({
      loss: here.loss,
      gradient: here.greatest,
      iterations: taken,
      evaluations: counted,
      reason,
    });
    if (here.greatest <= gradientTolerance) return ended("gradient");
    for (;;) {
      this.#begin();
      const isFirst = this.#rows.length === 0;
      const { slope, greatest } = await this.#aim();
      // The products of long vectors are rounded: without a way down, begin anew from the negative gradient.
      if (!(slope < 0) && !isFirst) {
        this.#rows = [];
        continue;
      }
      if (slope > -changeTolerance) return ended("change");
      const first = isFirst ? Math.min(1, 1 / here.absoluteSum) * learningRate : learningRate;
      let last: Evaluation = here;
      const search = await strongWolfe(
        async (step) => {
          last = await this.#evaluate(loss, step);
          return last;
        },
        { step: 0, loss: here.loss, slope },
        first,
        { tolerance: changeTolerance / greatest },
      );
      counted += search.evaluations;
      const { step } = search.point;
      // Parameters and gradient are those of the last evaluation, which need not be the best.
      if (step !== last.step) {
        last = await this.#evaluate(loss, step);
        counted += 1;
      }
      taken += 1;
      const before = here;
      here = last;
      if (step === 0) return ended("noDescent");
      this.#remember(step);
      if (here.greatest <= gradientTolerance) return ended("gradient");
      if (step * greatest <= changeTolerance) return ended("change");
      if (Math.abs(here.loss - before.loss) < changeTolerance) return ended("change");
      if (taken >= iterations) return ended("iterations");
      if (counted >= evaluations) return ended("evaluations");
    }
  }

  /** Moves the parameters to `start + step * direction`, and finds loss and gradient there. */
  async #evaluate(loss: () => Tensor, step: number): Promise<Evaluation> {
    let compiled = this.#compiled.get(loss);
    if (compiled === undefined) {
      compiled = compile((along: Tensor) => this.#lossAlong(loss, along), { name: "lbfgs" });
      this.#compiled.set(loss, compiled);
    }
    const [value, slope, greatest, absoluteSum] = await compiled(number(step)).data();
    return { step, loss: value!, slope: slope!, greatest: greatest!, absoluteSum: absoluteSum! };
  }

  #lossAlong(loss: () => Tensor, step: Tensor): Tensor {
    const direction = this.#direction.value;
    const point = this.#start.value.add(direction.multiply(step));
    let from = 0;
    for (const parameter of this.parameters) {
      parameter.assign(point.slice([from], [from + parameter.size]).reshape(parameter.shape));
      from += parameter.size;
    }
    const values = this.parameters.map((parameter) => parameter.value);
    const value = loss();
    if (value.rank !== 0 || value.dtype !== "float32") {
      throw new ShapeError(
        `lbfgs: the loss is ${value.dtype} ${formatShape(value.shape)}, but must be a float32 scalar; take its mean or sum`,
      );
    }
    const gradient = flat(grad(value, values));
    this.#gradient.assign(gradient);
    const size = gradient.abs();
    return stack([value, gradient.multiply(direction).sum(), size.max(), size.sum()]);
  }

  /** Chooses the next direction; gives its slope and its greatest element. */
  async #aim(): Promise<{ slope: number; greatest: number }> {
    const products = this.#rows.length === 0 ? [] : await this.#products().data();
    const { ofRows, ofGradient } = this.#combination(products);
    const [slope, greatest] = await this.#combine(tensor(ofRows), number(ofGradient)).data();
    return { slope: slope!, greatest: greatest! };
  }

  /** Adds the step just made, and what it changed in the gradient, to the history; the oldest makes room. */
  #remember(step: number): void {
    const { historySize } = this.#options;
    const free = this.#rows.length < historySize;
    const row = free
      ? Array.from({ length: historySize }, (_, i) => i).find((i) => !this.#rows.includes(i))!
      : this.#rows.shift()!;
    this.#rows.push(row);
    this.#insert(tensor(Int32Array.of(row), { shape: [] }), number(step));
  }

  /** The two-loop recursion: the coefficients of rows and gradient in the direction. */
  #combination(products: ArrayLike<number>): { ofRows: Float32Array; ofGradient: number } {
    const { historySize } = this.#options;
    const width = 2 * historySize + 1;
    const product = (row: number, column: number) => products[row * width + column]!;
    const change = (row: number) => historySize + row;
    const curvature = (row: number) => product(row, change(row));
    // Where the loss does not curve upwards along a step, the step says nothing about the inverse.
    this.#rows = this.#rows.filter((row) => curvature(row) > 1e-10 * product(change(row), change(row)));
    const coefficients = new Float64Array(width);
    coefficients[width - 1] = -1;
    const along = (row: number) =>
      coefficients.reduce((sum, coefficient, column) => sum + coefficient * product(row, column), 0);
    const shares = new Map<number, number>();
    for (const row of this.#rows.toReversed()) {
      const share = along(row) / curvature(row);
      shares.set(row, share);
      coefficients[change(row)] = coefficients[change(row)]! - share;
    }
    const newest = this.#rows.at(-1);
    if (newest !== undefined) {
      const scale = curvature(newest) / product(change(newest), change(newest));
      coefficients.forEach((coefficient, i) => {
        coefficients[i] = coefficient * scale;
      });
    }
    for (const row of this.#rows) {
      const share = along(change(row)) / curvature(row);
      coefficients[row] = coefficients[row]! + shares.get(row)! - share;
    }
    return {
      ofRows: Float32Array.from(coefficients.subarray(0, width - 1)),
      ofGradient: coefficients[width - 1]!,
    };
  }
}

/** L-BFGS with line search; see `Lbfgs`. */
export function lbfgs(parameters: readonly Variable[], options?: LbfgsOptions): Lbfgs {
  return new Lbfgs(parameters, options);
}

/** All elements in one vector. */
function flat(tensors: readonly Tensor[]): Tensor {
  return concatenate(tensors.map((each) => each.reshape([-1])));
}

/** A scalar that a compiled function takes as argument: a constant would be compiled in. */
function number(value: number): Tensor {
  return tensor(Float32Array.of(value), { shape: [] });
}
