import { describe, expect, test } from "vitest";
import { grad } from "../../src/autodiff/api.js";
import { wasmBackend } from "../../src/backends/wasm/backend.js";
import { countKernels, explain } from "../../src/compile/explain.js";
import type { ScanKernel } from "../../src/compile/kernel.js";
import { runPipeline } from "../../src/compile/pipeline.js";
import { nodesOf, structureOf } from "../../src/compile/structure.js";
import { operationsOf } from "../../src/compile/work.js";
import type { Computation } from "../../src/graph/computation.js";
import { bodyOf } from "../../src/graph/scan.js";
import { verify } from "../../src/graph/verify.js";
import { topological } from "../../src/graph/walk.js";
import { scan } from "../../src/runtime/scan.js";
import { zeros } from "../../src/tensor/creation.js";
import { Tensor } from "../../src/tensor/tensor.js";
import { input } from "./support.js";

const leaf = (...shape: number[]) => new Tensor(input(shape));

function computation(...outputs: Tensor[]): Computation {
  return { outputs: outputs.map(({ node }) => node), updates: [] };
}

/** The kernels of loops, in order. */
function loopsOf(...outputs: Tensor[]): ScanKernel[] {
  const { program } = runPipeline(computation(...outputs), { verify });
  return program.kernels.flatMap((kernel) => (kernel.kind === "scan" ? [kernel] : []));
}

const kinds = ({ step }: ScanKernel) => step.program.kernels.map(({ kind }) => kind);

/** The gradients of a loss of an LSTM layer, with `weight` [units, 4 units]. */
function lstm(length: number, batch = 4, units = 8) {
  const [x, weight] = [leaf(length, batch, 4 * units), leaf(units, 4 * units)];
  const { carry, outputs } = scan(
    ({ h, c }, input: Tensor) => {
      const sums = h.matmul(weight).add(input);
      const gate = (n: number) => sums.slice([0, n * units], [batch, (n + 1) * units]);
      const next = gate(1)
        .sigmoid()
        .multiply(c)
        .add(gate(0).sigmoid().multiply(gate(2).tanh()));
      return { carry: { h: gate(3).sigmoid().multiply(next.tanh()), c: next } };
    },
    { h: zeros([batch, units]), c: zeros([batch, units]) },
    x,
  );
  expect(outputs).toBeUndefined();
  return grad(carry.h.square().mean(), [x, weight]);
}

describe("one loop", () => {
  const [h, x, w] = [leaf(4, 8), leaf(10, 4, 8), leaf(8, 8)];
  const body = (hidden: Tensor, element: Tensor) => {
    const next = hidden.matmul(w).add(element).tanh();
    return { carry: next, output: next };
  };

  test("computes all of its results", () => {
    const { carry, outputs } = scan(body, h, x);
    const [loop, ...others] = loopsOf(carry, outputs, outputs.sum());
    expect(others).toEqual([]);
    expect(kinds(loop!)).toEqual(["matmul"]);
    expect(loop).toMatchObject({ length: 10, reverse: false });
  });

  test("reads elements and writes states in place: a step copies nothing", () => {
    const [loop] = loopsOf(scan(body, h, x).outputs);
    const size = 4 * 8;
    expect(loop!.leaves).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ offset: 0, stride: size, alternates: false }),
        expect.objectContaining({ offset: size, stride: size, alternates: false }),
      ]),
    );
    const [reversed] = loopsOf(scan(body, h, x, { reverse: true }).outputs);
    expect(reversed!.leaves).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ offset: 10 * size, stride: -size }),
        expect.objectContaining({ offset: 9 * size, stride: -size }),
      ]),
    );
  });

  test("keeps two states, in turn, where only the last one is wanted", () => {
    const [loop] = loopsOf(scan(body, h, x).carry);
    const alternating = loop!.leaves.filter(({ alternates }) => alternates);
    expect(alternating).toMatchObject([
      { offset: 0, stride: 32 },
      { offset: 32, stride: -32 },
    ]);
    expect(kinds(loop!)).toEqual(["matmul"]);
    expect(loop!.before).toHaveLength(1);
    expect(loop!.after).toHaveLength(1);
  });

  test("does nothing for carries on which no result depends", () => {
    const { carry } = scan(
      ({ a, b, c }, element: Tensor) => ({ carry: { a: a.add(element), b: b.multiply(c), c: c.sin() } }),
      { a: h, b: h, c: h },
      x,
    );
    const [one] = loopsOf(carry.a);
    expect(one!.before).toHaveLength(1);
    expect(kinds(one!)).toEqual(["loop"]);
    expect(loopsOf(carry.b)[0]!.before).toHaveLength(2);
  });

  test("reads a sequence as it lies, whatever the order of its steps; other views are copied before", () => {
    const total = (of: Tensor) => {
      const { program } = runPipeline(
        computation(scan((s, e: Tensor) => ({ carry: s.add(e) }), h, of).carry),
      );
      return program.kernels.map(({ kind }) => kind);
    };
    expect(total(x)).toEqual(["scan"]);
    expect(total(x.flip(0))).toEqual(["scan"]);
    expect(total(x.slice([3], [9], [2]))).toEqual(["scan"]);
    expect(total(leaf(4, 10, 8).permute([1, 0, 2]))).toEqual(["loop", "scan"]);
  });

  test("of no steps is none", () => {
    const { carry, outputs } = scan(body, h, leaf(0, 4, 8));
    expect(loopsOf(carry, outputs)).toEqual([]);
  });
});

