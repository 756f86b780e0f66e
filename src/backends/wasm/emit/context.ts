import type { BufferId, Placement, Program } from "../../../compile/kernel.js";
import type { FunctionBuilder, Local, ModuleBuilder } from "../assembler/index.js";

/** Positions in the table of addresses that a program is given: arena, scratch, constants, then the leaves. */
export const TABLE = { arena: 0, scratch: 1, constants: 2, leaves: 3 } as const;

/** Parameters of `run` and of every kernel's function. */
export const KERNEL_PARAMETERS = ["i32", "i32", "i32"] as const;

/** What kernels of one program share while they are emitted. */
export class ProgramContext {
  readonly module: ModuleBuilder;
  readonly program: Program;
  readonly placements: readonly Placement[];
  /** Relaxed SIMD's fused multiply-add may be used. */
  readonly fused: boolean;
  /** Steps of a contraction's sum for each turn of its inner loop. */
  readonly unroll: number;
  /** int32 tables that the device writes once, after loading. */
  readonly constants: number[] = [];
  /** Bytes of scratch memory that each thread needs. */
  scratchBytes = 0;

  constructor(
    module: ModuleBuilder,
    program: Program,
    placements: readonly Placement[],
    { fused, unroll }: { readonly fused: boolean; readonly unroll: number },
  ) {
    this.module = module;
    this.program = program;
    this.placements = placements;
    this.fused = fused;
    this.unroll = unroll;
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

/** One kernel's function while it is emitted. */
export class KernelContext {
  readonly shared: ProgramContext;
  readonly f: FunctionBuilder;
  readonly thread: Local;
  readonly threads: Local;
  readonly #table: Local;
  readonly #bases = new Map<string, Local>();

  constructor(shared: ProgramContext, f: FunctionBuilder) {
    this.shared = shared;
    this.f = f;
    this.thread = f.param(0);
    this.threads = f.param(1);
    this.#table = f.param(2);
  }

  get module(): ModuleBuilder {
    return this.shared.module;
  }

  /** Loads the base addresses of all buffers that the kernel uses; call once, before any loop. */
  prepareBases(buffers: Iterable<BufferId>): void {
    for (const id of buffers) this.#base(this.#entry(id));
  }

  /** Loads the addresses of scratch memory and tables; likewise before any loop. */
  prepareTables(used: boolean): void {
    if (!used) return;
    this.#base(TABLE.scratch);
    this.#base(TABLE.constants);
  }

  #entry(id: BufferId): number {
    const placement = this.shared.placements[id]!;
    return placement.kind === "arena" ? TABLE.arena : TABLE.leaves + placement.leaf;
  }

  #base(entry: number): Local {
    const key = String(entry);
    let local = this.#bases.get(key);
    if (local === undefined) {
      local = this.f.local("i32");
      this.f.get(this.#table);
      this.f.i32.load(entry * 4);
      this.f.set(local);
      this.#bases.set(key, local);
    }
    return local;
  }

  /** Pushes the address of element `elements` of a buffer. */
  pushAddress(id: BufferId, elements = 0): void {
    const placement = this.shared.placements[id]!;
    this.f.get(this.#base(this.#entry(id)));
    const bytes = (placement.kind === "arena" ? placement.offset : 0) + elements * 4;
    if (bytes !== 0) {
      this.f.i32.const(bytes);
      this.f.i32.add();
    }
  }

  /** Pushes the address of this thread's scratch memory. */
  pushScratch(): void {
    const { f } = this;
    f.get(this.#base(TABLE.scratch));
    f.get(this.thread);
    // Known only when all kernels have been emitted, hence a global.
    f.globalGet(scratchGlobal(this.shared));
    f.i32.mul();
    f.i32.add();
  }

  /** Pushes the address of a table of constants. */
  pushConstants(offset: number): void {
    this.f.get(this.#base(TABLE.constants));
    this.f.i32.const(offset);
    this.f.i32.add();
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

const scratchGlobals = new WeakMap<ProgramContext, ReturnType<ModuleBuilder["global"]>>();

/** The exported global that holds the bytes of scratch per thread; the device sets it after loading. */
export function scratchGlobal(shared: ProgramContext): ReturnType<ModuleBuilder["global"]> {
  let global = scratchGlobals.get(shared);
  if (global === undefined) {
    global = shared.module.global("scratchBytes", "i32", { initial: 0, mutable: true, export: true });
    scratchGlobals.set(shared, global);
  }
  return global;
}
