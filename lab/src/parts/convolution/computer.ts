/** The page's side of its Worker. */
import type { Commands } from "./compute.js";
import type { Request } from "./worker.js";

type Answer = { readonly id: number; readonly result?: unknown; readonly error?: string };

interface Job extends Request {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

/** An order that a later one of the same kind has made pointless. */
export class Outdated extends Error {}

/** One request at a time; of those that wait, only the latest of a kind is asked, so that typing never piles up work. */
export class Computer {
  readonly #worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  readonly #waiting = new Map<string, Job>();
  #current: Job | undefined;
  #next = 1;

  constructor() {
    this.#worker.onmessage = ({ data: { id, result, error } }: MessageEvent<Answer>) => {
      const job = this.#current;
      if (job?.id !== id) return;
      this.#current = undefined;
      if (error === undefined) job.resolve(result as never);
      else job.reject(new Error(error));
      this.#send();
    };
    this.#worker.onerror = (event) => {
      this.#current?.reject(new Error(event.message || "the Worker of this page was lost"));
      this.#current = undefined;
      this.#send();
    };
  }

  /** @param kind of orders of one kind, only the latest is wanted; the others are rejected as `Outdated` */
  ask<K extends keyof Commands>(
    kind: string,
    command: K,
    ...[parameters]: Parameters<Commands[K]>
  ): Promise<Awaited<ReturnType<Commands[K]>>> {
    return new Promise((resolve, reject) => {
      this.#waiting.get(kind)?.reject(new Outdated());
      this.#waiting.set(kind, { id: this.#next++, command, parameters, resolve, reject });
      this.#send();
    });
  }

  close(): void {
    this.#worker.terminate();
  }

  #send(): void {
    const [first] = this.#waiting;
    if (this.#current !== undefined || first === undefined) return;
    const [kind, job] = first;
    this.#waiting.delete(kind);
    this.#current = job;
    const { id, command, parameters } = job;
    this.#worker.postMessage({ id, command, parameters });
  }
}
