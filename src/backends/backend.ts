import type { KernelTiming } from "../compile/explain.js";
import type { Computation } from "../graph/computation.js";
import type { TensorType } from "../graph/types.js";
import type { TypedArray } from "../shape/dtype.js";

/** Storage on a device for one input, variable or result. */
export interface Buffer extends TensorType {
  write(data: TypedArray): void;
  read(): TypedArray;
  release(): void;
}

/** Figures of a loaded program. */
export interface ProgramStatistics {
  /** Bytes of intermediates at the worst moment: the arena's size. */
  readonly peakBytes: number;
  /** The greatest sum of intermediates alive at once: no arena can be smaller in the order of the kernels. */
  readonly lowerBoundBytes: number;
  readonly kernels: number;
  readonly compileMilliseconds: number;
  /** Size of the generated code, where there is any. */
  readonly codeBytes: number;
}

/** What a program is asked for besides its results. */
export interface LoadOptions {
  /** Most bytes that intermediates may take. What does not fit is computed again when it is needed. */
  readonly memory?: number | undefined;
}

/** A computation made ready for a device. Leaves are bound by position, so that equal structures share one. */
export interface Executable {
  readonly statistics: ProgramStatistics;
  /**
   * Runs once: reads `leaves` (in the order of `leavesOf(computation)`), updates the variables' buffers in place, and
   * returns one fresh array for each output.
   */
  run(leaves: readonly Buffer[]): TypedArray[];
  /**
   * Runs `runs` times on one thread, timing each kernel: the program's own kernels in order. Updates variables, as `run`
   * does. Absent where a backend has no kernels.
   */
  profile?(leaves: readonly Buffer[], runs: number): KernelTiming[];
  /** What each pass did, each kernel's loops, work and memory, as text. */
  explain(): string;
}

/** A device: its unit of work is the program. */
export interface Backend {
  readonly name: string;
  readonly threads: number;
  allocate(type: TensorType): Buffer;
  /** Compiles a computation. May take several turns of the event loop where threads must be told. */
  load(computation: Computation, options?: LoadOptions): Executable | Promise<Executable>;
  /** Stops threads and releases memory. */
  close(): void;
}
