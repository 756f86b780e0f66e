import type { FunctionRef, ModuleBuilder } from "../assembler/index.js";

/** Addresses, in bytes, of the words through which threads meet; the device leaves this part of memory alone. */
export const SYNC = {
  /** Threads that have arrived at the current barrier. */
  arrived: 64,
  /** Number of barriers passed. */
  generation: 128,
  /** Changes whenever `runs` or `mail` has changed: the word on which idle workers sleep. */
  command: 192,
  /** Runs started so far: a worker that has done fewer takes part in the next. */
  runs: 196,
  /** Arguments of the current run. */
  program: 200,
  table: 204,
  threads: 208,
  /** Messages sent to each worker so far: one that has received fewer returns to its event loop to get them. */
  mail: 212,
  /** 1 when threads may sleep inside of a barrier; 0 on a page's main thread, which may not. */
  maySleep: 256,
  end: 320,
} as const;

/** Looks at the generation this often before going to sleep: some tens of microseconds. */
const SPINS = 4000;

/**
 * `barrier(threads)`: returns when all threads have called it. The last to arrive starts the next generation and wakes the
 * others, which look for a while before they sleep: most barriers are a few microseconds apart.
 */
export function emitBarrier(module: ModuleBuilder): FunctionRef {
  const f = module.func("barrier", { params: ["i32"], results: [] });
  const [generation, spins] = [f.local("i32"), f.local("i32")];
  f.get(f.param(0));
  f.i32.const(1);
  f.i32.le_s();
  f.if(() => f.return());
  f.i32.const(0);
  f.i32.atomic_load(SYNC.generation);
  f.set(generation);
  f.i32.const(0);
  f.i32.const(1);
  f.i32.atomic_rmw_add(SYNC.arrived);
  f.i32.const(1);
  f.i32.add();
  f.get(f.param(0));
  f.i32.eq();
  f.if(() => {
    f.i32.const(0);
    f.i32.const(0);
    f.i32.atomic_store(SYNC.arrived);
    f.i32.const(0);
    f.i32.const(1);
    f.i32.atomic_rmw_add(SYNC.generation);
    f.drop();
    f.i32.const(0);
    f.i32.const(-1);
    f.atomic.notify(SYNC.generation);
    f.drop();
    f.return();
  });
  f.block((passed) => {
    f.loop((again) => {
      f.i32.const(0);
      f.i32.atomic_load(SYNC.generation);
      f.get(generation);
      f.i32.ne();
      f.brIf(passed);
      f.get(spins);
      f.i32.const(1);
      f.i32.add();
      f.tee(spins);
      f.i32.const(SPINS);
      f.i32.lt_s();
      f.brIf(again);
      f.i32.const(0);
      f.i32.load(SYNC.maySleep);
      f.i32.eqz();
      f.brIf(again);
      f.i32.const(0);
      f.get(generation);
      f.i64.const(-1n);
      f.atomic.wait32(SYNC.generation);
      f.drop();
      f.br(again);
    });
  });
  return f;
}
