import type { Kernel } from "../../../compile/kernel.js";
import type { FunctionBuilder, FunctionRef, Global } from "../assembler/index.js";
import type { ProgramContext } from "./context.js";

/** A kernel's function, and what matters when it is called. */
export interface KernelFunction {
  readonly function: FunctionRef;
  /** Only thread 0 runs it. */
  readonly serial: boolean;
  readonly accesses: readonly Access[];
  /** For a loop: what its function calls, and its counter, so that a profile can do the same. */
  readonly loop?: LoopFunctions;
}

export interface LoopFunctions {
  readonly length: number;
  readonly counter: Global;
  readonly before: readonly KernelFunction[];
  readonly step: readonly KernelFunction[];
  readonly after: readonly KernelFunction[];
  /** Barriers that a run passes. */
  readonly barriers: number;
}

/** Bytes from one address of the table on that a kernel touches. */
export interface Access {
  readonly entry: number;
  readonly from: number;
  readonly to: number;
  readonly writes: boolean;
  readonly serial: boolean;
}

export function accessesOf(kernel: Kernel, serial: boolean, context: ProgramContext): Access[] {
  const access = (writes: boolean) => (id: number) => {
    const { entry, from, to } = context.locate(id);
    return { entry, from, to, writes, serial };
  };
  return [...kernel.reads.map(access(false)), ...kernel.writes.map(access(true))];
}

/** Which of the kernels need a barrier before them. `open` is what has been touched since the last one. */
export function placeBarriers(kernels: readonly KernelFunction[], open: Access[]): boolean[] {
  return kernels.map(({ accesses }) => {
    const waits = accesses.some((mine) => open.some((other) => conflict(mine, other)));
    if (waits) open.length = 0;
    open.push(...accesses);
    return waits;
  });
}

/**
 * The same for kernels that are repeated, with a barrier before the first turn: what waits in some turn waits in all, until that
 * changes nothing any more. Leaves in `open` what the last turn has touched since its last barrier.
 */
export function placeRepeatedBarriers(kernels: readonly KernelFunction[], open: Access[]): boolean[] {
  const waits = kernels.map(() => false);
  for (let before = -1, count = 0; before < count; ) {
    before = count;
    open.length = 0;
    for (let turn = 0; turn < 2; turn++) {
      kernels.forEach((kernel, i) => {
        if (waits[i]) open.length = 0;
        if (placeBarriers([kernel], open)[0]) waits[i] = true;
      });
    }
    count = waits.filter((wait) => wait).length;
  }
  return waits;
}

/** Whether one touches what another thread may still be writing, or writes what one may still be reading. */
function conflict(a: Access, b: Access): boolean {
  return (
    (a.writes || b.writes) && !(a.serial && b.serial) && a.entry === b.entry && a.from < b.to && b.from < a.to
  );
}

/** Calls kernels one after the other, with thread, threads and table handed on, and `wait` before those of which `waits` is true. */
export function emitCalls(
  f: FunctionBuilder,
  kernels: readonly KernelFunction[],
  waits: readonly boolean[],
  wait: () => void,
): void {
  kernels.forEach((kernel, i) => {
    if (waits[i]) wait();
    const call = () => {
      for (let parameter = 0; parameter < 3; parameter++) f.get(f.param(parameter));
      f.call(kernel.function);
    };
    if (!kernel.serial) {
      call();
      return;
    }
    f.get(f.param(0));
    f.i32.eqz();
    f.if(call);
  });
}
