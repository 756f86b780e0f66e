import { expect, test } from "vitest";
import { explain } from "../../src/compile/explain.js";
import { runPipeline } from "../../src/compile/pipeline.js";
import { verify } from "../../src/graph/verify.js";
import * as e from "../../src/tensor/elementwise.js";
import { checkOrder } from "./kernels.js";
import { randomComputation } from "./random-program.js";
import { input, Random } from "./support.js";

test("the passes run in their order and say what they did", () => {
  const { report } = runPipeline({ outputs: [e.exp(input([3]))], updates: [] }, { verify });
  expect(report.map((line) => line.split(":")[0])).toEqual([
    "simplify",
    "share masks",
    "lower",
    "simplify",
    "fuse",
    "merge",
    "repeat pads",
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
