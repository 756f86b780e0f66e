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

/**
 * Looks at a word at least this often before a thread goes to sleep (about a microsecond), and how much more often at most (some
 * hundred microseconds at worst).
 */
export const SPINS = { least: 2000, more: 200_000 } as const;

/**
 * `barrier(threads)`: returns when all threads have called it. The last to arrive starts the next generation and wakes the
 * others, which look for a while before they sleep: most barriers are a few microseconds apart, and to be woken takes longer than
 * many a kernel, all the more if the system then puts both threads on one core.
 *
 * How long it is worth looking shows by experience, which each thread keeps in the global `patience`: where the others came while it
 * was looking, it looks longer the next time; where they did not, as when they wait for the very core on which it
 * spins, it gives up earlier.
 *
 * Source: Karlin, Li, Manasse and Owicki, "Empirical studies of competitive spinning for a shared-memory multiprocessor", 1991.
 */
export function emitBarrier(module: ModuleBuilder): FunctionRef {
  const f = module.func("barrier", { params: ["i32"], results: [] });
  const patience = module.global("patience");
  const [generation, spins, limit] = [f.local("i32"), f.local("i32"), f.local("i32")];
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
  f.globalGet(patience);
  f.i32.const(SPINS.least);
  f.i32.add();
  f.set(limit);
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
      f.get(limit);
      f.i32.lt_s();
      f.brIf(again);
      f.i32.const(0);
      f.i32.load(SYNC.maySleep);
      f.i32.eqz();
      f.brIf(again);
      f.globalGet(patience);
      f.i32.const(1);
      f.i32.shr_s();
      f.globalSet(patience);
      f.i32.const(0);
      f.get(generation);
      f.i64.const(-1n);
      f.atomic.wait32(SYNC.generation);
      f.drop();
      f.br(again);
    });
  });
  f.get(spins);
  f.get(limit);
  f.i32.lt_s();
  f.if(() => {
    f.get(limit);
    f.i32.const(SPINS.more);
    f.get(limit);
    f.i32.const(SPINS.more);
    f.i32.lt_s();
    f.select();
    f.globalSet(patience);
  });
  return f;
}
