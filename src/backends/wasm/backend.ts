import type { WinogradLimit } from "../../compile/algorithms.js";
import { countKernels, explain, timings } from "../../compile/explain.js";
import { type Lowered, type PipelineOptions, runPipeline } from "../../compile/pipeline.js";
import { SLACK } from "../../compile/plan.js";
import type { Computation } from "../../graph/computation.js";
import type { TensorType } from "../../graph/types.js";
import type { DType, TypedArray } from "../../shape/dtype.js";
import { type Shape, sizeOf } from "../../shape/shape.js";
import type { Backend, Buffer, Executable, LoadOptions } from "../backend.js";
import type { Checks } from "./checks.js";
import { SYNC } from "./emit/barrier.js";
import { TABLE } from "./emit/context.js";
import { emitProgram, isSerial, loadEmitters } from "./emit/program.js";
import type { KernelFunction } from "./emit/sequence.js";
import { availableThreads, canShareMemory, hasRelaxedSimd, maySleep, stepsPerTurn } from "./features.js";
import { bytesFor, DeviceMemory } from "./memory.js";
import { ThreadPool } from "./threads.js";

export interface WasmOptions {
  /** All threads, the caller's included; by default one for each core. One where memory cannot be shared. */
  readonly threads?: number;
  /** Use fused multiply-add where the engine has it (the default). */
  readonly fused?: boolean;
  /** Steps of a contraction's sum for each turn of its inner loop; by default what suits the engine. */
  readonly stepsPerTurn?: number;
  /** Greatest tile of Winograd's convolutions: 4 (the default), 2, or 0 for none. */
  readonly winograd?: WinogradLimit;
  /** `checks` of checks.ts: checks graph and operand types while compiling; for tests. */
  readonly checks?: Checks;
}

export function wasmBackend(options: WasmOptions = {}): Backend {
  return new WasmBackend(options);
}

class WasmBuffer implements Buffer {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly address: number;
  readonly #memory: DeviceMemory;
  readonly #size: number;
  #released = false;

