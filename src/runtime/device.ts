import type { Backend } from "../backends/backend.js";
import { referenceBackend } from "../backends/reference/backend.js";
import { wasmBackend } from "../backends/wasm/backend.js";
import { enqueue } from "./queue.js";

export type BackendName = "wasm" | "reference";

export interface DeviceOptions {
  readonly backend?: BackendName;
  /** Threads of the WebAssembly backend: by default as many as there are cores, one where memory cannot be shared. */
  readonly threads?: number;
  /**
   * Largest tile of Winograd's algorithm, by which the WebAssembly backend computes convolutions of 3 x 3 and 5 x 5 where that
   * is faster. With 4, the default, errors are about ten times those of plain float32 sums; with 2, which leaves out 5 x 5, about
   * as large as these; 0 leaves it out (docs/backends.md gives the measurements).
   */
  readonly winograd?: 0 | 2 | 4;
}

let current: Backend | undefined;

/** The default device, made when first asked for: WebAssembly with all cores. */
export function device(): Backend {
  current ??= wasmBackend({});
  return current;
}

/**
 * Chooses the default device. Compiled functions are compiled again when next called, and variables move when next used.
 * The old device finishes what it was asked for, and then stops its threads.
 */
export function useDevice(options: DeviceOptions): Backend {
  const { backend = "wasm", threads, winograd } = options;
  if (threads !== undefined && (!Number.isInteger(threads) || threads < 1)) {
    throw new RangeError(`useDevice: threads is ${threads}; it must be an integer of at least 1`);
  }
  if (winograd !== undefined && ![0, 2, 4].includes(winograd)) {
    throw new RangeError(`useDevice: winograd is ${winograd}; it must be 0, 2 or 4`);
  }
  const old = current;
  if (old !== undefined) void enqueue(async () => old.close());
  current =
    backend === "reference"
      ? referenceBackend()
      : wasmBackend({
          ...(threads === undefined ? {} : { threads }),
          ...(winograd === undefined ? {} : { winograd }),
        });
  return current;
}
