import type { Variable } from "../runtime/variable.js";
import { formatShape, type Shape, ShapeError } from "../shape/shape.js";
import { concatenate } from "../tensor/creation.js";
import type { Tensor } from "../tensor/tensor.js";
import type { BuildContext } from "./build-context.js";
import { requireCount } from "./check.js";
import { type Initializer, xavierUniform } from "./init.js";
import { Module } from "./module.js";

/** Gates, in the order of the weight's rows. */
const gates = 5;

/**
 * The cell of a binary Tree-LSTM, for `recurse`: a state is `[h, c]`, hidden and memory, of `units` each, and of the states of
 * two children, `[N, 4 * units]`, it makes that of their parent, `[N, 2 * units]`:
 *
 *     i, f_left, f_right, o = sigmoid(W [h_left, h_right] + b),   u = tanh(W [h_left, h_right] + b)
 *     c = i u + f_left c_left + f_right c_right,   h = o tanh(c)
 *
 * `weight` is `[5 * units, 2 * units]` with the rows of i, f_left, f_right, o and u one after the other, `bias` `[5 * units]`. Both
 * forget gates begin with a bias of 1, so that memory reaches the root from the first step on.
 *
 * Source: Tai, Socher and Manning, "Improved semantic representations from tree-structured long short-term memory networks",
 * 2015, equations 9 to 14, without an input at inner nodes.
 */
export class TreeLstm extends Module {
  readonly kind = "treeLstm";
  readonly units: number;
  weight!: Variable;
  bias!: Variable;

  constructor(units: number) {
    super();
    this.units = requireCount(units, "units", this.kind);
  }

  override reach(): "global" {
    return "global";
  }

  override multiplyAdds(): number {
    return 2 * gates * this.units ** 2;
  }

  protected override createVariables(inputShape: Shape, context: BuildContext): void {
    const { units } = this;
    if (inputShape.length !== 1 || inputShape[0] !== 4 * units) {
      throw new ShapeError(
        `treeLstm: an example is ${formatShape(inputShape)}, but must be [${4 * units}]: hidden and memory of ${units} units, ` +
          "of the left and of the right child",
      );
    }
    const isForget = (row: number) => row >= units && row < 3 * units;
    const biases: Initializer = ([rows = 0]) =>
      Float32Array.from({ length: rows }, (_, row) => (isForget(row) ? 1 : 0));
    const fans = { fanIn: 2 * units, fanOut: units };
    this.weight = context.variable("weight", [gates * units, 2 * units], {
      initializer: xavierUniform,
      ...fans,
    });
    this.bias = context.variable("bias", [gates * units], { initializer: biases, ...fans });
  }

  protected override compute(children: Tensor): Tensor {
    const { units } = this;
    const part = (x: Tensor, index: number) =>
      x.slice([0, index * units], [x.shape[0]!, (index + 1) * units]);
    const [leftHidden, leftMemory, rightHidden, rightMemory] = [0, 1, 2, 3].map((i) => part(children, i));
    const hidden = concatenate([leftHidden!, rightHidden!], 1);
    const sums = hidden.matmul(this.weight.value.transpose()).add(this.bias.value);
    const gate = (index: number) => part(sums, index).sigmoid();
    const memory = gate(0)
      .multiply(part(sums, 4).tanh())
      .add(gate(1).multiply(leftMemory!))
      .add(gate(2).multiply(rightMemory!));
    return concatenate([gate(3).multiply(memory.tanh()), memory], 1);
  }
}

/** The cell of a binary Tree-LSTM; see `TreeLstm`. */
export function treeLstm(units: number): TreeLstm {
  return new TreeLstm(units);
}
