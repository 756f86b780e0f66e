import type { Buffer } from "../../src/backends/backend.js";
import { evaluate } from "../../src/backends/reference/evaluate.js";
import type { NodeOf } from "../../src/graph/types.js";
import { recordAssignments, type Variable, variableOf } from "../../src/runtime/variable.js";
import { allocate, type TypedArray } from "../../src/shape/dtype.js";
import { sizeOf } from "../../src/shape/shape.js";
import type { Tensor } from "../../src/tensor/tensor.js";

/** A variable's storage in plain memory. */
class HostBuffer implements Buffer {
  readonly shape;
  readonly dtype;
  #data: TypedArray;

  constructor(variable: Variable) {
    this.shape = variable.shape;
    this.dtype = variable.dtype;
    this.#data = allocate(variable.dtype, sizeOf(variable.shape));
  }

  write(data: TypedArray): void {
    this.#data = data.slice();
  }

  read(): TypedArray {
    return this.#data;
  }

  release(): void {}
}

/**
 * Runs steps on the reference evaluator and carries the variables from one to the next in float64, so that
 * trajectories can be compared without the rounding of their float32 storage.
 */
export class Stepper {
  readonly #values = new Map<Variable, Float64Array>();

  /** The variable's value. */
  get(variable: Variable): Float64Array {
    let value = this.#values.get(variable);
    if (value === undefined) {
      const buffer = variable.bufferOn(
        (owner) => new HostBuffer(owner),
        () => true,
      );
      value = new Float64Array(buffer.read());
      this.#values.set(variable, value);
    }
    return value;
  }

  set(variable: Variable, value: ArrayLike<number>): void {
    if (value.length !== variable.size)
      throw new Error(`${variable.name} does not hold ${value.length} values`);
    this.#values.set(variable, Float64Array.from(value));
  }

  /** Evaluates what `step` returns, and carries out the assignments it made. */
  run(step: () => readonly Tensor[]): Float64Array[] {
    const { result, assignments } = recordAssignments(step);
    const roots = [...result.map((tensor) => tensor.node), ...assignments.values()];
    const values = evaluate(roots, (node) => this.#leaf(node)).map((value) => Float64Array.from(value));
    [...assignments.keys()].forEach((variable, i) => {
      this.#values.set(variable, values[result.length + i]!);
    });
    return values.slice(0, result.length);
  }

  /** Carries out the assignments that `step` makes. */
  update(step: () => void): void {
    this.run(() => {
      step();
      return [];
    });
  }

  #leaf(node: NodeOf<"input"> | NodeOf<"variable">): Float64Array {
    if (node.op === "variable") return this.get(variableOf(node.attributes.cell));
    const { data, name } = node.attributes.slot;
    if (data === undefined) throw new Error(`input ${name} has no data`);
    return Float64Array.from(data);
  }
}
