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
  /** Of the last run, since it began: to draw it as a line of time. */
  readonly started: number;
  readonly lasted: number;
}

/** What the backend adds to an explanation. */
export interface EmissionNotes {
  /** Whether only one thread runs a kernel. */
  isSerial(kernel: Kernel): boolean;
  /** Barriers that a run passes. */
  readonly barriers: number;
}

/** What the compiler did, as text: the passes, then each kernel with its loops, work, bytes and places in memory. */
export function explain({ program, plan, report }: Lowered, notes?: EmissionNotes): string {
  const lines = report.map((line) => `pass ${line}`);
  if (notes) lines.push(`emit: ${kernelsIn(program).length} kernels, ${notes.barriers} barriers`);
  return [...lines, ...explainKernels(program, plan, notes)].join("\n");
}

function explainKernels(program: Program, plan: Plan, notes: EmissionNotes | undefined): string[] {
  return program.kernels.flatMap((kernel, index) => {
    const { operations, bytes } = work(kernel, program);
    const lines = [
      `kernel ${index} ${describe(kernel)}${notes?.isSerial(kernel) ? ", one thread" : ""}`,
      `  computes ${computed(kernel)}`,
      `  ${operations} operations, ${bytes} bytes; reads ${places(kernel.reads, program, plan)}; writes ${places(kernel.writes, program, plan)}`,
      ...("choice" in kernel ? [`  ${kernel.choice}`] : []),
    ];
    if (kernel.kind !== "scan") return lines;
    const { step } = kernel;
    const inner = explainKernels(step.program, step.plan, notes).map((line) => `  ${line}`);
    return [...lines, "  in each step:", ...inner];
  });
}

function computed({ nodes }: Kernel): string {
  if (nodes.length === 0) return "a copy to a variable";
  return nodes
    .map(({ op, origin: { layer, phase } }) => (layer ? `${op} (${layer}, ${phase})` : op))
    .join(", ");
}

/** A kernel that is code of its own, and how often a run of the program calls it. */
interface KernelUse {
  readonly kernel: Kernel;
  readonly program: Program;
  readonly times: number;
}

/** All kernels of a program, those of loops in place of the loops. */
function kernelsIn(program: Program, times = 1): KernelUse[] {
  return program.kernels.flatMap((kernel) => {
    if (kernel.kind !== "scan") return [{ kernel, program, times }];
    const around = (kernels: readonly Kernel[]) => kernels.map((each) => ({ kernel: each, program, times }));
    return [
      ...around(kernel.before),
      ...kernelsIn(kernel.step.program, times * kernel.length),
      ...around(kernel.after),
    ];
  });
}

/** How many kernels a program has, those of loops included. */
export function countKernels(program: Program): number {
  return kernelsIn(program).length;
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
    case "winograd":
    case "winogradKernelGradient":
      return (
        `${kernel.kind} batch ${kernel.batch}, groups ${kernel.groups}, ${kernel.channels} -> ${kernel.filters} channels, ` +
        `kernel ${formatShape(kernel.kernelSpatial)}, output ${formatShape(kernel.outputSpatial)}` +
        ("epilogue" in kernel ? " + epilogue" : "")
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
    case "scan":
      return `scan of ${kernel.length} steps${kernel.reverse ? ", reverse" : ""}, ${countKernels(kernel.step.program)} kernels a step`;
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

/**
 * Medians of measured times, with each kernel's work. `times` has one list for each kernel of `kernelsIn`, of its runs in order;
 * loops are there with what they call, each entry the time of all steps together.
 */
export function timings(program: Program, times: readonly (readonly number[])[]): KernelTiming[] {
  let clock = 0;
  return kernelsIn(program).map(({ kernel, program: own, times: steps }, index): KernelTiming => {
    const list = times[index]!;
    const lasted = list.at(-1) ?? 0;
    const started = clock;
    clock += lasted;
    const sorted = [...list].sort((a, b) => a - b);
    const milliseconds = sorted[sorted.length >> 1] ?? 0;
    // After the program's own kernels come copies of new values into variables.
    if (kernel.nodes.length === 0) {
      const none = { operations: 0, bytes: 0 };
      return { kernel: "copy to variable", layers: [], milliseconds, ...none, started, lasted };
    }
    const layers = [...new Set(kernel.nodes.map(({ origin }) => `${origin.layer || "-"} ${origin.phase}`))];
    const { operations, bytes } = work(kernel, own);
    return {
      kernel: `${steps > 1 ? `${steps} times ` : ""}${describe(kernel)}`,
      layers,
      milliseconds,
      operations: steps * operations,
      bytes: steps * bytes,
      started,
      lasted,
    };
  });
}
