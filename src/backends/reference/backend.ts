import { nodesOf, structureOf } from "../../compile/structure.js";
import type { Computation } from "../../graph/computation.js";
import { print } from "../../graph/print.js";
import type { Node, NodeOf, TensorType } from "../../graph/types.js";
import { allocate, type TypedArray } from "../../shape/dtype.js";
import { sizeOf } from "../../shape/shape.js";
import type { Backend, Buffer, Executable } from "../backend.js";
import { evaluate } from "./evaluate.js";

/** Keeps float64, so that training on the reference backend is not rounded between steps. */
class ReferenceBuffer implements Buffer {
  readonly shape: TensorType["shape"];
  readonly dtype: TensorType["dtype"];
  data: Float64Array;

  constructor(type: TensorType) {
    this.shape = type.shape;
    this.dtype = type.dtype;
    this.data = new Float64Array(sizeOf(type.shape));
  }

  write(data: TypedArray): void {
    this.data.set(data);
  }

  read(): TypedArray {
    return toTyped(this, this.data);
  }

  release(): void {}
}

function toTyped(type: TensorType, data: Float64Array): TypedArray {
  const result = allocate(type.dtype, data.length);
  result.set(data);
  return result;
}

/** The backend that defines every operation: a plain float64 interpreter of the graph as the user wrote it. */
export function referenceBackend(): Backend {
  return { name: "reference", threads: 1, allocate: (type) => new ReferenceBuffer(type), load, close() {} };
}

function load(computation: Computation): Executable {
  const { outputs, updates } = computation;
  const { leaves } = structureOf(computation);
  const indexOf = new Map<unknown, number>(
    leaves.map((leaf, index) => [leaf.kind === "input" ? leaf.slot : leaf.cell, index]),
  );
  const roots: Node[] = [...outputs, ...updates.map((update) => update.value)];
  const bytes = nodesOf(computation).reduce((total, node) => total + sizeOf(node.shape) * 8, 0);
  return {
    statistics: {
      peakBytes: bytes,
      lowerBoundBytes: bytes,
      kernels: 0,
      compileMilliseconds: 0,
      codeBytes: 0,
    },
    run(buffers) {
      const stored = (key: unknown) => (buffers[indexOf.get(key)!] as ReferenceBuffer).data;
      const leaf = (node: NodeOf<"input"> | NodeOf<"variable">) =>
        stored(node.op === "input" ? node.attributes.slot : node.attributes.cell);
      const values = evaluate(roots, leaf);
      // All values exist before the first variable changes.
      const copies = values.slice(outputs.length).map((value) => value.slice());
      const results = outputs.map((node, i) => toTyped(node, values[i]!));
      for (const [i, { cell }] of updates.entries()) stored(cell).set(copies[i]!);
      return results;
    },
    explain: () => `reference interpreter, no compilation\n${print(roots)}`,
  };
}
