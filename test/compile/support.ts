import type { Backend } from "../../src/backends/backend.js";
import { evaluate } from "../../src/backends/reference/evaluate.js";
import { structureOf } from "../../src/compile/structure.js";
import { inputSlot, node, variableCell } from "../../src/graph/build.js";
import type { Computation } from "../../src/graph/computation.js";
import type { Node, NodeOf, VariableCell } from "../../src/graph/types.js";
import { allocate, type DType, type TypedArray } from "../../src/shape/dtype.js";
import { type Shape, sizeOf } from "../../src/shape/shape.js";

/** Seeded random numbers (mulberry32); a test that fails names its seed. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = (seed * 0x9e3779b1) | 0;
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** An integer from `low` to `high`, both included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.integer(0, list.length - 1)]!;
  }

  shuffle<T>(list: readonly T[]): T[] {
    const result = [...list];
    for (let i = result.length - 1; i > 0; i--) {
      const j = this.integer(0, i);
      [result[i], result[j]] = [result[j]!, result[i]!];
    }
    return result;
  }
}

/** Small multiples of 1/8 (so that there are ties, and products are exact), small integers, or bits. */
export function values(dtype: DType, size: number, random: Random): TypedArray {
  const data = allocate(dtype, size);
  for (let i = 0; i < size; i++) {
    data[i] =
      dtype === "float32"
        ? random.integer(-16, 16) / 8
        : dtype === "int32"
          ? random.integer(-3, 5)
          : random.integer(0, 1);
  }
  return data;
}

export function input(shape: Shape, dtype: DType = "float32", name = "x"): NodeOf<"input"> {
  return node("input", [], { slot: inputSlot(name, { shape, dtype }) });
}

export function variable(shape: Shape, dtype: DType = "float32", name = "v"): NodeOf<"variable"> {
  return node("variable", [], { cell: variableCell(name, { shape, dtype }) });
}

export function cellOf(of: Node): VariableCell {
  if (of.op !== "variable") throw new Error(`${of.op} is no variable`);
  return of.attributes.cell;
}

/** Values of leaves, by their node's key: made when first asked for, from a seed. */
export class Leaves {
  readonly #values = new Map<unknown, TypedArray>();
  readonly #random: Random;

  constructor(seed = 1) {
    this.#random = new Random(seed);
  }

  set(of: Node, data: ArrayLike<number>): void {
    const array = allocate(of.dtype, data.length);
    array.set(data);
    this.#values.set(keyOf(of), array);
  }

  get = (of: Node): TypedArray => {
    let value = this.#values.get(keyOf(of));
    if (value === undefined) {
      value = values(of.dtype, sizeOf(of.shape), this.#random);
      this.#values.set(keyOf(of), value);
    }
    return value;
  };
}

function keyOf(of: Node): unknown {
  if (of.op === "input") return of.attributes.slot;
  if (of.op === "variable") return of.attributes.cell;
  throw new Error(`${of.op} is no leaf`);
}

export interface Results {
  readonly outputs: readonly ArrayLike<number>[];
  /** New values of the variables, in the order of the updates. */
  readonly updates: readonly ArrayLike<number>[];
}

export function onReference({ outputs, updates }: Computation, leaves: Leaves): Results {
  const roots = [...outputs, ...updates.map((update) => update.value)];
  const results = evaluate(roots, (leaf) => Float64Array.from(leaves.get(leaf as Node)));
  return { outputs: results.slice(0, outputs.length), updates: results.slice(outputs.length) };
}

/** Loads and runs a computation, and reads back what became of the variables. */
export async function onBackend(
  backend: Backend,
  computation: Computation,
  leaves: Leaves,
): Promise<Results> {
  const executable = await backend.load(computation);
  const entries = structureOf(computation).leaves;
  const buffers = entries.map((entry) => {
    const leaf =
      entry.kind === "input"
        ? node("input", [], { slot: entry.slot })
        : node("variable", [], { cell: entry.cell });
    const buffer = backend.allocate(leaf);
    buffer.write(leaves.get(leaf as Node));
    return buffer;
  });
  const outputs = executable.run(buffers);
  const updates = computation.updates.map(({ cell }) => {
    const index = entries.findIndex((entry) => entry.kind === "variable" && entry.cell === cell);
    return buffers[index]!.read();
  });
  // Variables that the program does not assign, and inputs, must stay as they were.
  entries.forEach((entry, index) => {
    const assigned =
      entry.kind === "variable" && computation.updates.some((update) => update.cell === entry.cell);
    if (assigned) return;
    const leaf =
      entry.kind === "input"
        ? node("input", [], { slot: entry.slot })
        : node("variable", [], { cell: entry.cell });
    const [before, after] = [leaves.get(leaf as Node), buffers[index]!.read()];
    if (before.some((value, i) => !Object.is(value, after[i])))
      throw new Error(`leaf ${index} was overwritten though nothing assigns it`);
  });
  for (const buffer of buffers) buffer.release();
  return { outputs, updates };
}
