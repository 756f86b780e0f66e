import type { BufferId, Plan, Program, ScanKernel } from "../../../compile/kernel.js";
import { BYTES_PER_ELEMENT } from "../../../shape/dtype.js";
import { sizeOf } from "../../../shape/shape.js";
import type { FunctionBuilder, FunctionRef, Global, Local, ModuleBuilder } from "../assembler/index.js";

/** Positions in the table of addresses that a program is given: arena, scratch, constants, then the leaves. */
export const TABLE = { arena: 0, scratch: 1, constants: 2, leaves: 3 } as const;

/** Parameters of `run` and of every kernel's function. */
export const KERNEL_PARAMETERS = ["i32", "i32", "i32"] as const;

/** Where a buffer lies: bytes after an address of the table, and what the counters of the loops around add. */
export interface Location {
  readonly entry: number;
  readonly offset: number;
  readonly steps: readonly LoopOffset[];
  /** The bytes after the entry's address that the buffer takes up, over all steps. */
  readonly from: number;
  readonly to: number;
}

/** `stride` bytes for each step of a loop; `alternates` counts steps modulo 2. */
interface LoopOffset {
  readonly counter: Global;
  readonly stride: number;
  readonly alternates: boolean;
}

/** What all kernels of a module share while they are emitted. */
export class ModuleContext {
  readonly module: ModuleBuilder;
  /** Relaxed SIMD's fused multiply-add may be used. */
  readonly fused: boolean;
  /** Steps of a contraction's sum for each turn of its inner loop. */
  readonly unroll: number;
  /** The device's threads. */
  readonly threads: number;
  /** Returns when all threads have called it; absent where there is but one. */
  readonly barrier: FunctionRef | undefined;
  /** The bytes of scratch memory per thread, known when all is emitted: the device sets it after loading. */
  readonly scratchGlobal: Global;
  /** int32 tables that the device writes once, after loading. */
  readonly constants: number[] = [];
  /** Bytes of scratch memory that each thread needs. */
  scratchBytes = 0;

  constructor(
    module: ModuleBuilder,
    barrier: FunctionRef | undefined,
    { fused, unroll, threads }: Pick<ModuleContext, "fused" | "unroll" | "threads">,
  ) {
    this.module = module;
    this.barrier = barrier;
    this.fused = fused;
    this.unroll = unroll;
    this.threads = threads;
    this.scratchGlobal = module.global("scratchBytes");
  }

  /** Adds a table of int32 and returns its byte offset among the constants. */
  addConstants(values: readonly number[]): number {
    const offset = this.constants.length * 4;
    for (const value of values) this.constants.push(value);
    // Vectors are loaded from tables too.
    while (this.constants.length % 4 !== 0) this.constants.push(0);
    return offset;
  }

  needScratch(bytes: number): void {
    this.scratchBytes = Math.max(this.scratchBytes, Math.ceil(bytes / 64) * 64);
  }
}

/** What the kernels of one program share while they are emitted: the module's own, or the body of a loop. */
export class ProgramContext {
  readonly shared: ModuleContext;
  readonly program: Program;
  readonly #locate: (id: BufferId) => Location;

  constructor(shared: ModuleContext, program: Program, locate: (id: BufferId) => Location) {
    this.shared = shared;
    this.program = program;
    this.#locate = locate;
  }

  locate(id: BufferId): Location {
    return this.#locate(id);
  }

  bytesOf(id: BufferId): number {
    return sizeOf(this.program.buffers[id]!.shape) * BYTES_PER_ELEMENT;
  }
}

/** The context of a program that the device runs. */
export function outermost(shared: ModuleContext, program: Program, { placements }: Plan): ProgramContext {
  const context: ProgramContext = new ProgramContext(shared, program, (id) => {
    const placement = placements[id]!;
    const [entry, offset] =
      placement.kind === "arena" ? [TABLE.arena, placement.offset] : [TABLE.leaves + placement.leaf, 0];
    return { entry, offset, steps: [], from: offset, to: offset + context.bytesOf(id) };
  });
  return context;
}

/** The context of a loop's body: its leaves lie in buffers of the program around it, at places that `counter` moves. */
export function withinLoop(outer: ProgramContext, kernel: ScanKernel, counter: Global): ProgramContext {
  const { program, plan } = kernel.step;
  const context: ProgramContext = new ProgramContext(outer.shared, program, (id) => {
    const placement = plan.placements[id]!;
    if (placement.kind === "arena") {
      const workspace = outer.locate(kernel.workspace);
      const from = workspace.from + placement.offset;
      const offset = workspace.offset + placement.offset;
      return { ...workspace, offset, from, to: from + context.bytesOf(id) };
    }
    const { buffer, offset, stride, alternates } = kernel.leaves[placement.leaf]!;
    const around = outer.locate(buffer);
    const step = { counter, stride: stride * BYTES_PER_ELEMENT, alternates };
    return {
      ...around,
      offset: around.offset + offset * BYTES_PER_ELEMENT,
      steps: stride === 0 ? around.steps : [...around.steps, step],
    };
  });
  return context;
}