  constructor(memory: DeviceMemory, type: TensorType) {
    this.#memory = memory;
    this.shape = type.shape;
    this.dtype = type.dtype;
    this.#size = sizeOf(type.shape);
    this.address = memory.allocate(bytesFor(this.#size) + SLACK);
  }

  write(data: TypedArray): void {
    this.#memory.view(this.address, this.#size, this.dtype).set(data);
  }

  read(): TypedArray {
    return this.#memory.view(this.address, this.#size, this.dtype).slice();
  }

  /** May be called again, for what owned the buffer may be collected later: by then the block can be another's. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#memory.release(this.address);
  }
}

/** A block that grows when a program needs more; what it holds does not outlive a run. */
class Workspace {
  address = 0;
  #bytes = 0;
  readonly #memory: DeviceMemory;

  constructor(memory: DeviceMemory) {
    this.#memory = memory;
  }

  ensure(bytes: number): void {
    if (bytes <= this.#bytes) return;
    if (this.address !== 0) this.#memory.release(this.address);
    this.address = this.#memory.allocate(bytes);
    this.#bytes = bytes;
  }
}

/** Stops the threads of devices that nobody can use any more. */
const abandoned = new FinalizationRegistry<ThreadPool>((pool) => pool.close());

type KernelExport = (thread: number, threads: number, table: number) => void;

/** Runs kernels on one thread, as the program does, and adds up the time that each one takes. */
function timeKernels(
  kernels: readonly KernelFunction[],
  exports: WebAssembly.Exports,
  table: number,
  measured: Map<KernelFunction, number>,
): void {
  for (const kernel of kernels) {
    const { function: f, loop } = kernel;
    if (loop === undefined) {
      const before = performance.now();
      (exports[f.name] as KernelExport)(0, 1, table);
      measured.set(kernel, (measured.get(kernel) ?? 0) + performance.now() - before);
      continue;
    }
    timeKernels(loop.before, exports, table, measured);
    for (let step = 0; step < loop.length; step++) {
      (exports[loop.counter.name] as WebAssembly.Global).value = step;
      timeKernels(loop.step, exports, table, measured);
    }
    timeKernels(loop.after, exports, table, measured);
  }
}

interface Exports {
  readonly run: KernelExport;
  readonly scratchBytes: WebAssembly.Global;
}

/** One WebAssembly module for each program, all in one memory, run by all threads of a pool. */
class WasmBackend implements Backend {
  readonly name = "wasm";
  readonly threads: number;
  readonly #memory: DeviceMemory;
  readonly #pool: ThreadPool;
  readonly #arena: Workspace;
  readonly #scratch: Workspace;
  readonly #fused: boolean;
  readonly #unroll: number;
  readonly #winograd: WinogradLimit;
  readonly #checks: Checks | undefined;
  readonly #released = new FinalizationRegistry<{ program: number; blocks: readonly number[] }>(
    ({ program, blocks }) => {
      for (const block of blocks) this.#memory.release(block);
      this.#pool.forget(program);
    },
  );
  #programs = 0;
  #closed = false;

  constructor(options: WasmOptions) {
    this.#fused = (options.fused ?? true) && hasRelaxedSimd();
    this.#unroll = options.stepsPerTurn ?? stepsPerTurn();
    this.#winograd = options.winograd ?? 4;
    this.#checks = options.checks;
    const shared = canShareMemory();
    this.threads = shared ? Math.max(1, options.threads ?? availableThreads()) : 1;
    this.#memory = new DeviceMemory(shared && this.threads > 1);
    this.#pool = new ThreadPool(this.#memory, this.threads);
    abandoned.register(this, this.#pool);
    this.#arena = new Workspace(this.#memory);
    this.#scratch = new Workspace(this.#memory);
    this.#memory.words(SYNC.maySleep, 1)[0] = maySleep() ? 1 : 0;
  }

  allocate(type: TensorType): Buffer {
    return new WasmBuffer(this.#memory, type);
  }

  load(computation: Computation, { memory }: LoadOptions = {}): Executable | Promise<Executable> {
    if (memory === undefined) return this.#compile(computation);
    // What few programs need is loaded for those that do.
    return import("../../compile/rematerialize.js").then(({ rematerialize }) =>
      this.#compile(computation, (program) => rematerialize(program, memory)),
    );
  }

  #compile(
    computation: Computation,
    rematerialize?: PipelineOptions["rematerialize"],
  ): Executable | Promise<Executable> {
    const started = performance.now();
    const lowered = runPipeline(computation, {
      verify: this.#checks?.graph,
      winograd: this.#winograd,
      rematerialize,
    });
    const emitters = loadEmitters(lowered.program);
    if (emitters === undefined) return this.#assemble(lowered, started);
    return emitters.then(() => this.#assemble(lowered, started));
  }

  #assemble({ program, plan, report }: Lowered, started: number): Executable | Promise<Executable> {
    const emitted = emitProgram(program, plan, {
      fused: this.#fused,
      unroll: this.#unroll,
      threads: this.threads,
      shared: this.#memory.shared,
      check: this.#checks?.operands,
    });
    const module = new WebAssembly.Module(emitted.bytes);
    const instance = new WebAssembly.Instance(module, { env: { memory: this.#memory.memory } });
    const exports = instance.exports as WebAssembly.Exports & Exports;
    exports.scratchBytes.value = emitted.scratchBytes;
    const compileMilliseconds = performance.now() - started;

    const leafCount = program.buffers.filter((buffer) => buffer.leaf !== undefined).length;
    const constants = this.#memory.allocate(emitted.constants.byteLength);
    this.#memory.words(constants, emitted.constants.length).set(emitted.constants);
    const table = this.#memory.allocate((TABLE.leaves + leafCount) * 4);
    const id = this.#programs++;
    // Programs whose kernels are all small run on the calling thread alone.
    const threads = emitted.kernels.every(({ serial }) => serial) ? 1 : this.threads;

    const bind = (leaves: readonly Buffer[]) => {
      this.#arena.ensure(plan.peakBytes + SLACK);
      this.#scratch.ensure(emitted.scratchBytes * threads + SLACK);
      const addresses = this.#memory.words(table, TABLE.leaves + leafCount);
      addresses[TABLE.arena] = this.#arena.address;
      addresses[TABLE.scratch] = this.#scratch.address;
      addresses[TABLE.constants] = constants;
      leaves.forEach((leaf, index) => {
        addresses[TABLE.leaves + index] = (leaf as WasmBuffer).address;
      });
    };
    const executable: Executable = {
      statistics: {
        peakBytes: plan.peakBytes,
        lowerBoundBytes: plan.lowerBound,
        kernels: countKernels(program),
        compileMilliseconds,
        codeBytes: emitted.bytes.length,
      },
      run: (leaves) => {
        if (this.#closed) throw new Error("this device has been closed; choose another with useDevice");
        bind(leaves);
        if (threads > 1) this.#pool.start(id, table);
        exports.run(0, threads, table);
        return program.outputs.map((output) => {
          const { shape, dtype } = program.buffers[output]!;
          const placement = plan.placements[output]!;
          const address =
            placement.kind === "arena"
              ? this.#arena.address + placement.offset
              : (leaves[placement.leaf] as WasmBuffer).address;
          return this.#memory.view(address, sizeOf(shape), dtype).slice();
        });
      },
      profile: (leaves, runs) => {
        bind(leaves);
        const times: number[][] = [];
        for (let turn = 0; turn < runs; turn++) {
          const measured = new Map<KernelFunction, number>();
          timeKernels(emitted.kernels, exports, table, measured);
          [...measured.values()].forEach((time, kernel) => {
            times[kernel] = [...(times[kernel] ?? []), time];
          });
        }
        return timings(program, times);
      },
      explain: () => explain({ program, plan, report }, { isSerial, barriers: emitted.barriers }),
    };
    this.#released.register(executable, { program: id, blocks: [constants, table] });
    if (threads === 1) return executable;
    return this.#pool.load(id, module, emitted.scratchBytes).then(() => executable);
  }

  close(): void {
    this.#closed = true;
    this.#pool.close();
  }
}
