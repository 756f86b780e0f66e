import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { ModuleBuilder } from "../../../src/backends/wasm/assembler/index.js";
import { emitBarrier, SPINS, SYNC } from "../../../src/backends/wasm/emit/barrier.js";

/** A module with nothing but `run(threads, times)`: so many barriers, one after the other. */
function barriers(): WebAssembly.Module {
  const module = new ModuleBuilder();
  module.importMemory("env", "memory", { minimum: 1, maximum: 1, shared: true });
  const barrier = emitBarrier(module);
  const f = module.func("run", { params: ["i32", "i32"], results: [], export: true });
  const counter = f.local("i32");
  f.forRange(counter, 0, f.param(1), 1, () => {
    f.get(f.param(0));
    f.call(barrier);
  });
  return new WebAssembly.Module(module.finish());
}

/** Another thread that passes so many barriers, each a while after the one before. */
const other = `
const { workerData } = require("node:worker_threads");
const { module, memory, delay, times } = workerData;
const { run } = new WebAssembly.Instance(module, { env: { memory } }).exports;
const never = new Int32Array(new SharedArrayBuffer(4));
for (let i = 0; i < times; i++) {
  if (delay > 0) Atomics.wait(never, 0, 0, delay);
  run(2, 1);
}
`;

async function meet(delay: number, times: number, patience: number): Promise<number> {
  const module = barriers();
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const words = new Int32Array(memory.buffer);
  words[SYNC.maySleep / 4] = 1;
  const instance = new WebAssembly.Instance(module, { env: { memory } });
  const exports = instance.exports as { run(threads: number, times: number): void } & Record<
    "patience",
    WebAssembly.Global
  >;
  exports.patience.value = patience;
  const worker = new Worker(other, { eval: true, workerData: { module, memory, delay, times } });
  exports.run(2, times);
  expect(words[SYNC.generation / 4]).toBe(times);
  expect(words[SYNC.arrived / 4]).toBe(0);
  await worker.terminate();
  return exports.patience.value as number;
}

// On a busy machine this thread may come last to a meeting, and not wait at all: then it meets again.
test("a thread that waits for long sleeps, and looks for half as long the next time", {
  retry: 3,
}, async () => {
  expect(await meet(60, 3, 64_000)).toBe(8000);
});

test("it does not look longer than allowed, however often that pays", async () => {
  expect(await meet(0, 2000, SPINS.more)).toBeLessThanOrEqual(SPINS.more);
});

test("one thread alone passes at once", () => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const { exports } = new WebAssembly.Instance(barriers(), { env: { memory } });
  (exports.run as (threads: number, times: number) => void)(1, 5);
  expect(new Int32Array(memory.buffer)[SYNC.generation / 4]).toBe(0);
});
