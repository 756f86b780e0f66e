import { BYTES_PER_ELEMENT } from "../shape/dtype.js";
import { formatShape, sizeOf } from "../shape/shape.js";
import type { BufferId, Kernel, Plan, Program } from "./kernel.js";
import { collapseNest } from "./loops.js";
import type { Lowered } from "./pipeline.js";
import { operationsOf } from "./work.js";

/** One kernel's share of a program's time. */
export interface KernelTiming {
  /** Kind and sizes, such as `matmul 1 x [20, 256] x [256, 10]`. */
  readonly kernel: string;
  /** Paths of the layers that the kernel works for, and their phases. */
  readonly layers: readonly string[];
  /** Median time of one run, on one thread. */
  readonly milliseconds: number;
  /** Arithmetic operations (a multiply-add is two), and bytes of all arrays read and written. */
  readonly operations: number;
  readonly bytes: number;
}

/** What the compiler did, as text: the passes, then each kernel with its loops, work, bytes and places in memory. */
export function explain(lowered: Lowered, serial: readonly boolean[] = [], barriers?: number): string {
  const { program, plan, report } = lowered;
  const lines = report.map((line) => `pass ${line}`);
  if (barriers !== undefined) lines.push(`emit: ${program.kernels.length} kernels, ${barriers} barriers`);
  program.kernels.forEach((kernel, index) => {
    lines.push(`kernel ${index} ${describe(kernel)}${serial[index] ? ", one thread" : ""}`);
    lines.push(
      `  computes ${kernel.nodes.map((node) => `${node.op}${node.origin.layer ? ` (${node.origin.layer}, ${node.origin.phase})` : ""}`).join(", ")}`,
    );
    const { operations, bytes } = work(kernel, program);
    lines.push(
      `  ${operations} operations, ${bytes} bytes; reads ${places(kernel.reads, program, plan)}; writes ${places(kernel.writes, program, plan)}`,
    );
  });
  return lines.join("\n");
}

function describe(kernel: Kernel): string {
  switch (kernel.kind) {
    case "loop":
      return kernel.nests
        .map((nest) => {
          const { dims, reduceDims, reductions, stores } = collapseNest(nest);
          const reduces =
            reductions.length > 0
              ? ` reducing ${formatShape(reduceDims)} by ${reductions.map((r) => r.op).join(", ")}`
              : "";
          return `loop ${formatShape(dims)}${reduces}, ${stores.length} stored`;
        })
        .join("; ");
    case "matmul":
      return `matmul ${kernel.batch} x [${kernel.m}, ${kernel.k}] x [${kernel.k}, ${kernel.n}]${kernel.epilogue ? " + epilogue" : ""}`;
    case "convolution":
    case "convolutionKernelGradient":
      return (
        `${kernel.kind} batch ${kernel.batch}, groups ${kernel.groups}, ${kernel.channels} -> ${kernel.filters} channels, ` +
        `kernel ${formatShape(kernel.kernelSpatial)}, output ${formatShape(kernel.outputSpatial)}` +
        (kernel.kind === "convolution" && kernel.epilogue ? " + epilogue" : "")
      );
    case "maxPool":
    case "maxPoolSelect":
    case "maxPoolGradient":
      return `${kernel.kind} ${kernel.planes} planes, window ${formatShape(kernel.kernelSpatial)}`;
    case "gather":
    case "scatterAdd":
      return `${kernel.kind} ${kernel.count} rows of ${kernel.inner}`;
    case "cumulativeSum":
      return `cumulativeSum over ${kernel.extent}`;
  }
}

function places(ids: readonly BufferId[], program: Program, plan: Plan): string {
  if (ids.length === 0) return "nothing";
  return ids
    .map((id) => {
      const placement = plan.placements[id]!;
      const { dtype, shape } = program.buffers[id]!;
      return `${dtype}${formatShape(shape)}@${placement.kind === "leaf" ? `leaf ${placement.leaf}` : placement.offset}`;
    })
    .join(", ");
}

function work(kernel: Kernel, program: Program): { operations: number; bytes: number } {
  const size = (id: BufferId) => sizeOf(program.buffers[id]!.shape) * BYTES_PER_ELEMENT;
  const bytes = [...new Set([...kernel.reads, ...kernel.writes])].reduce((sum, id) => sum + size(id), 0);
  return { operations: operationsOf(kernel), bytes };
}

/** Medians of measured times, with each kernel's work; `times` has one list for each kernel that was run. */
export function timings(program: Program, times: readonly (readonly number[])[]): KernelTiming[] {
  return times.map((list, index): KernelTiming => {
    const sorted = [...list].sort((a, b) => a - b);
    const milliseconds = sorted[sorted.length >> 1] ?? 0;
    const kernel = program.kernels[index];
    // After the program's own kernels come copies of new values into variables.
    if (kernel === undefined)
      return { kernel: "copy to variable", layers: [], milliseconds, operations: 0, bytes: 0 };
    const layers = [...new Set(kernel.nodes.map(({ origin }) => `${origin.layer || "-"} ${origin.phase}`))];
    return { kernel: describe(kernel), layers, milliseconds, ...work(kernel, program) };
  });
}
