import { describe, expect, test } from "vitest";
import type { Program } from "../../src/compile/kernel.js";
import { mergeLoops } from "../../src/compile/merge.js";
import type { Computation } from "../../src/graph/computation.js";
import { matmul } from "../../src/tensor/contraction.js";
import * as e from "../../src/tensor/elementwise.js";
import * as m from "../../src/tensor/movement.js";
import * as r from "../../src/tensor/reduction.js";
import { checkOrder, fused, kinds, outputs } from "./kernels.js";
import { randomComputation } from "./random-program.js";
import { cellOf, input, Random, variable } from "./support.js";

function merged(computation: Computation): Program {
  const program = mergeLoops(fused(computation));
  checkOrder(program);
  return program;
}

describe("siblings", () => {
  test("that read the same array over the same loops become one kernel", () => {
    const x = input([8, 16]);
    const program = merged(outputs(e.sin(x), e.cos(x), e.exp(x)));
    expect(kinds(program)).toEqual(["loop"]);
    expect(program.kernels[0]!.writes).toHaveLength(3);
  });

  test("statistics over the same axes are taken in one pass", () => {
    const x = input([8, 16]);
    const program = merged(outputs(r.sum(x, 1), r.sum(e.multiply(x, x), 1), r.max(x, 1)));
    const [kernel] = program.kernels;
    expect(program.kernels).toHaveLength(1);
    expect(kernel?.kind === "loop" && kernel.nests[0]!.reductions).toHaveLength(3);
  });

  test("also where one keeps its axis as an extent of 1", () => {
    const x = input([8, 16]);
    const mean = r.sum(x, 1, true);
    const program = merged(outputs(mean, r.sum(e.multiply(x, x), 1)));
    const [kernel] = program.kernels;
    expect(program.kernels).toHaveLength(1);
    expect(kernel?.kind === "loop" && kernel.nests[0]!.dims).toEqual([8]);
  });

  test("over other loops stay apart", () => {
    const x = input([8, 16]);
    expect(merged(outputs(r.sum(x, 0), r.sum(x, 1), e.exp(x))).kernels).toHaveLength(3);
  });

  test("that share nothing stay apart", () => {
    expect(merged(outputs(e.exp(input([8])), e.sin(input([8])))).kernels).toHaveLength(2);
  });
});

describe("a consumer and its producer", () => {
  test("become one kernel, and what is used only inside is not stored", () => {
    const x = input([64]);
    const shared = e.exp(x);
    const program = merged(outputs(e.sin(shared), e.cos(shared)));
    expect(program.kernels).toHaveLength(1);
    expect(program.kernels[0]!.writes).toEqual(expect.arrayContaining([...program.outputs]));
    expect(program.kernels[0]!.writes).toHaveLength(2);
  });

  test("stay apart when the consumer reads other elements", () => {
    const shared = e.exp(input([8, 8]));
    const program = merged(outputs(e.add(shared, m.transpose(shared)), e.sin(shared)));
    const writer = program.kernels.findIndex((kernel) => kernel.writes.length > 0);
    expect(program.kernels.length).toBeGreaterThan(1);
    expect(program.kernels[writer]!.writes).not.toContain(program.outputs[0]);
  });

  test("stay apart when something in between needs the one and is needed by the other", () => {
    // exp(x) -> sum -> added to exp(x) again: joining would make the sum wait for itself.
    const shared = e.exp(input([8, 4]));
    const program = merged(outputs(shared, e.add(e.multiply(shared, 2), r.sum(shared))));
    expect(program.kernels).toHaveLength(3);
  });

  test("stay apart when a matrix product lies in between", () => {
    const shared = e.exp(input([8, 8]));
    const product = matmul(shared, shared);
    const program = merged(outputs(shared, product, e.sin(e.add(shared, e.floor(m.flip(product, 0))))));
    expect(kinds(program)).toEqual(["loop", "matmul", "loop"]);
  });
});

test("a joined array takes in what its parts are made of, each value once", () => {
  const [x, y] = [input([8, 4]), input([8, 4])];
  const shared = e.exp(x);
  const joined = m.concatenate([e.multiply(shared, y), e.sin(shared), y], 1);
  const program = merged(outputs(joined, e.add(shared, y)));
  const [kernel] = program.kernels;
  expect(kinds(program)).toEqual(["loop"]);
  expect(kernel?.kind === "loop" && kernel.nests[0]!.stores).toHaveLength(4);
  expect(kernel!.writes).toHaveLength(2);
  // A consumer of one of its parts finds the part's value.
  const reader = merged(outputs(joined, e.cos(m.slice(joined, [0, 4], [8, 8]))));
  expect(kinds(reader)).toEqual(["loop"]);
  // Another part of it is not at hand at the same point.
  expect(merged(outputs(joined, e.cos(m.slice(joined, [0, 1], [8, 5])))).kernels).toHaveLength(2);
});

test("an optimizer's updates of one parameter are one kernel", () => {
  const [parameter, first, second] = [variable([32]), variable([32]), variable([32])];
  const g = input([32]);
  const m1 = e.add(e.multiply(first, 0.9), e.multiply(g, 0.1));
  const m2 = e.add(e.multiply(second, 0.999), e.multiply(e.multiply(g, g), 0.001));
  const value = e.subtract(parameter, e.divide(m1, e.add(e.sqrt(m2), 1e-8)));
  const program = merged({
    outputs: [],
    updates: [
      { cell: cellOf(first), value: m1 },
      { cell: cellOf(second), value: m2 },
      { cell: cellOf(parameter), value },
    ],
  });
  expect(kinds(program)).toEqual(["loop"]);
  expect(program.kernels[0]!.writes).toHaveLength(3);
});

test("random programs stay in order, and every result is still written", () => {
  for (let seed = 1; seed <= 150; seed++) {
    const before = fused(randomComputation(new Random(seed), 30));
    const after = mergeLoops(before);
    checkOrder(after);
    expect(after.kernels.length).toBeLessThanOrEqual(before.kernels.length);
    const written = (program: Program) => new Set(program.kernels.flatMap((kernel) => kernel.writes));
    const results = [...before.outputs, ...before.updates.map((update) => update.buffer)];
    for (const result of results) expect(written(after).has(result)).toBe(written(before).has(result));
    const all = after.kernels.flatMap((kernel) => [...kernel.writes]);
    expect(new Set(all).size, `seed ${seed}: a buffer has two writers`).toBe(all.length);
  }
});
