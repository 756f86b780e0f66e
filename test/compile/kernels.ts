import { fuse } from "../../src/compile/fuse.js";
import type { BufferId, Kernel, Program } from "../../src/compile/kernel.js";
import { lower } from "../../src/compile/lower.js";
import { runPipeline } from "../../src/compile/pipeline.js";
import { simplify } from "../../src/compile/simplify.js";
import { structureOf } from "../../src/compile/structure.js";
import type { Computation } from "../../src/graph/computation.js";
import type { Node } from "../../src/graph/types.js";

/** The kernels of a computation before they are merged. */
export function fused(computation: Computation): Program {
  const { leaves } = structureOf(computation);
  return fuse(simplify(lower(simplify(computation))), leaves, runPipeline);
}

export function outputs(...nodes: Node[]): Computation {
  return { outputs: nodes, updates: [] };
}

export function kinds(program: Program): string[] {
  return program.kernels.map((kernel) => kernel.kind);
}

/** A kernel as far as order and memory are concerned. */
export function fakeKernel(reads: readonly BufferId[], writes: readonly BufferId[]): Kernel {
  return { kind: "loop", nodes: [], nests: [], reads, writes };
}

export function fakeProgram(
  sizes: readonly number[],
  kernels: readonly Kernel[],
  results: readonly BufferId[],
): Program {
  return {
    buffers: sizes.map((size) => ({ shape: [size], dtype: "float32" })),
    kernels,
    outputs: results,
    updates: [],
  };
}

/** Throws unless every buffer is written before it is read; leaves have a value from the start. */
export function checkOrder(program: Program): void {
  const written = new Set<BufferId>(
    program.buffers.flatMap((buffer, id) => (buffer.leaf === undefined ? [] : [id])),
  );
  const hasWriter = new Set(program.kernels.flatMap((kernel) => kernel.writes));
  program.kernels.forEach((kernel, index) => {
    for (const read of kernel.reads) {
      if (hasWriter.has(read) && !written.has(read) && !kernel.writes.includes(read))
        throw new Error(`kernel ${index} reads buffer ${read} before it is written`);
    }
    for (const write of kernel.writes) written.add(write);
  });
}
