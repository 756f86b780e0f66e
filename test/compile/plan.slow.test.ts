import { afterAll, describe, expect, test } from "vitest";
import { wasmBackend } from "../../src/backends/wasm/backend.js";
import { checks } from "../../src/backends/wasm/checks.js";
import type { BufferId, Plan, Program } from "../../src/compile/kernel.js";
import { runPipeline } from "../../src/compile/pipeline.js";
import { plan } from "../../src/compile/plan.js";
import type { Computation } from "../../src/graph/computation.js";
import { verify } from "../../src/graph/verify.js";
import { BYTES_PER_ELEMENT } from "../../src/shape/dtype.js";
import { sizeOf } from "../../src/shape/shape.js";
import * as e from "../../src/tensor/elementwise.js";
import * as m from "../../src/tensor/movement.js";
import * as r from "../../src/tensor/reduction.js";
import { fakeKernel, fakeProgram } from "./kernels.js";
import { randomComputation } from "./random-program.js";
import { cellOf, input, Leaves, onBackend, onReference, Random, variable } from "./support.js";

/** Runs through the program and marks each byte of the arena with the buffer whose value it holds. */
function checkPlan(program: Program, { placements, peakBytes, lowerBound }: Plan): void {
  const results = new Set([...program.outputs, ...program.updates.map((update) => update.buffer)]);
  const lastRead = new Map<BufferId, number>();
  program.kernels.forEach((kernel, index) => {
    for (const id of kernel.reads) lastRead.set(id, index);
  });
  const range = (id: BufferId) => {
    const placement = placements[id]!;
    if (placement.kind === "leaf") return undefined;
    return {
      from: placement.offset,
      to: placement.offset + sizeOf(program.buffers[id]!.shape) * BYTES_PER_ELEMENT,
    };
  };
  const alive = new Set<BufferId>();
  program.kernels.forEach((kernel, index) => {
    for (const id of kernel.writes) {
      const mine = range(id);
      if (mine === undefined) continue;
      expect(mine.to).toBeLessThanOrEqual(peakBytes);
      for (const other of alive) {
        const theirs = range(other)!;
        if (mine.from < theirs.to && theirs.from < mine.to)
          throw new Error(`kernel ${index} writes buffer ${id} over buffer ${other}, which is still needed`);
      }
      alive.add(id);
    }
    for (const id of alive) if (!results.has(id) && (lastRead.get(id) ?? -1) <= index) alive.delete(id);
  });
  expect(peakBytes).toBeGreaterThanOrEqual(lowerBound);
}

test("random programs: nothing is written over what is still needed", () => {
  let [close, all] = [0, 0];
  for (let seed = 1; seed <= 200; seed++) {
    const lowered = runPipeline(randomComputation(new Random(seed), 35), { verify });
    checkPlan(lowered.program, lowered.plan);
    all++;
    if (lowered.plan.peakBytes <= 1.25 * lowered.plan.lowerBound) close++;
  }
  expect(close / all, "plans within a quarter of the least possible").toBeGreaterThan(0.9);
});

test("random lifetimes: first fit stays near the least possible", () => {
  for (let seed = 1; seed <= 50; seed++) {
    const random = new Random(seed);
    const sizes = Array.from({ length: 40 }, () => random.integer(1, 5000));
    const kernels = sizes.map((_, id) =>
      fakeKernel(
        Array.from({ length: Math.min(id, 2) }, () => random.integer(Math.max(0, id - 6), id - 1)),
        [id],
      ),
    );
    const program = fakeProgram(sizes, kernels, [39]);
    const placed = plan(program);
    checkPlan(program, placed);
    expect(placed.peakBytes).toBeLessThan(1.6 * placed.lowerBound);
  }
});

test("values that are never alive together share memory", () => {
  // A chain: at any time only the operand and the result of one kernel.
  const program = fakeProgram(
    [1000, 1000, 1000, 1000],
    [fakeKernel([], [0]), fakeKernel([0], [1]), fakeKernel([1], [2]), fakeKernel([2], [3])],
    [3],
  );
  const { peakBytes, lowerBound } = plan(program);
  expect(peakBytes).toBe(lowerBound);
  expect(peakBytes).toBeLessThan(3 * 4000);
});

