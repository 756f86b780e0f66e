import { afterAll, describe, expect, test } from "vitest";
import { grad } from "../../../src/autodiff/api.js";
import { wasmBackend } from "../../../src/backends/wasm/backend.js";
import { structureOf } from "../../../src/compile/structure.js";
import type { Computation } from "../../../src/graph/computation.js";
import { scan } from "../../../src/runtime/scan.js";
import type { Shape } from "../../../src/shape/shape.js";
import { scalar, zeros } from "../../../src/tensor/creation.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { input, Leaves, onBackend, onReference } from "../../compile/support.js";

type Loop = (...inputs: Tensor[]) => Tensor;

const hidden = (weight: Tensor) => (state: Tensor, element: Tensor) => {
  const next = state.matmul(weight).multiply(0.2).add(element).tanh();
  return { carry: next, output: next };
};

/** An LSTM's outputs plus its last cell: states, stacks and final carries at once. */
const lstm: Loop = (h, c, x, weight) => {
  const [batch, units] = h.shape as [number, number];
  const small = weight.multiply(0.1);
  const { carry, outputs } = scan(
    ({ h, c }, element: Tensor) => {
      const sums = h.matmul(small).add(element);
      const gate = (n: number) => sums.slice([0, n * units], [batch, (n + 1) * units]);
      const cell = gate(1)
        .sigmoid()
        .multiply(c)
        .add(gate(0).sigmoid().multiply(gate(2).tanh()));
      const next = gate(3).sigmoid().multiply(cell.tanh());
      return { carry: { h: next, c: cell }, output: next };
    },
    { h, c },
    x,
  );
  return outputs.add(carry.c);
};

const loops: readonly (readonly [name: string, fn: Loop, inputs: readonly Shape[]])[] = [
  [
    "small",
    (h, x, w) => scan(hidden(w), h, x).outputs,
    [
      [2, 3],
      [4, 2, 3],
      [3, 3],
    ],
  ],
  [
    "shared by threads",
    (h, x, w) => scan(hidden(w), h, x).outputs,
    [
      [17, 33],
      [6, 17, 33],
      [33, 33],
    ],
  ],
  [
    "in reverse, from computed operands",
    (h, x, w) => {
      const { carry, outputs } = scan(hidden(w.transpose()), h.square(), x.sin(), { reverse: true });
      return outputs.add(carry);
    },
    [
      [17, 33],
      [5, 17, 33],
      [33, 33],
    ],
  ],
  [
    "an LSTM",
    lstm,
    [
      [9, 16],
      [9, 16],
      [4, 9, 64],
      [16, 64],
    ],
  ],
  [
    "a loop in a loop",
    (h, x, w) => {
      const { outputs } = scan(
        (outer, rows: Tensor) => {
          const inner = scan(
            (s, e: Tensor) => {
              const next = s.multiply(w).add(e).sin();
              return { carry: next, output: next.multiply(outer) };
            },
            outer,
            rows,
          );
          return { carry: inner.carry.add(inner.outputs.sum(0)).tanh(), output: inner.outputs };
        },
        h,
        x,
      );
      return outputs;
    },
    [[40], [3, 4, 40], [40]],
  ],
  [
    "exchange, sums and an index",
    (a, b, x, table) => {
      const { carry, outputs } = scan(
        ({ p, q, n }, e: Tensor) => ({
          carry: { p: q.add(e), q: p.multiply(table.gather(n)), n: n.add(1) },
          output: p.sum().add(q),
        }),
        { p: a, q: b, n: scalar(0, "int32") },
        x,
      );
      return outputs.add(carry.q);
    },
    [[2], [2], [5, 2], [4]],
  ],
  [
    "one value as two carries",
    (a, x) => {
      const { carry } = scan(
        ([p, q], e: Tensor) => {
          const next = p.add(q).multiply(e);
          return { carry: [next, next] };
        },
        [a, zeros([2])],
        x,
      );
      return carry[0].add(carry[1]);
    },
    [[2], [4, 2]],
  ],
];

const settings = [
  { threads: 1, debug: true },
  { threads: 3, debug: true },
];
const backends = settings.map((options) => wasmBackend(options));
afterAll(() => {
  for (const backend of backends) backend.close();
});

