import type { Kernel, PlainKernel, Plan, Program } from "../../../compile/kernel.js";
import { ModuleBuilder, type ModuleOptions } from "../assembler/index.js";
import { emitBarrier } from "./barrier.js";
import {
  KERNEL_PARAMETERS,
  KernelContext,
  ModuleContext,
  outermost,
  type ProgramContext,
} from "./context.js";
import type { KernelRow, KernelTable } from "./kernel-table.js";
import type { laterKernels } from "./later-kernels.js";
import { emitLoop, isSerialLoop } from "./loop.js";
import { emitMatmul, isSerialMatmul } from "./matmul.js";
import { emitScan } from "./scan.js";
import { accessesOf, emitCalls, type KernelFunction, placeBarriers } from "./sequence.js";

/** The code of a program, and what it wants from the device. */
export interface EmittedProgram {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** int32 tables to be written once. */
  readonly constants: Int32Array;
  readonly scratchBytes: number;
  readonly kernels: readonly KernelFunction[];
  /** Barriers that a run passes. */
  readonly barriers: number;
}

export interface EmitOptions {
  /** Use relaxed SIMD's fused multiply-add. */
  readonly fused: boolean;
  /** Steps of a contraction's sum for each turn of its inner loop: see `stepsPerTurn`. */
  readonly unroll: number;
  /** The device's threads. */
  readonly threads: number;
  readonly shared: boolean;
  /** Checks operand types while emitting; for tests. */
  readonly check?: ModuleOptions["check"];
}

/** Most pages that a device's memory can have: 4 GiB less one page, so that every address fits in 32 bits. */
export const MAXIMUM_PAGES = 65535;

type LaterKind = keyof typeof laterKernels;

/** `laterKernels` join when they have been loaded. */
const kernelTable: Omit<KernelTable, LaterKind> & Partial<KernelTable> = {
  loop: { emit: emitLoop, serial: isSerialLoop },
  matmul: { emit: emitMatmul, serial: isSerialMatmul },
};

/** Kernels of a program, and of the steps of its loops. */
function* allKernels(kernels: readonly Kernel[]): Generator<PlainKernel> {
  for (const kernel of kernels) {
    if (kernel.kind === "scan") {
      yield* allKernels([...kernel.before, ...kernel.step.program.kernels, ...kernel.after]);
    } else yield kernel;
  }
}

/**
 * Loads the emitters that a program needs and that are not there yet. Those of windows are a large part of the backend, and pages
 * without convolutions should not have to load them.
 */
export function loadEmitters({ kernels }: Program): Promise<void> | undefined {
  for (const { kind } of allKernels(kernels)) {
    if (kernelTable[kind] === undefined) {
      return import("./later-kernels.js").then(
        ({ laterKernels }) => void Object.assign(kernelTable, laterKernels),
      );
    }
  }
  return undefined;
}

function rowOf(kernel: PlainKernel): KernelRow<Kernel> {
  return kernelTable[kernel.kind] as KernelRow<Kernel>;
}

/** Whether thread 0 alone runs a kernel: it, or each step of it, has too little work to share. */
export function isSerial(kernel: Kernel): boolean {
  if (kernel.kind !== "scan") return rowOf(kernel).serial(kernel);
  return [...kernel.before, ...kernel.step.program.kernels, ...kernel.after].every(isSerial);
}

/**
 * One module for the whole program: a function for each kernel, and `run(thread, threads, table)`, which every thread calls
 * and which goes through the kernels in order, waiting for the other threads only where data crosses between them.
 */
export function emitProgram(program: Program, plan: Plan, options: EmitOptions): EmittedProgram {
  const module = new ModuleBuilder(options);
  module.importMemory(
    "env",
    "memory",
    options.shared ? { minimum: 1, maximum: MAXIMUM_PAGES, shared: true } : { minimum: 1 },
  );
  const shared = new ModuleContext(module, options.shared ? emitBarrier(module) : undefined, options);
  const kernels = emitKernels(program.kernels, outermost(shared, program, plan), "k");

  const run = module.func("run", { params: KERNEL_PARAMETERS, results: [], export: true });
  const waits = placeBarriers(kernels, []);
  const wait = () => {
    if (shared.barrier === undefined) return;
    run.get(run.param(1));
    run.call(shared.barrier);
  };
  emitCalls(run, kernels, waits, wait);
  wait();
  const barriers = kernels.reduce((sum, { loop }, i) => sum + (waits[i] ? 1 : 0) + (loop?.barriers ?? 0), 1);
  const bytes = module.finish();
  const { constants, scratchBytes } = shared;
  return { bytes, constants: Int32Array.from(constants), scratchBytes, kernels, barriers };
}

/** Exported, so that a profile can time each on its own. */
function emitKernels(
  kernels: readonly Kernel[],
  context: ProgramContext,
  prefix: string,
): readonly KernelFunction[] {
  return kernels.map((kernel, index): KernelFunction => {
    const f = context.shared.module.func(`${prefix}${index}`, {
      params: KERNEL_PARAMETERS,
      results: [],
      export: true,
    });
    const serial = isSerial(kernel);
    const accesses = accessesOf(kernel, serial, context);
    if (kernel.kind === "scan")
      return { function: f, serial, accesses, loop: emitScan(kernel, context, f, serial, emitKernels) };
    const inner = new KernelContext(context, f);
    inner.prepareBases([...kernel.reads, ...kernel.writes]);
    inner.prepareTables(kernel.kind !== "loop");
    rowOf(kernel).emit(kernel, inner);
    return { function: f, serial, accesses };
  });
}
