import { describe, expect, it } from "vitest";
import { byLayer, chromeTrace, shareOfLimit } from "../../src/cli/profile.js";
import type { KernelTiming } from "../../src/compile/explain.js";

const kernel = (layer: string, milliseconds: number, started: number): KernelTiming => ({
  kernel: `loop [${milliseconds}]`,
  layers: layer ? [layer, "other"] : [],
  milliseconds,
  operations: 1e6 * milliseconds,
  bytes: 500,
  started,
  lasted: milliseconds + 0.5,
});

const kernels = [kernel("0 forward", 2, 0), kernel("", 1, 2.5), kernel("0 forward", 4, 4)];

describe("byLayer", () => {
  it("adds up the kernels of a layer, the slowest layer first", () => {
    expect(byLayer(kernels)).toEqual([
      { layer: "0 forward", kernels: 2, milliseconds: 6, operations: 6e6, bytes: 1000 },
      { layer: "-", kernels: 1, milliseconds: 1, operations: 1e6, bytes: 500 },
    ]);
  });
});

describe("shareOfLimit", () => {
  const limits = { operationsPerSecond: 4e9, bytesPerSecond: 1e6, fused: true };

  it("is that of arithmetic or of memory, whichever takes longer", () => {
    // 1e6 operations take 0.25 ms at least, 500 bytes half a millisecond.
    expect(shareOfLimit({ milliseconds: 1, operations: 1e6, bytes: 500 }, limits)).toBeCloseTo(0.5, 12);
    expect(shareOfLimit({ milliseconds: 1, operations: 3e6, bytes: 500 }, limits)).toBeCloseTo(0.75, 12);
  });
});

describe("chromeTrace", () => {
  it("has an event for each kernel, in microseconds, one after the other", () => {
    const { traceEvents } = chromeTrace("net", kernels) as {
      traceEvents: { ph: string; ts: number; dur: number; name: string }[];
    };
    const events = traceEvents.filter(({ ph }) => ph === "X");
    expect(events.map(({ ts, dur }) => [ts, dur])).toEqual([
      [0, 2500],
      [2500, 1500],
      [4000, 4500],
    ]);
    expect(events.map(({ name }) => name)).toEqual(["0 forward", "loop [1]", "0 forward"]);
  });
});
