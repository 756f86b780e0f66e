import { grad } from "../autodiff/api.js";
import { withPhase } from "../graph/origin.js";
import { Variable } from "../runtime/variable.js";
import { formatShape, ShapeError, sameShape } from "../shape/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { requireAtLeast } from "./check.js";
import { atLayerOf, type SlotValues, type Transformation } from "./transformation.js";

/**
 * Moves parameters against the gradient of a loss: `parameter -= learningRate * direction`, where a
 * `Transformation` makes directions of gradients. All of its memory is variables, so that steps can be compiled and
 * checkpoints hold it.
 */
export class Optimizer {
  readonly parameters: readonly Variable[];
  /** Number of steps made so far, an int32 scalar. */
  readonly stepCount: Variable;
  readonly #transformation: Transformation;
  readonly #slots: ReadonlyMap<string, readonly Variable[]>;
  readonly #rate: Variable;
  #learningRate: number;

  /** @throws if there are no parameters, one twice, or one that is not trainable. */
  constructor(parameters: readonly Variable[], transformation: Transformation, learningRate: number) {
    requireAtLeast(learningRate, 0, "learningRate", "optimizer");
    checkParameters(parameters, "optimizer");
    this.parameters = [...parameters];
    this.#transformation = transformation;
    this.#learningRate = learningRate;
    this.#rate = new Variable([], learningRate, { name: "learningRate", trainable: false });
    this.stepCount = new Variable([], 0, { name: "step", dtype: "int32", trainable: false });
    const names = slotNames(parameters);
    this.#slots = new Map(
      Object.entries(transformation.slots).map(([slot, initial]) => [
        slot,
        parameters.map(({ shape }, i) => {
          const options = { name: `${slot}.${names[i]}`, trainable: false };
          return typeof initial === "number"
            ? new Variable(shape, initial, options)
            : new Variable([], initial.scalar, options);
        }),
      ]),
    );
  }

  /** The learning rate last set here. Setting it takes effect at the next step, and recompiles nothing. */
  get learningRate(): number {
    return this.#learningRate;
  }

  set learningRate(value: number) {
    requireAtLeast(value, 0, "learningRate", "optimizer");
    this.#learningRate = value;
    this.#rate.write([value]);
  }

  /**
   * Makes one step down the gradient of `loss`, a scalar. Inside a compiled function this becomes part of the program.
   * @throws ShapeError if the loss is not a scalar
   */
  minimize(loss: Tensor): void {
    if (loss.rank !== 0 || loss.dtype !== "float32") {
      throw new ShapeError(
        `minimize: the loss is ${loss.dtype} ${formatShape(loss.shape)}, but must be a float32 scalar; take its mean or sum`,
      );
    }
    const values = this.parameters.map((parameter) => parameter.value);
    this.step(grad(loss, values));
  }

  /** Makes one step with the given gradients, one for each parameter, in their order. */
  step(gradients: readonly Tensor[]): void {
    this.#checkGradients(gradients);
    withPhase("update", () => {
      const step = this.stepCount.value.add(1);
      this.stepCount.assign(step);
      const slots: SlotValues = Object.fromEntries(
        [...this.#slots].map(([name, variables]) => [name, variables.map((variable) => variable.value)]),
      );
      const context = { parameters: this.parameters, step: step.cast("float32") };
      const result = this.#transformation.update(gradients, context, slots);
      const rate = this.#rate.value;
      for (const [i, parameter] of this.parameters.entries()) {
        atLayerOf(parameter, () =>
          parameter.assign(parameter.value.subtract(result.directions[i]!.multiply(rate))),
        );
      }
      for (const [name, variables] of this.#slots) {
        for (const [i, variable] of variables.entries()) variable.assign(result.slots[name]![i]!);
      }
    });
  }

  /** Everything that the optimizer remembers, by name: `step`, `learningRate`, and `slot.parameter` for each slot. */
  variables(): Map<string, Variable> {
    const own = [this.stepCount, this.#rate, ...[...this.#slots.values()].flat()];
    return new Map(own.map((variable) => [variable.name, variable]));
  }

  #checkGradients(gradients: readonly Tensor[]): void {
    if (gradients.length !== this.parameters.length) {
      throw new ShapeError(`step: ${gradients.length} gradients for ${this.parameters.length} parameters`);
    }
    for (const [i, parameter] of this.parameters.entries()) {
      if (!sameShape(gradients[i]!.shape, parameter.shape)) {
        throw new ShapeError(
          `step: gradient ${i} is ${formatShape(gradients[i]!.shape)}, but parameter ${parameter.name} is ${formatShape(parameter.shape)}`,
        );
      }
    }
  }
}

/** @throws if there are none, one twice, or one that is not trainable */
export function checkParameters(parameters: readonly Variable[], owner: string): void {
  if (parameters.length === 0) throw new Error(`${owner}: there are no parameters; build the model first`);
  const seen = new Set<Variable>();
  for (const parameter of parameters) {
    if (seen.has(parameter)) throw new Error(`${owner}: parameter ${parameter.name} is listed twice`);
    if (!parameter.trainable || parameter.dtype !== "float32") {
      throw new Error(`${owner}: ${parameter.name} is not a trainable float32 variable`);
    }
    seen.add(parameter);
  }
}

/** The parameters' names where all differ, else their positions: either way, the same in the next run. */
function slotNames(parameters: readonly Variable[]): string[] {
  const names = parameters.map((parameter) => parameter.name);
  return new Set(names).size === names.length ? names : names.map((_, i) => String(i));
}
