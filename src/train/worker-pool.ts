import { nodeWorkerThreads } from "../backends/wasm/features.js";

/** A worker of Node or of a browser. */
interface PoolWorker {
  post(message: unknown): void;
  terminate(): void;
  /** Whether the worker keeps the process alive: only while it has a task. */
  keepAlive(wanted: boolean): void;
}

interface Job {
  readonly task: unknown;
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

/** What a worker sends back. */
type Reply = { readonly answer: unknown } | { readonly error: string };

/**
 * Workers that run tasks side by side: whole trainings, say, each on a thread of its own. A worker is a module that calls
 * `serveTasks`; tasks and answers are copied (structured clone). Workers start when there is work for them, and are kept
 * for the next tasks. Since each of them has its own device, it should ask for few threads:
 *
 * ```
 * // worker.js
 * useDevice({ threads: 1 });
 * train.serveTasks(async (task) => trainAndTest(task));
 * // main.js
 * const pool = new train.WorkerPool(new URL("./worker.js", import.meta.url), 2);
 * const scores = await Promise.all(tasks.map((task) => pool.run(task)));
 * pool.close();
 * ```
 */
export class WorkerPool<Task, Answer> {
  readonly #url: URL;
  readonly #size: number;
  readonly #idle: PoolWorker[] = [];
  readonly #busy = new Map<PoolWorker, Job>();
  readonly #waiting: Job[] = [];
  #closed = false;

  /** @param size workers at most, at least 1 */
  constructor(url: URL, size: number) {
    if (!Number.isInteger(size) || size < 1) {
      throw new RangeError(`WorkerPool: size is ${size}; it must be an integer of at least 1`);
    }
    this.#url = url;
    this.#size = size;
  }

  /**
   * Runs a task on the first worker that is free.
   * @throws what the worker's function threw, as an Error; an Error if the worker or the pool ends before it answers
   */
  run(task: Task): Promise<Answer> {
    if (this.#closed) return Promise.reject(new Error("WorkerPool: the pool was closed"));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ task, resolve: (answer) => resolve(answer as Answer), reject });
      this.#next();
    });
  }

  /** Ends the workers at once; tasks without an answer fail. */
  close(): void {
    this.#closed = true;
    for (const worker of [...this.#idle, ...this.#busy.keys()]) worker.terminate();
    const jobs = [...this.#busy.values(), ...this.#waiting];
    this.#idle.length = 0;
    this.#waiting.length = 0;
    this.#busy.clear();
    for (const { reject } of jobs) reject(new Error("WorkerPool: the pool was closed"));
  }

  #next(): void {
    const job = this.#waiting[0];
    if (job === undefined) return;
    const worker = this.#idle.pop() ?? (this.#busy.size < this.#size ? this.#start() : undefined);
    if (worker === undefined) return;
    this.#waiting.shift();
    this.#busy.set(worker, job);
    worker.keepAlive(true);
    worker.post(job.task);
  }

  #onReply(worker: PoolWorker, reply: Reply): void {
    const job = this.#busy.get(worker);
    if (job === undefined) return;
    this.#busy.delete(worker);
    this.#idle.push(worker);
    worker.keepAlive(false);
    if ("error" in reply) job.reject(new Error(reply.error));
    else job.resolve(reply.answer);
    this.#next();
  }

  /** The worker is gone: its task fails, and the next one gets a new worker. */
  #onEnd(worker: PoolWorker, reason: string): void {
    const job = this.#busy.get(worker);
    this.#busy.delete(worker);
    const idle = this.#idle.indexOf(worker);
    if (idle >= 0) this.#idle.splice(idle, 1);
    job?.reject(new Error(`WorkerPool: a worker failed: ${reason}`));
    this.#next();
  }

  #start(): PoolWorker {
    const node = nodeWorkerThreads();
    if (node) {
      const thread = new node.Worker(this.#url);
      const worker: PoolWorker = {
        post: (message) => thread.postMessage(message),
        terminate: () => void thread.terminate(),
        keepAlive: (wanted) => (wanted ? thread.ref() : thread.unref()),
      };
      thread.on("message", (reply) => this.#onReply(worker, reply as Reply));
      thread.on("error", (error) => this.#onEnd(worker, error.message));
      thread.on("exit", (code) => this.#onEnd(worker, `it ended with code ${code}`));
      return worker;
    }
    const thread = new Worker(this.#url, { type: "module" });
    const worker: PoolWorker = {
      post: (message) => thread.postMessage(message),
      terminate: () => thread.terminate(),
      keepAlive() {},
    };
    thread.onmessage = ({ data }: MessageEvent<Reply>) => this.#onReply(worker, data);
    thread.onerror = ({ message }) => {
      thread.terminate();
      this.#onEnd(worker, message);
    };
    return worker;
  }
}

/**
 * To be called once in a `WorkerPool`'s module: answers each task with what `handler` gives.
 * @throws in the main thread, where there is nobody to answer
 */
export function serveTasks<Task, Answer>(handler: (task: Task) => Promise<Answer>): void {
  const reply = async (task: unknown): Promise<Reply> => {
    try {
      return { answer: await handler(task as Task) };
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) };
    }
  };
  const node = nodeWorkerThreads();
  if (node) {
    const port = node.parentPort;
    if (port === null) throw new Error("serveTasks: this is the main thread; call it in a worker's module");
    port.on("message", async (task) => port.postMessage(await reply(task)));
  } else {
    addEventListener("message", async ({ data }) => postMessage(await reply(data)));
  }
}