const of = (...outputs: Tensor[]): Computation => ({ outputs: outputs.map(({ node }) => node), updates: [] });

describe.each(loops)("%s", (_, fn, shapes) => {
  const inputs = shapes.map((shape) => new Tensor(input(shape)));
  const y = fn(...inputs);
  const first = grad(y.square().mean(), inputs);
  const second = grad(
    first.map((gradient) => gradient.square().sum()).reduce((a, b) => a.add(b)),
    inputs,
  );

  test.each([
    ["with gradients", of(y, ...first)],
    ["with second gradients", of(...first, ...second)],
  ])("%s: as on the reference, and the same bits on any number of threads", async (_, computation) => {
    const expected = onReference(computation, new Leaves(3)).outputs;
    const results: (readonly ArrayLike<number>[])[] = [];
    for (const backend of backends) {
      const { outputs } = await onBackend(backend, computation, new Leaves(3));
      expected.forEach((wanted, n) => {
        const greatest = Math.max(1e-3, ...Array.from(wanted, Math.abs));
        const worst = Math.max(0, ...Array.from(wanted, (value, i) => Math.abs(outputs[n]![i]! - value)));
        expect(worst / greatest).toBeLessThan(3e-5);
      });
      results.push(outputs);
    }
    expect(results[1]).toEqual(results[0]);
  });
});

describe("a loop's program", () => {
  const inputs = [
    [16, 32],
    [16, 32],
    [20, 16, 128],
    [32, 128],
  ].map((shape) => new Tensor(input(shape)));
  const computation = of(
    ...grad(
      lstm(...inputs)
        .square()
        .mean(),
      inputs,
    ),
  );

  test("waits for other threads twice a step, where data crosses between them", async () => {
    const executable = await backends[1]!.load(computation);
    const barriers = Number(/(\d+) barriers/.exec(executable.explain())![1]);
    expect(barriers).toBeGreaterThanOrEqual(2 * 2 * 20);
    expect(barriers).toBeLessThan(2 * 2 * 20 + 20);
  });

  test("that is small runs on one thread, without any", async () => {
    const [h, x] = [new Tensor(input([3])), new Tensor(input([50, 3]))];
    const { carry } = scan((s, e: Tensor) => ({ carry: s.multiply(0.5).add(e).tanh() }), h, x);
    const text = (await backends[1]!.load(of(carry))).explain();
    expect(text).toContain("scan of 50 steps, 1 kernels a step, one thread");
    expect(text).toContain(", 1 barriers");
  });

  test("is timed kernel by kernel, over all steps, and computes as it does when it runs", async () => {
    const leaves = new Leaves(4);
    const executable = await backends[0]!.load(computation);
    const buffers = structureOf(computation).leaves.map((leaf) => {
      const type = leaf.kind === "input" ? leaf.slot : leaf.cell;
      const buffer = backends[0]!.allocate(type);
      const node = inputs.find(({ node }) => node.op === "input" && node.attributes.slot === type)!.node;
      buffer.write(leaves.get(node));
      return buffer;
    });
    const before = executable.run(buffers);
    const timings = executable.profile!(buffers, 3);
    expect(timings).toHaveLength(executable.statistics.kernels);
    const steps = timings.filter(({ kernel }) => kernel.startsWith("20 times "));
    expect(steps.map(({ kernel }) => kernel.replace(/.*(matmul|loop).*/, "$1"))).toEqual(
      expect.arrayContaining(["matmul", "loop", "loop", "matmul"]),
    );
    const product = steps.find(({ kernel }) => kernel.includes("matmul 1 x [16, 32] x [32, 128]"))!;
    expect(product.operations).toBe(20 * 2 * 16 * 32 * 128);
    for (const { milliseconds } of timings) expect(milliseconds).toBeGreaterThanOrEqual(0);
    expect(executable.run(buffers)).toEqual(before);
  });

  test("keeps its temporary values in the plan's arena", async () => {
    const { statistics } = await backends[0]!.load(computation);
    const states = 21 * 16 * 32 * 4;
    expect(statistics.peakBytes).toBeGreaterThan(2 * states);
    expect(statistics.peakBytes).toBeLessThan(20 * states);
  });
});
