import { scan } from "../runtime/scan.js";
import type { Structure } from "../runtime/structure.js";
import type { Variable } from "../runtime/variable.js";
import { formatShape, type Shape, ShapeError, sizeOf } from "../shape/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import type { BuildContext } from "./build-context.js";
import { requireCount } from "./check.js";
import { type Initializer, uniform } from "./init.js";
import { Module } from "./module.js";

export interface RecurrentOptions {
  /** True (the default): the output of every step, `[N, T, units]`; false: that of the last step, `[N, units]`. */
  readonly returnSequences?: boolean;
  /** Go from the last element of the sequence to the first. Outputs stay in the order of the sequence. Default false. */
  readonly reverse?: boolean;
  /** Default true. */
  readonly bias?: boolean;
  /** For all variables. Default: uniform in `±1 / sqrt(units)`, as in PyTorch. */
  readonly initializer?: Initializer;
}

/**
 * A layer that goes along a sequence, `[N, T, features]` -> `[N, T, units]`, and hands a state of type `S` from each step to the
 * next. Its variables are PyTorch's: `weight_ih` `[gates * units, features]`, `weight_hh` `[gates * units, units]`, `bias_ih` and
 * `bias_hh` `[gates * units]`, the gates' rows one after the other. What they make of the inputs is one matrix product over all
 * steps, before the loop.
 */
export abstract class Recurrent<S extends Structure> extends Module {
  readonly units: number;
  readonly gates: number;
  readonly options: RecurrentOptions;
  inputWeight!: Variable;
  hiddenWeight!: Variable;
  inputBias: Variable | undefined;
  hiddenBias: Variable | undefined;

  constructor(kind: string, units: number, gates: number, options: RecurrentOptions) {
    super();
    this.units = requireCount(units, "units", kind);
    this.gates = gates;
    this.options = options;
  }

  /** The state before a sequence begins, for `batch` sequences: zeros. */
  abstract zeroState(batch: number): S;

  /** The state after a step. `input` is what `project` made of the step's input, `[N, gates * units]`. */
  protected abstract next(input: Tensor, state: S): S;

  /** The part of a state that is the layer's output, `[N, units]`. */
  protected abstract outputOf(state: S): Tensor;

  /** What a step's input adds to the gates' sums, for rows `[M, features]`: `x weight_ih^T + bias_ih + bias_hh`. */
  protected project(x: Tensor): Tensor {
    const product = x.matmul(this.inputWeight.value.transpose());
    if (!this.inputBias || !this.hiddenBias) return product;
    return product.add(this.inputBias.value.add(this.hiddenBias.value));
  }

  /** Columns of the gates' sums, `[N, gates * units]`, that belong to one gate. */
  protected gate(sums: Tensor, index: number): Tensor {
    return sums.slice([0, index * this.units], [sums.shape[0]!, (index + 1) * this.units]);
  }

  /**
   * Runs on sequences `[N, T, features]`, from a state on (zeros by default). Gives the output, as `forward` does, and the state
   * after the last step, from which to go on.
   */
  run(x: Tensor, state?: S): { readonly output: Tensor; readonly state: S } {
    return this.within(x, () => {
      const [batch, length, features] = this.#sizesOf(x);
      const rows = x.permute([1, 0, 2]).reshape([length * batch, features]);
      const inputs = this.project(rows).reshape([length, batch, this.gates * this.units]);
      const { carry, outputs } = scan(
        (before: S, input: Tensor) => {
          const after = this.next(input, before);
          return { carry: after, output: this.outputOf(after) };
        },
        state ?? this.zeroState(batch),
        inputs,
        { reverse: this.options.reverse ?? false },
      );
      const { returnSequences = true } = this.options;
      return { output: returnSequences ? outputs.permute([1, 0, 2]) : this.outputOf(carry), state: carry };
    });
  }

  /** One step, as in generating: from inputs `[N, features]` and a state to the output `[N, units]` and the next state. */
  step(x: Tensor, state: S): { readonly output: Tensor; readonly state: S } {
    return this.within(x, () => {
      const features = this.inputWeight.shape[1]!;
      if (x.rank !== 2 || x.shape[1] !== features) {
        throw new ShapeError(
          `${this.kind}: the input of a step is ${formatShape(x.shape)}; it must be [batch, ${features}], one element of each sequence`,
        );
      }
      const next = this.next(this.project(x), state);
      return { output: this.outputOf(next), state: next };
    });
  }

  override multiplyAdds(inputShape: Shape): number {
    return sizeOf(inputShape.slice(0, -1)) * this.gates * this.units * (inputShape.at(-1)! + this.units);
  }

  protected override members() {
    return [
      ["weight_ih", this.inputWeight],
      ["weight_hh", this.hiddenWeight],
      ["bias_ih", this.inputBias],
      ["bias_hh", this.hiddenBias],
    ] as const;
  }

  protected override createVariables(inputShape: Shape, context: BuildContext): void {
    const { units, gates } = this;
    const features = inputShape.at(-1);
    // One element alone is what a layer sees that is only used step by step.
    if (features === undefined || inputShape.length > 2) {
      throw new ShapeError(
        `${this.kind}: an example is ${formatShape(inputShape)}, but must be a sequence, [length, features]`,
      );
    }
    const bound = 1 / Math.sqrt(units);
    const { bias = true, initializer = uniform(-bound, bound) } = this.options;
    const create = (name: string, shape: Shape, fanIn: number) =>
      context.variable(name, shape, { initializer, fanIn, fanOut: units });
    this.inputWeight = create("weight_ih", [gates * units, features], features);
    this.hiddenWeight = create("weight_hh", [gates * units, units], units);
    if (!bias) return;
    this.inputBias = create("bias_ih", [gates * units], features);
    this.hiddenBias = create("bias_hh", [gates * units], units);
  }

  protected override compute(x: Tensor): Tensor {
    return this.run(x).output;
  }

  #sizesOf(x: Tensor): readonly [batch: number, length: number, features: number] {
    const features = this.inputWeight.shape[1]!;
    const [batch, length, found] = x.shape;
    if (x.rank !== 3 || found !== features || length === 0) {
      throw new ShapeError(
        `${this.kind}: the input is ${formatShape(x.shape)}; it must be [batch, length, ${features}] with a length of at least 1`,
      );
    }
    return [batch!, length!, features];
  }
}