test("a training step's loops have one product and one elementwise kernel each", () => {
  const [forward, backward] = loopsOf(...lstm(10));
  expect(kinds(forward!)).toEqual(["matmul", "loop"]);
  expect(kinds(backward!)).toEqual(["loop", "matmul"]);
  expect(backward!.reverse).toBe(true);
});

test("explain and the work of a loop cover its steps", () => {
  const lowered = runPipeline(computation(...lstm(10)));
  const text = explain(lowered, { isSerial: () => false, barriers: 3 });
  expect(text).toContain("scan of 10 steps, 2 kernels a step");
  expect(text).toContain("scan of 10 steps, reverse, 2 kernels a step");
  expect(text).toMatch(/ {2}kernel 0 matmul 1 x \[4, 8\] x \[8, 32\] \+ epilogue\n/);
  expect(text).toContain(`${countKernels(lowered.program)} kernels`);
  expect(countKernels(lowered.program)).toBeGreaterThan(lowered.program.kernels.length + 2);
  const loop = lowered.program.kernels.find((kernel) => kernel.kind === "scan")!;
  const product = loop.step.program.kernels.find((kernel) => kernel.kind === "matmul")!;
  expect(operationsOf(loop)).toBeGreaterThan(10 * operationsOf(product));
});

describe("programs of equal structure", () => {
  const key = (length: number, reverse = false, factor = 2) => {
    const { carry, outputs } = scan(
      (s, e: Tensor) => ({ carry: s.add(e), output: s.multiply(factor) }),
      leaf(3),
      leaf(length, 3),
      { reverse },
    );
    return structureOf(computation(carry, outputs)).key;
  };

  test("have the same key, whatever their placeholders", () => {
    expect(key(4)).toBe(key(4));
  });

  test("others have another", () => {
    expect(new Set([key(4), key(5), key(4, true), key(4, false, 3)]).size).toBe(4);
  });

  test("placeholders of bodies are no leaves", () => {
    const { carry } = scan((s, e: Tensor) => ({ carry: s.add(e) }), leaf(3), leaf(4, 3));
    expect(structureOf(computation(carry)).leaves).toHaveLength(2);
  });
});

describe("a thousand steps", () => {
  const backend = wasmBackend({ threads: 1 });

  test("make no larger graph and no larger program than ten", async () => {
    const figures = async (length: number) => {
      const step = computation(...lstm(length));
      const nodes = nodesOf(step).flatMap((node) =>
        node.op === "scan" ? topological(bodyOf(node.attributes)) : [node],
      );
      const { statistics } = await backend.load(step);
      return { nodes: nodes.length, kernels: statistics.kernels, bytes: statistics.codeBytes };
    };
    const [short, long, longer] = [await figures(10), await figures(1000), await figures(10_000)];
    expect(long.nodes).toBe(short.nodes);
    expect(long.kernels).toBe(short.kernels);
    // Products over all steps are cut otherwise when they are long; beyond that, larger numbers take a few bytes more.
    expect(long.bytes).toBeLessThan(1.25 * short.bytes);
    expect(Math.abs(longer.bytes - long.bytes)).toBeLessThan(0.02 * long.bytes);
  });

  test("compile in the time of ten", async () => {
    const time = async (length: number) => {
      const before = performance.now();
      await backend.load(computation(...lstm(length)));
      return performance.now() - before;
    };
    // The best of some, taken in turn, and of more where other programs keep this machine busy.
    let [short, long] = [Infinity, Infinity];
    for (let turn = 0; turn < 40 && (turn < 4 || long > 1.5 * short); turn++) {
      short = Math.min(short, await time(10));
      long = Math.min(long, await time(1000));
    }
    expect(long / short).toBeLessThanOrEqual(1.5);
  });
});
