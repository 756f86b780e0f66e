import type { BufferId, Kernel, LoopKernel, Plan, Program } from "../../../compile/kernel.js";
import { BYTES_PER_ELEMENT } from "../../../shape/dtype.js";
import { sizeOf } from "../../../shape/shape.js";
import { type FunctionRef, ModuleBuilder } from "../assembler/index.js";
import { emitBarrier } from "./barrier.js";
import { KERNEL_PARAMETERS, KernelContext, ProgramContext, scratchGlobal } from "./context.js";
import { emitConvolution } from "./convolution.js";
import { isSerialConvolution } from "./convolution-common.js";
import { emitConvolutionKernelGradient } from "./convolution-gradient.js";
import {
  emitCumulativeSum,
  emitGather,
  emitScatterAdd,
  isSerialCumulativeSum,
  isSerialGather,
  isSerialScatterAdd,
} from "./indexing.js";
import { emitLoop, isSerialLoop } from "./loop.js";
import { emitMatmul, isSerialMatmul } from "./matmul.js";
import { emitPool, isSerialPool } from "./pool.js";

/** The code of a program, and what it wants from the device. */
export interface EmittedProgram {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** int32 tables to be written once. */
  readonly constants: Int32Array;
  readonly scratchBytes: number;
  /** Kernels that only thread 0 runs, and barriers between kernels. */
  readonly serial: readonly boolean[];
  readonly barriers: number;
}

export interface EmitOptions {
  /** Use relaxed SIMD's fused multiply-add. */
  readonly fused: boolean;
  /** Steps of a contraction's sum for each turn of its inner loop: see `stepsPerTurn`. */
  readonly unroll: number;
  readonly shared: boolean;
  /** Check operand types while emitting; for tests. */
  readonly debug?: boolean;
}

/** Most pages that a device's memory can have: 4 GiB less one page, so that every address fits in 32 bits. */
export const MAXIMUM_PAGES = 65535;

type KernelTable = {
  readonly [K in Kernel["kind"]]: {
    emit(kernel: Extract<Kernel, { kind: K }>, context: KernelContext): void;
    /** Too little work to share. */
    serial(kernel: Extract<Kernel, { kind: K }>): boolean;
  };
};

const kernelTable: KernelTable = {
  loop: { emit: emitLoop, serial: isSerialLoop },
  matmul: { emit: emitMatmul, serial: isSerialMatmul },
  convolution: { emit: emitConvolution, serial: isSerialConvolution },
  convolutionKernelGradient: { emit: emitConvolutionKernelGradient, serial: isSerialConvolution },
  maxPool: { emit: emitPool, serial: isSerialPool },
  maxPoolSelect: { emit: emitPool, serial: isSerialPool },
  maxPoolGradient: { emit: emitPool, serial: isSerialPool },
  gather: { emit: emitGather, serial: isSerialGather },
  scatterAdd: { emit: emitScatterAdd, serial: isSerialScatterAdd },
  cumulativeSum: { emit: emitCumulativeSum, serial: isSerialCumulativeSum },
};

function rowOf(kernel: Kernel): {
  emit(kernel: Kernel, context: KernelContext): void;
  serial(kernel: Kernel): boolean;
} {
  return kernelTable[kernel.kind] as {
    emit(kernel: Kernel, context: KernelContext): void;
    serial(kernel: Kernel): boolean;
  };
}

/**
 * One module for the whole program: a function for each kernel, and `run(thread, threads, table)`, which every thread calls
 * and which goes through the kernels in order, waiting for the other threads only where data crosses between them.
 */