describe("updates in place", () => {
  const backend = wasmBackend({ threads: 1, checks });
  afterAll(() => backend.close());

  /** Which updates are written straight into their variables, after checking that the values are right. */
  async function inPlace(computation: Computation): Promise<boolean[]> {
    const expected = onReference(computation, new Leaves());
    const actual = await onBackend(backend, computation, new Leaves());
    const lists = (results: typeof expected) =>
      [...results.outputs, ...results.updates].map((value) => Array.from(value, (x) => Math.fround(x)));
    lists(actual).forEach((list, n) => {
      for (const [i, value] of list.entries()) expect(value).toBeCloseTo(lists(expected)[n]![i]!, 5);
    });
    const { program, plan: placed } = runPipeline(computation, { verify });
    return program.updates.map(({ leaf, buffer }) => {
      const placement = placed.placements[buffer]!;
      return placement.kind === "leaf" && placement.leaf === leaf;
    });
  }

  const [a, b, x] = [variable([4, 4]), variable([4, 4]), input([4, 4])];
  const [cellA, cellB] = [cellOf(a), cellOf(b)];

  test("of a variable from itself, element by element", async () => {
    expect(await inPlace({ outputs: [], updates: [{ cell: cellA, value: e.subtract(a, x) }] })).toEqual([
      true,
    ]);
  });

  test("of a variable from something else", async () => {
    expect(await inPlace({ outputs: [], updates: [{ cell: cellA, value: e.exp(x) }] })).toEqual([true]);
  });

  test("not from itself transposed, flipped, sliced or summed", async () => {
    for (const value of [
      m.transpose(a),
      e.add(a, m.transpose(a)),
      e.add(m.flip(a, 0), 1),
      e.add(a, m.slice(a, [0, 0], [1, 4])),
      e.subtract(a, r.max(a, 1, true)),
      e.multiply(a, r.sum(a)),
    ])
      expect(await inPlace({ outputs: [], updates: [{ cell: cellA, value }] })).toHaveLength(1);
    expect(await inPlace({ outputs: [], updates: [{ cell: cellA, value: m.transpose(a) }] })).toEqual([
      false,
    ]);
    expect(await inPlace({ outputs: [], updates: [{ cell: cellA, value: e.add(a, m.flip(a, 0)) }] })).toEqual(
      [false],
    );
  });

  test("not while the old value is still to be read", async () => {
    const computation = {
      outputs: [r.sum(m.transpose(a), 0), a],
      updates: [{ cell: cellA, value: e.add(a, 1) }],
    };
    await inPlace(computation);
  });

  test("two variables that exchange their values", async () => {
    await inPlace({
      outputs: [],
      updates: [
        { cell: cellA, value: b },
        { cell: cellB, value: a },
      ],
    });
  });

  test("two variables that are each made from both", async () => {
    await inPlace({
      outputs: [e.multiply(a, b)],
      updates: [
        { cell: cellA, value: e.add(a, b) },
        { cell: cellB, value: e.subtract(a, b) },
      ],
    });
  });

  test("a variable used through a cheap expression that is computed twice", async () => {
    // Found by the random programs: one kernel stored the new a before another of its values had read the old one.
    const larger = e.maximum(a, b);
    await inPlace({
      outputs: [larger, e.add(larger, a)],
      updates: [
        { cell: cellA, value: larger },
        { cell: cellB, value: e.add(larger, a) },
      ],
    });
  });

  test("two variables with one new value", async () => {
    const value = e.exp(e.add(a, b));
    await inPlace({
      outputs: [value],
      updates: [
        { cell: cellA, value },
        { cell: cellB, value },
      ],
    });
  });

  test("a variable that keeps its value", async () => {
    await inPlace({ outputs: [a], updates: [{ cell: cellA, value: a }] });
  });
});