/** One kernel's function while it is emitted. */
export class KernelContext {
  readonly program: ProgramContext;
  readonly f: FunctionBuilder;
  readonly thread: Local;
  readonly threads: Local;
  readonly #table: Local;
  readonly #bases = new Map<string, Local>();

  constructor(program: ProgramContext, f: FunctionBuilder) {
    this.program = program;
    this.f = f;
    this.thread = f.param(0);
    this.threads = f.param(1);
    this.#table = f.param(2);
  }

  get shared(): ModuleContext {
    return this.program.shared;
  }

  get module(): ModuleBuilder {
    return this.shared.module;
  }

  /** Loads the base addresses of all buffers that the kernel uses; call once, before any loop. */
  prepareBases(buffers: Iterable<BufferId>): void {
    for (const id of buffers) this.#base(this.program.locate(id));
  }

  /** Loads the addresses of scratch memory and tables; likewise before any loop. */
  prepareTables(used: boolean): void {
    if (!used) return;
    this.#base({ entry: TABLE.scratch, steps: [] });
    this.#base({ entry: TABLE.constants, steps: [] });
  }

  #base({ entry, steps }: Pick<Location, "entry" | "steps">): Local {
    const { f } = this;
    const moves = steps.map(
      ({ counter, stride, alternates }) => `${counter.index}*${stride}${alternates ? "%" : ""}`,
    );
    const key = [entry, ...moves].join("+");
    let local = this.#bases.get(key);
    if (local === undefined) {
      local = f.local("i32");
      f.get(this.#table);
      f.i32.load(entry * 4);
      for (const { counter, stride, alternates } of steps) {
        f.globalGet(counter);
        if (alternates) {
          f.i32.const(1);
          f.i32.and();
        }
        f.i32.const(stride);
        f.i32.mul();
        f.i32.add();
      }
      f.set(local);
      this.#bases.set(key, local);
    }
    return local;
  }

  /** Pushes the address of element `elements` of a buffer. */
  pushAddress(id: BufferId, elements = 0): void {
    const location = this.program.locate(id);
    this.f.get(this.#base(location));
    const bytes = location.offset + elements * 4;
    if (bytes !== 0) {
      this.f.i32.const(bytes);
      this.f.i32.add();
    }
  }

  /** Pushes the address of this thread's scratch memory. */
  pushScratch(): void {
    const { f } = this;
    f.get(this.#base({ entry: TABLE.scratch, steps: [] }));
    f.get(this.thread);
    // Known only when all kernels have been emitted, hence a global.
    f.globalGet(this.shared.scratchGlobal);
    f.i32.mul();
    f.i32.add();
  }

  /** Pushes the address of a table of constants. */
  pushConstants(offset: number): void {
    this.f.get(this.#base({ entry: TABLE.constants, steps: [] }));
    this.f.i32.const(offset);
    this.f.i32.add();
  }

  /**
   * Which of these loops, outermost first, the threads share: the first whose shares are nearly even, mostly that over the images,
   * by which convolutions are shared too, so that an image stays in the cache of one core; otherwise the longest.
   */
  loopToShare(extents: readonly number[]): number {
    const { threads } = this.shared;
    const even = extents.findIndex((extent) => Math.ceil(extent / threads) * threads <= 1.1 * extent);
    return even < 0 ? extents.indexOf(Math.max(...extents)) : even;
  }

  /**
   * Gives this thread its share of `count` units, as locals `from` and `to`. Shares are contiguous. A serial kernel
   * leaves all to thread 0.
   */
  share(count: number, serial: boolean): { from: Local; to: Local } {
    const { f } = this;
    const [from, to] = [f.local("i32"), f.local("i32")];
    if (serial) {
      f.i32.const(0);
      f.set(from);
      f.i32.const(count);
      f.set(to);
      return { from, to };
    }
    const bound = (push: () => void, target: Local) => {
      push();
      f.i64.extend_i32_u();
      f.i64.const(BigInt(count));
      f.i64.mul();
      f.get(this.threads);
      f.i64.extend_i32_u();
      f.i64.div_u();
      f.i32.wrap_i64();
      f.set(target);
    };
    bound(() => f.get(this.thread), from);
    bound(() => {
      f.get(this.thread);
      f.i32.const(1);
      f.i32.add();
    }, to);
    return { from, to };
  }
}
