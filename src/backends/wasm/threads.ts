import { SYNC } from "./emit/barrier.js";
import { nodeWorkerThreads } from "./features.js";
import type { DeviceMemory } from "./memory.js";
import { workerSource } from "./worker-source.js";

/** A worker of either kind. */
interface Thread {
  post(message: unknown): void;
  terminate(): void;
  /** Whether the thread keeps the process alive: only while something waits for its answer. */
  keepAlive(wanted: boolean): void;
}

/** A program that not all threads have yet. */
interface Loading {
  resolve(): void;
  reject(error: Error): void;
  left: number;
}

/** The threads besides the caller's, which is thread 0. They sleep between programs. */
export class ThreadPool {
  readonly #memory: DeviceMemory;
  readonly #count: number;
  #threads: Thread[] | undefined;
  readonly #loading = new Map<number, Loading>();
  #closed = false;

  /** @param count all threads, the caller's included */
  constructor(memory: DeviceMemory, count: number) {
    this.#memory = memory;
    this.#count = count;
  }

  get count(): number {
    return this.#count;
  }

  /** Gives every thread a program; afterwards `start` may name it. Several may be on their way at once. */
  async load(program: number, module: WebAssembly.Module, scratchBytes: number): Promise<void> {
    if (this.#closed) throw new Error("the device was closed");
    const first = this.#threads === undefined;
    this.#threads ??= Array.from({ length: this.#count - 1 }, () => this.#start());
    const ready = new Promise<void>((resolve, reject) => {
      this.#loading.set(program, { resolve, reject, left: this.#count - 1 });
    });
    for (const thread of this.#threads) thread.keepAlive(true);
    const runs = Atomics.load(this.#sync(), SYNC.runs / 4);
    this.#send((thread) => ({
      program,
      module,
      scratchBytes,
      ...(first ? { memory: this.#memory.memory, thread, runs } : {}),
    }));
    try {
      await ready;
    } finally {
      this.#loading.delete(program);
      if (this.#loading.size === 0) for (const thread of this.#threads ?? []) thread.keepAlive(false);
    }
  }

  /** Lets every thread drop a program that will not run again. */
  forget(program: number): void {
    this.#send(() => ({ program }));
  }

  /** Starts a loaded program on all other threads; the caller runs its own part itself. */
  start(program: number, table: number): void {
    const sync = this.#sync();
    sync[SYNC.program / 4] = program;
    sync[SYNC.table / 4] = table;
    sync[SYNC.threads / 4] = this.#count;
    Atomics.add(sync, SYNC.runs / 4, 1);
    this.#wake(sync);
  }

  close(): void {
    for (const thread of this.#threads ?? []) thread.terminate();
    this.#threads = undefined;
    this.#closed = true;
    this.#onError(new Error("the device was closed"));
  }

  #sync(): Int32Array {
    return this.#memory.words(0, SYNC.end / 4);
  }

  /** Posts a message to each thread and has the idle ones look for it. */
  #send(message: (thread: number) => object): void {
    if (this.#threads === undefined) return;
    const sync = this.#sync();
    const mail = (Atomics.add(sync, SYNC.mail / 4, 1) + 1) | 0;
    this.#threads.forEach((thread, index) => {
      thread.post({ ...message(index + 1), mail });
    });
    this.#wake(sync);
  }

  #wake(sync: Int32Array): void {
    Atomics.add(sync, SYNC.command / 4, 1);
    Atomics.notify(sync, SYNC.command / 4);
  }

  #onReady(program: number): void {
    const loading = this.#loading.get(program);
    if (loading && --loading.left === 0) loading.resolve();
  }

  #onError(error: Error): void {
    for (const { reject } of this.#loading.values())
      reject(new Error(`a worker thread failed: ${error.message}`));
  }

  #start(): Thread {
    const onReady = (message: unknown) => this.#onReady((message as { readonly program: number }).program);
    const node = nodeWorkerThreads();
    if (node) {
      const worker = new node.Worker(workerSource, { eval: true });
      worker.on("message", onReady);
      worker.on("error", (error) => this.#onError(error));
      return {
        post: (message) => worker.postMessage(message),
        terminate: () => void worker.terminate(),
        keepAlive: (wanted) => (wanted ? worker.ref() : worker.unref()),
      };
    }
    const url = URL.createObjectURL(new Blob([workerSource], { type: "text/javascript" }));
    const worker = new Worker(url);
    worker.onmessage = (event: MessageEvent<unknown>) => onReady(event.data);
    worker.onerror = (event) => this.#onError(new Error(event.message));
    return {
      post: (message) => worker.postMessage(message),
      terminate: () => worker.terminate(),
      keepAlive() {},
    };
  }
}
