import { describe, expect, test } from "vitest";
import { explain } from "../../src/compile/explain.js";
import { runPipeline } from "../../src/compile/pipeline.js";
import { withLayer } from "../../src/graph/origin.js";
import { matmul } from "../../src/tensor/contraction.js";
import * as e from "../../src/tensor/elementwise.js";
import * as r from "../../src/tensor/reduction.js";
import { checkOrder } from "./kernels.js";
import { randomComputation } from "./random-program.js";
import { input, Random } from "./support.js";

test("the passes run in their order and say what they did", () => {
  const { report } = runPipeline({ outputs: [e.exp(input([3]))], updates: [] }, { verify: true });
  expect(report.map((line) => line.split(":")[0])).toEqual([
    "simplify",
    "lower",
    "simplify",
    "fuse",
    "merge",
    "plan",
  ]);
  expect(report[0]).toBe("simplify: 2 -> 2 nodes");
});

test("a computation compiles the same way every time", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const computation = randomComputation(new Random(seed), 30);
    const [first, second] = [runPipeline(computation), runPipeline(computation)];
    checkOrder(first.program);
    expect(explain(second)).toBe(explain(first));
    expect(second.plan).toEqual(first.plan);
  }
});

describe("explain", () => {
  const [x, w, b] = [input([8, 3]), input([3, 5]), input([5])];
  const hidden = withLayer("features.0", () => e.maximum(e.add(matmul(x, w), b), 0));
  const lowered = runPipeline({ outputs: [r.sum(hidden, 0)], updates: [] });
  const text = explain(lowered, [true, false], 3);

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
