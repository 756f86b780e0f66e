import { expect, test } from "vitest";
import { mergeLoops } from "../../src/compile/merge.js";
import { plan } from "../../src/compile/plan.js";
import { schedule } from "../../src/compile/schedule.js";
import { checkOrder, fakeKernel, fakeProgram, fused } from "./kernels.js";
import { randomComputation } from "./random-program.js";
import { Random } from "./support.js";

test("every buffer is written before it is read, and no kernel is lost", () => {
  for (let seed = 1; seed <= 150; seed++) {
    const before = mergeLoops(fused(randomComputation(new Random(seed), 30)));
    const after = schedule(before);
    checkOrder(after);
    expect(new Set(after.kernels)).toEqual(new Set(before.kernels));
    expect(after.kernels).toHaveLength(before.kernels.length);
  }
});

test("large values die before others are born", () => {
  // Four large values, each summed to a small one. Written down breadth first, all four would be alive at once.
  const large = [0, 1, 2, 3];
  const small = [4, 5, 6, 7];
  const program = fakeProgram(
    [...large.map(() => 10_000), ...small.map(() => 10), 10],
    [
      ...large.map((id) => fakeKernel([], [id])),
      ...small.map((id, n) => fakeKernel([large[n]!], [id])),
      fakeKernel(small, [8]),
    ],
    [8],
  );
  const scheduled = schedule(program);
  expect(plan(program).peakBytes).toBeGreaterThan(160_000);
  expect(plan(scheduled).peakBytes).toBeLessThan(50_000);
});

test("of equals, the earliest comes first", () => {
  const kernels = [fakeKernel([], [0]), fakeKernel([], [1]), fakeKernel([], [2])];
  expect(schedule(fakeProgram([4, 4, 4], kernels, [0, 1, 2])).kernels).toEqual(kernels);
});

test("kernels that wait for each other are a mistake that is reported", () => {
  const program = fakeProgram([4, 4], [fakeKernel([1], [0]), fakeKernel([0], [1])], [0]);
  expect(() => schedule(program)).toThrow("circle");
});