export function emitProgram(program: Program, plan: Plan, options: EmitOptions): EmittedProgram {
  const module = new ModuleBuilder(options.debug ? { debug: true } : { names: true });
  module.importMemory(
    "env",
    "memory",
    options.shared ? { minimum: 1, maximum: MAXIMUM_PAGES, shared: true } : { minimum: 1 },
  );
  const context = new ProgramContext(module, withCopies(program, plan), plan.placements, options);
  scratchGlobal(context);
  const barrier = options.shared ? emitBarrier(module) : undefined;
  const { kernels } = context.program;
  const functions = kernels.map((kernel, index): FunctionRef => {
    // Exported so that a profile can time each on its own.
    const f = module.func(`k${index}`, { params: KERNEL_PARAMETERS, results: [], export: true });
    const inner = new KernelContext(context, f);
    inner.prepareBases([...kernel.reads, ...kernel.writes]);
    inner.prepareTables(kernel.kind !== "loop");
    rowOf(kernel).emit(kernel, inner);
    return f;
  });

  const run = module.func("run", { params: KERNEL_PARAMETERS, results: [], export: true });
  const serial = kernels.map((kernel) => rowOf(kernel).serial(kernel));
  const conflicts = new Conflicts(context.program, plan);
  let barriers = 0;
  const wait = () => {
    if (barrier === undefined) return;
    run.get(run.param(1));
    run.call(barrier);
  };
  kernels.forEach((kernel, index) => {
    if (conflicts.needsBarrier(kernel, serial[index]!)) {
      conflicts.clear();
      barriers++;
      wait();
    }
    conflicts.add(kernel, serial[index]!);
    const call = () => {
      for (let parameter = 0; parameter < 3; parameter++) run.get(run.param(parameter));
      run.call(functions[index]!);
    };
    if (!serial[index]) {
      call();
      return;
    }
    run.get(run.param(0));
    run.i32.eqz();
    run.if(call);
  });
  wait();
  const bytes = module.finish();
  return {
    bytes,
    constants: Int32Array.from(context.constants),
    scratchBytes: context.scratchBytes,
    serial,
    barriers: barriers + 1,
  };
}

/** Adds copies, at the end, of new values that could not be written over the old ones. */
function withCopies(program: Program, plan: Plan): Program {
  const copies = program.updates.flatMap(({ leaf, buffer }): LoopKernel[] => {
    const placement = plan.placements[buffer]!;
    if (placement.kind === "leaf" && placement.leaf === leaf) return [];
    const target = program.buffers.findIndex((candidate) => candidate.leaf === leaf);
    const { shape, dtype } = program.buffers[buffer]!;
    const size = sizeOf(shape);
    if (size === 0) return [];
    const strides = [1];
    const value = { kind: "load", view: { buffer, offset: 0, strides }, dtype } as const;
    const store = { view: { buffer: target, offset: 0, strides }, value };
    return [
      {
        kind: "loop",
        nodes: [],
        nests: [{ dims: [size], reduceDims: [], reductions: [], stores: [store] }],
        reads: [buffer],
        writes: [target],
      },
    ];
  });
  return { ...program, kernels: [...program.kernels, ...copies] };
}

interface Access {
  readonly place: string;
  readonly from: number;
  readonly to: number;
  readonly writes: boolean;
  readonly serial: boolean;
}

/** The memory touched since the last barrier. */
class Conflicts {
  readonly #program: Program;
  readonly #plan: Plan;
  #accesses: Access[] = [];

  constructor(program: Program, plan: Plan) {
    this.#program = program;
    this.#plan = plan;
  }

  #accessesOf(kernel: Kernel, serial: boolean): Access[] {
    const access =
      (writes: boolean) =>
      (id: BufferId): Access => {
        const placement = this.#plan.placements[id]!;
        const size = sizeOf(this.#program.buffers[id]!.shape) * BYTES_PER_ELEMENT;
        return placement.kind === "leaf"
          ? { place: `leaf ${placement.leaf}`, from: 0, to: size, writes, serial }
          : { place: "arena", from: placement.offset, to: placement.offset + size, writes, serial };
      };
    return [...kernel.reads.map(access(false)), ...kernel.writes.map(access(true))];
  }

  /** Whether the kernel touches what another thread may still be writing, or writes what one may still be reading. */
  needsBarrier(kernel: Kernel, serial: boolean): boolean {
    return this.#accessesOf(kernel, serial).some((mine) =>
      this.#accesses.some(
        (other) =>
          (mine.writes || other.writes) &&
          !(mine.serial && other.serial) &&
          mine.place === other.place &&
          mine.from < other.to &&
          other.from < mine.to,
      ),
    );
  }

  add(kernel: Kernel, serial: boolean): void {
    this.#accesses.push(...this.#accessesOf(kernel, serial));
  }

  clear(): void {
    this.#accesses = [];
  }
}
