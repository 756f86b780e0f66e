import type { Buffer } from "../backends/backend.js";
import { node, variableCell } from "../graph/build.js";
import type { Node, VariableCell } from "../graph/types.js";
import { allocate, type DType, type TypedArray } from "../shape/dtype.js";
import { formatShape, type Shape, ShapeError, sameShape, sizeOf } from "../shape/shape.js";
import { Tensor } from "../tensor/tensor.js";

/**
 * The assignments made while a function is traced, or, outside of any trace, those that wait for the next read.
 * A variable that was assigned reads as its new value from then on.
 */
export type Assignments = Map<Variable, Node>;

const waiting: Assignments = new Map();
let current: Assignments = waiting;

/** Runs `build` (synchronously) with a fresh set of assignments, and returns both its result and them. */
export function recordAssignments<T>(build: () => T): { result: T; assignments: Assignments } {
  const saved = current;
  const assignments: Assignments = new Map();
  current = assignments;
  try {
    return { result: build(), assignments };
  } finally {
    current = saved;
  }
}

let refusal: string | undefined;

/** Runs `build` (synchronously), in which assigning a variable is an error that says `reason`. */
export function refuseAssignments<T>(reason: string, build: () => T): T {
  const saved = refusal;
  refusal = reason;
  try {
    return build();
  } finally {
    refusal = saved;
  }
}

/** The assignments made outside of any trace that have not been carried out yet. */
export function waitingAssignments(): Assignments {
  return waiting;
}

const owners = new WeakMap<VariableCell, Variable>();

/** The variable that a graph's cell stands for. */
export function variableOf(cell: VariableCell): Variable {
  const owner = owners.get(cell);
  if (owner === undefined) throw new Error(`variable ${cell.name} does not exist any more`);
  return owner;
}

export interface VariableOptions {
  readonly name?: string;
  readonly dtype?: DType;
  /** False for running statistics and counters, which optimizers must leave alone. */
  readonly trainable?: boolean;
}

/**
 * A named, mutable cell that holds a tensor: a parameter, an optimizer's slot, a running statistic, a counter.
 * Its value lives on the device of the program that last used it, or here until then.
 */
export class Variable {
  readonly cell: VariableCell;
  readonly trainable: boolean;
  /** The value until a device has it: the elements, or what makes them when they are first needed. */
  #host: TypedArray | (() => TypedArray) | undefined;
  #buffer: Buffer | undefined;

  /**
   * @param initial the first value, in row-major order; it is copied. A number fills the shape. A function is called
   *   when the value is first needed, and not at all if it never is: networks too large for the memory at hand can be
   *   built and described.
   */
  constructor(
    shape: Shape,
    initial: ArrayLike<number> | number | (() => ArrayLike<number>),
    options: VariableOptions = {},
  ) {
    const dtype = options.dtype ?? "float32";
    this.cell = variableCell(options.name ?? "variable", { shape, dtype });
    this.trainable = options.trainable ?? true;
    if (typeof initial === "number") this.#host = () => allocate(dtype, this.size).fill(initial);
    else if (typeof initial === "function") this.#host = () => this.#copy(initial());
    else this.#host = this.#copy(initial);
    owners.set(this.cell, this);
  }

  /** Its path in the model, such as `features.0.weight`, or what its owner called it. */
  get name(): string {
    return this.cell.name;
  }

  /** Extents of the axes. */
  get shape(): Shape {
    return this.cell.shape;
  }

  /** Type of the elements. */
  get dtype(): DType {
    return this.cell.dtype;
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** The current value: inside a compiled function, whatever it holds at that point of the function. */
  get value(): Tensor {
    return new Tensor(current.get(this) ?? node("variable", [], { cell: this.cell }));
  }

  /** Sets a new value; shape and dtype must stay. Inside a compiled function it takes effect when the step runs. */
  assign(value: Tensor): void {
    if (refusal !== undefined) throw new Error(`assign: variable ${this.name}: ${refusal}`);
    if (!sameShape(value.shape, this.shape) || value.dtype !== this.dtype) {
      throw new ShapeError(
        `assign: variable ${this.name} is ${this.dtype}${formatShape(this.shape)} and cannot hold ${value.dtype}${formatShape(value.shape)}`,
      );
    }
    current.set(this, value.node);
  }

  /** Reads the value, in row-major order: a copy. */
  data(): Promise<TypedArray> {
    return this.value.data();
  }

  /** Replaces the value at once, from outside of any program. */
  write(data: ArrayLike<number>): void {
    const copy = this.#copy(data);
    waiting.delete(this);
    if (this.#buffer) this.#buffer.write(copy);
    else this.#host = copy;
  }

  /**
   * The storage on a device, moved there if need be.
   * @internal for the runtime
   */
  bufferOn(allocateBuffer: (owner: Variable) => Buffer, isThere: (buffer: Buffer) => boolean): Buffer {
    if (this.#buffer && isThere(this.#buffer)) return this.#buffer;
    const data = this.#buffer?.read() ?? (typeof this.#host === "function" ? this.#host() : this.#host!);
    this.#buffer?.release();
    this.#buffer = allocateBuffer(this);
    this.#buffer.write(data);
    this.#host = undefined;
    return this.#buffer;
  }

  #copy(data: ArrayLike<number>): TypedArray {
    if (data.length !== this.size) {
      throw new ShapeError(
        `variable ${this.name} ${formatShape(this.shape)} holds ${this.size} elements, got ${data.length}`,
      );
    }
    const copy = allocate(this.dtype, data.length);
    copy.set(data);
    return copy;
  }
}
