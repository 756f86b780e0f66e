import { ModuleBuilder } from "./assembler/index.js";

/** The parts of Node that are used where it is there, without importing it: browsers bundle this file too. */
interface NodeProcess {
  getBuiltinModule?(name: "node:v8"): { setFlagsFromString(flags: string): void } | undefined;
  getBuiltinModule?(name: "node:os"): { availableParallelism(): number } | undefined;
  getBuiltinModule?(name: "node:worker_threads"): NodeWorkerThreads | undefined;
  readonly versions?: { readonly node?: string; readonly v8?: string };
}

export interface NodeWorker {
  postMessage(message: unknown): void;
  on(event: "message", listener: (message: unknown) => void): void;
  on(event: "error", listener: (error: Error) => void): void;
  on(event: "exit", listener: (code: number) => void): void;
  ref(): void;
  unref(): void;
  terminate(): Promise<number>;
}

interface NodeWorkerThreads {
  readonly Worker: new (source: string | URL, options?: { eval: true }) => NodeWorker;
  /** Where a worker reaches the thread that started it; null in the main thread. */
  readonly parentPort: Pick<NodeWorker, "postMessage" | "on"> | null;
}

const nodeProcess = (globalThis as { process?: NodeProcess }).process;

/** Node's worker threads, when running in Node. */
export function nodeWorkerThreads(): NodeWorkerThreads | undefined {
  return nodeProcess?.versions?.node ? nodeProcess.getBuiltinModule?.("node:worker_threads") : undefined;
}

export function availableThreads(): number {
  const cores = nodeProcess?.getBuiltinModule?.("node:os")?.availableParallelism();
  return cores ?? (typeof navigator === "undefined" ? 1 : navigator.hardwareConcurrency) ?? 1;
}

/** Whether memory can be shared among threads: always in Node, only in cross-origin isolated pages in browsers. */
export function canShareMemory(): boolean {
  if (typeof SharedArrayBuffer === "undefined") return false;
  return (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated !== false;
}

/** A page's main thread must not sleep in Atomics.wait. */
export function maySleep(): boolean {
  return (
    typeof (globalThis as { window?: unknown }).window === "undefined" ||
    nodeProcess?.versions?.node !== undefined
  );
}

/**
 * How many steps of a contraction's sum one turn of its inner loop should hold. Before version 13, V8 gathers the
 * multiply-adds of each sum in a basic block, and its loads at the start: longer blocks then spill registers, and one step
 * is fastest. Engines that keep the order of the code gain from four. (Measured: docs/backends.md.)
 */
export function stepsPerTurn(): number {
  const v8 = Number.parseInt(nodeProcess?.versions?.v8 ?? "", 10);
  return v8 < 13 ? 1 : 4;
}

let fused: boolean | undefined;

/**
 * Whether relaxed SIMD's multiply-add may be used. Node 20 has it behind a flag, which must be set before the first
 * module is compiled.
 */
export function hasRelaxedSimd(): boolean {
  if (fused !== undefined) return fused;
  if (nodeProcess?.versions?.node?.startsWith("20.")) {
    nodeProcess.getBuiltinModule?.("node:v8")?.setFlagsFromString("--experimental-wasm-relaxed-simd");
  }
  const module = new ModuleBuilder();
  const f = module.func("probe", { params: ["v128", "v128", "v128"], results: ["v128"], export: false });
  for (let parameter = 0; parameter < 3; parameter++) f.get(f.param(parameter));
  f.f32x4.relaxed_madd();
  fused = WebAssembly.validate(module.finish());
  return fused;
}
