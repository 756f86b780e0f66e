import type { MachineLimits } from "../backends/wasm/limits.js";
import type { KernelTiming } from "../compile/explain.js";

/** Kernels that work for the same layers, taken together. */
export interface LayerTiming {
  /** Path and phase, such as `3 backward`; `-` where there is no layer. */
  readonly layer: string;
  readonly kernels: number;
  readonly milliseconds: number;
  readonly operations: number;
  readonly bytes: number;
}

/** Adds up kernels by the first of the layers that each works for, the slowest layer first. */
export function byLayer(kernels: readonly KernelTiming[]): LayerTiming[] {
  const layers = new Map<string, LayerTiming>();
  for (const { layers: names, milliseconds, operations, bytes } of kernels) {
    const layer = names[0] ?? "-";
    const sum = layers.get(layer) ?? { layer, kernels: 0, milliseconds: 0, operations: 0, bytes: 0 };
    layers.set(layer, {
      layer,
      kernels: sum.kernels + 1,
      milliseconds: sum.milliseconds + milliseconds,
      operations: sum.operations + operations,
      bytes: sum.bytes + bytes,
    });
  }
  return [...layers.values()].sort((a, b) => b.milliseconds - a.milliseconds);
}

type Work = Pick<KernelTiming, "milliseconds" | "operations" | "bytes">;

export const gigaflops = ({ operations, milliseconds }: Work) => operations / milliseconds / 1e6;
export const gigabytes = ({ bytes, milliseconds }: Work) => bytes / milliseconds / 1e6;

/**
 * The least time that one core needs for this work, as a share of the time it took: whichever takes longer, its arithmetic in
 * registers or its arrays through memory. What stays in a cache can pass memory's limit, and Winograd's algorithm, which
 * does with fewer operations than the sums that it stands for, that of arithmetic.
 */
export function shareOfLimit({ milliseconds, operations, bytes }: Work, limits: MachineLimits): number {
  const least = Math.max(operations / limits.operationsPerSecond, bytes / limits.bytesPerSecond);
  return (least * 1000) / milliseconds;
}

/**
 * Kernels as a line of time in Chrome's trace format, for chrome://tracing, Perfetto and others. Times are in microseconds.
 *
 * Source: "Trace Event Format", Google, section "Complete Events".
 */
export function chromeTrace(name: string, kernels: readonly KernelTiming[]): object {
  return {
    displayTimeUnit: "ms",
    traceEvents: [
      { ph: "M", pid: 1, tid: 1, name: "process_name", args: { name } },
      { ph: "M", pid: 1, tid: 1, name: "thread_name", args: { name: "one thread" } },
      ...kernels.map(({ kernel, layers, started, lasted, operations, bytes }) => ({
        ph: "X",
        pid: 1,
        tid: 1,
        name: layers[0] ?? kernel,
        cat: kernel.split(" ", 1)[0],
        ts: started * 1000,
        dur: lasted * 1000,
        args: { kernel, layers, operations, bytes },
      })),
    ],
  };
}
