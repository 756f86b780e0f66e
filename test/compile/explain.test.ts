import { describe, expect, test } from "vitest";
import { explain } from "../../src/compile/explain.js";
import { runPipeline } from "../../src/compile/pipeline.js";
import { withLayer } from "../../src/graph/origin.js";
import { matmul } from "../../src/tensor/contraction.js";
import * as e from "../../src/tensor/elementwise.js";
import * as r from "../../src/tensor/reduction.js";
import { input } from "./support.js";

describe("explain", () => {
  const [x, w, b] = [input([8, 3]), input([3, 5]), input([5])];
  const hidden = withLayer("features.0", () => e.maximum(e.add(matmul(x, w), b), 0));
  const lowered = runPipeline({ outputs: [r.sum(hidden, 0)], updates: [] });
  const text = explain(lowered, { isSerial: (kernel) => kernel.kind === "matmul", barriers: 3 });

  test("names every kernel with its loops, layer, work, bytes and places", () => {
    expect(text).toContain("kernel 0 matmul 1 x [8, 3] x [3, 5] + epilogue, one thread");
    expect(text).toContain("(features.0, forward)");
    expect(text).toContain("240 operations");
    expect(text).toContain("kernel 1 loop [5] reducing [8] by sum, 1 stored\n");
    expect(text).toContain("reads float32[8, 3]@leaf 0");
    expect(text).toContain(`emit: ${lowered.program.kernels.length} kernels, 3 barriers`);
  });

  test("says what each pass did", () => {
    for (const line of lowered.report) expect(text).toContain(`pass ${line}`);
  });
});
