import { afterAll, describe, expect, test } from "vitest";
import { wasmBackend } from "../../../src/backends/wasm/backend.js";
import { checks } from "../../../src/backends/wasm/checks.js";
import { node } from "../../../src/graph/build.js";
import type { Computation } from "../../../src/graph/computation.js";
import type { Node } from "../../../src/graph/types.js";
import { convolution, matmul, maxPool } from "../../../src/tensor/contraction.js";
import * as e from "../../../src/tensor/elementwise.js";
import * as m from "../../../src/tensor/movement.js";
import * as r from "../../../src/tensor/reduction.js";
import { input, Leaves, onBackend, onReference } from "../../compile/support.js";

/** Without Winograd's algorithm, which is not exact and has tests of its own. */
const backends = [
  wasmBackend({ threads: 1, fused: false, winograd: 0, checks }),
  wasmBackend({ threads: 3, winograd: 0, checks }),
];
afterAll(() => {
  for (const backend of backends) backend.close();
});

/** Compares on all backends; leaves are multiples of 1/8, so that sums of products are exact. */
async function agree(roots: Node[], tolerance = 0): Promise<void> {
  const computation: Computation = { outputs: roots, updates: [] };
  const expected = onReference(computation, new Leaves(3));
  for (const backend of backends) {
    const actual = await onBackend(backend, computation, new Leaves(3));
    expected.outputs.forEach((wanted, n) => {
      const got = actual.outputs[n]!;
      expect(got.length).toBe(wanted.length);
      for (let i = 0; i < wanted.length; i++) {
        if (!(Math.abs(got[i]! - wanted[i]!) <= tolerance * Math.max(1, Math.abs(wanted[i]!))))
          expect.fail(`output ${n} [${roots[n]!.shape}], element ${i}: ${got[i]} instead of ${wanted[i]}`);
      }
    });
  }
}

const SIZES = [1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 33];

describe("matrix products", () => {
  // All sizes of one m in one program, so that the whole cube is quick.
  test.each(SIZES)("of %i rows with all of n and k", async (rows) => {
    const products = SIZES.flatMap((n) => SIZES.map((k) => matmul(input([rows, k]), input([k, n]))));
    await agree(products);
  });

  test("of long sums and large operands, in several passes", async () => {
    const [a, b] = [input([70, 1300]), input([1300, 21])];
    const bias = input([21]);
    await agree([
      matmul(a, b),
      e.add(matmul(input([9, 1025]), input([1025, 8])), 1),
      e.maximum(e.add(matmul(input([70, 1300]), input([1300, 21])), m.broadcastTo(bias, [70, 21])), 0),
      // What the epilogue makes is no float: the sums cannot lie in the result.
      e.greater(matmul(input([6, 1500]), input([1500, 12])), 0),
      matmul(input([2, 40, 2100]), input([2, 2100, 30])),
      // Five panels in groups of two; panels so long that none is kept.
      matmul(input([2, 60, 1500]), input([2, 1500, 36])),
      matmul(input([9, 33_000]), input([33_000, 12])),
    ]);
  });

  test("of operands that are moved in every way", async () => {
    for (const [rows, k, n] of [
      [5, 7, 9],
      [16, 8, 24],
      [33, 17, 12],
    ] as const) {
      const lefts: Node[] = [
        input([rows, k]),
        m.transpose(input([k, rows])),
        m.slice(input([rows * 2, k + 3]), [1, 2], [rows * 2, k + 2], [2, 1]),
        m.slice(input([rows, k * 3]), [0, 1], [rows, k * 3], [1, 3]),
        m.flip(input([rows, k]), 0),
        m.flip(input([rows, k]), 1),
        m.broadcastTo(input([1, k]), [rows, k]),
        m.broadcastTo(input([rows, 1]), [rows, k]),
        m.reshape(input([rows * k]), [rows, k]),
      ];
      const rights: Node[] = [
        input([k, n]),
        m.transpose(input([n, k])),
        m.slice(input([k + 1, n + 5]), [1, 3], [k + 1, n + 3]),
        m.flip(m.transpose(input([n, k])), 1),
        m.broadcastTo(input([1, n]), [k, n]),
        m.broadcastTo(input([k, 1]), [k, n]),
      ];
      await agree(lefts.flatMap((left) => rights.map((right) => matmul(left, right))));
    }
  });

  test("in batches, with operands shared by the whole batch", async () => {
    const [a, b] = [input([6, 5, 7]), input([6, 7, 9])];
    await agree([
      matmul(a, b),
      matmul(a, m.broadcastTo(input([1, 7, 9]), [6, 7, 9])),
      matmul(m.broadcastTo(input([1, 5, 7]), [6, 5, 7]), b),
      matmul(m.permute(input([7, 6, 5]), [1, 2, 0]), b),
      matmul(input([2, 3, 4, 5]), input([2, 3, 5, 6])),
    ]);
  });

  test("with epilogues in every shape of tail", async () => {
    const roots = [1, 3, 4, 6, 8, 11, 13].map((n) => {
      const [x, w, bias, scale] = [input([10, 5]), input([5, n]), input([n]), input([10, 1])];
      return e.maximum(e.multiply(e.add(matmul(x, w), bias), scale), input([10, n]));
    });
    await agree(roots);
  });

  test("large enough for several units of work on every thread", async () => {
    await agree([matmul(input([130, 70]), input([70, 101]))]);
    await agree([matmul(input([257, 33]), input([33, 5]))]);
    await agree([matmul(input([3, 200]), input([200, 300]))]);
  });

  test("without elements to sum give zeros", async () => {
    await agree([matmul(input([3, 0]), input([0, 5])), matmul(input([0, 3]), input([3, 5]))]);
  });
});

describe("convolutions", () => {
  const cases = [
    { x: [2, 3, 9, 11], kernel: [5, 3, 3, 3], options: {} },
    { x: [1, 1, 24, 24], kernel: [8, 1, 5, 5], options: { padding: "same" as const } },
    { x: [2, 8, 12, 12], kernel: [16, 8, 5, 5], options: { padding: "same" as const } },
    { x: [2, 4, 7, 7], kernel: [6, 2, 3, 3], options: { groups: 2, padding: 1 } },
    { x: [1, 6, 8, 8], kernel: [6, 1, 3, 3], options: { groups: 6, stride: 2, padding: 1 } },
    { x: [2, 3, 13, 10], kernel: [7, 3, 3, 2], options: { stride: [2, 3], dilation: [2, 1] } },
    { x: [3, 5, 6, 6], kernel: [9, 5, 1, 1], options: {} },
    { x: [3, 5, 7, 7], kernel: [9, 5, 1, 1], options: { stride: 2 } },
    { x: [2, 3, 19], kernel: [5, 3, 4], options: { stride: 2, padding: 2 } },
    { x: [1, 2, 5, 6, 7], kernel: [3, 2, 2, 3, 2], options: { padding: 1 } },
    { x: [5, 2, 1, 33], kernel: [4, 2, 1, 8], options: {} },
    { x: [1, 17, 5, 5], kernel: [33, 17, 3, 3], options: { padding: 1 } },
    { x: [9, 1, 2, 2], kernel: [1, 1, 2, 2], options: {} },
  ] as const;

  test.each(cases)("$x with $kernel $options, and both gradients", async ({ x, kernel, options }) => {
    const [image, weights] = [input(x), input(kernel)];
    const y = convolution(image, weights, options);
    if (y.op !== "convolution") throw new Error("no convolution was made");
    const g = input(y.shape);
    await agree([
      y,
      e.maximum(e.add(y, input([kernel[0], ...kernel.slice(2).map(() => 1)])), 0),
      node("convolutionInputGradient", [g, weights], { ...y.attributes, inputSpatial: x.slice(2) }),
      node("convolutionKernelGradient", [image, g], { ...y.attributes, kernelSpatial: kernel.slice(2) }),
    ]);
  });

  test("of an input that is sliced, flipped or transposed in memory", async () => {
    const w = input([4, 3, 3, 3]);
    await agree([
      convolution(m.slice(input([2, 5, 12, 12]), [0, 1, 2, 3], [2, 4, 11, 11]), w),
      convolution(m.flip(input([2, 3, 8, 8]), [2, 3]), w),
      convolution(m.permute(input([2, 8, 8, 3]), [0, 3, 1, 2]), w),
      convolution(m.broadcastTo(input([1, 3, 8, 8]), [2, 3, 8, 8]), w),
      convolution(input([2, 3, 8, 8]), m.permute(input([3, 4, 3, 3]), [1, 0, 2, 3])),
    ]);
  });
});

describe("loops", () => {
  test("rows of every length, shared among threads", async () => {
    const roots = [1, 2, 3, 4, 5, 7, 8, 31, 9001, 20_003].map((n) => {
      const x = input([n]);
      return e.add(e.multiply(x, 3), m.flip(x, 0));
    });
    await agree(roots);
  });

  test("reductions along every axis, of every length", async () => {
    const roots = [1, 3, 4, 5, 8, 13, 64].flatMap((n) => {
      const x = input([7, n, 5]);
      return [r.sum(x, 0), r.sum(x, 1), r.sum(x, 2), r.max(x, [0, 2]), r.min(x, 1), r.sum(x)];
    });
    await agree(roots);
  });

  test("large reductions", async () => {
    const [x, y] = [input([300, 257]), input([40_000])];
    await agree([r.sum(x, 0), r.sum(x, 1), r.max(x), r.sum(y), r.sum(m.transpose(x), 0)]);
  });

  test("strided and reversed rows", async () => {
    const x = input([64, 301]);
    await agree([
      e.negate(m.slice(x, [0, 0], [64, 301], [1, 2])),
      e.negate(m.slice(x, [0, 1], [64, 301], [3, 3])),
      e.negate(m.flip(x, [0, 1])),
      e.negate(m.transpose(x)),
    ]);
  });

  test("pooling in windows of several sizes", async () => {
    const x = input([3, 7, 17, 19]);
    await agree([
      maxPool(x, 2),
      maxPool(x, 3, { stride: 2, padding: 1 }),
      maxPool(x, [1, 4], { stride: [1, 3] }),
      maxPool(input([2, 3, 50]), 5, { stride: 1 }),
    ]);
  });
});

describe("transposed copies", () => {
  // Copied by blocks of 16 by 4, with rests on both sides; the last ones are too small for that.
  test.each([
    [
      [37, 53],
      [1, 0],
    ],
    [
      [16, 4],
      [1, 0],
    ],
    [
      [64, 48],
      [1, 0],
    ],
    [
      [3, 18, 35],
      [0, 2, 1],
    ],
    [
      [18, 3, 35],
      [2, 1, 0],
    ],
    [
      [18, 5, 2, 35],
      [3, 0, 1, 2],
    ],
    [
      [5, 40, 3, 20],
      [2, 0, 3, 1],
    ],
    [
      [15, 40],
      [1, 0],
    ],
    [
      [40, 3],
      [1, 0],
    ],
  ])("of %j with axes in order %j", async (shape, axes) => {
    const [float, integer, bool] = [input(shape), input(shape, "int32"), input(shape, "bool")];
    const moved = [float, integer, bool].map((x) => m.permute(x, axes));
    await agree([
      ...moved,
      m.permute(
        m.slice(
          float,
          shape.map(() => 1),
        ),
        axes,
      ),
    ]);
  });

  test("stay within their array", async () => {
    const x = input([21, 37]);
    await agree([
      m.concatenate([m.transpose(x), m.slice(m.transpose(input([21, 37])), [0, 0], [37, 20])], 1),
    ]);
  });
});

describe("the fast path is taken", () => {
  const x = input([16, 1, 24, 24]);
  const [w1, b1, w2, b2] = [input([8, 1, 5, 5]), input([8, 1, 1]), input([8 * 20 * 20, 10]), input([10])];
  const hidden = e.maximum(e.add(convolution(x, w1), b1), 0);
  const scores = e.add(matmul(m.reshape(hidden, [16, -1]), w2), b2);
  const computation = { outputs: [scores], updates: [] };

  test("layers are contractions with their bias and activation inside", async () => {
    const executable = await backends[1]!.load(computation);
    const text = executable.explain();
    expect(text).toMatch(/kernel \d+ convolution .* \+ epilogue/);
    expect(text).toMatch(/kernel \d+ matmul .* \+ epilogue/);
    expect(executable.statistics.kernels).toBeLessThanOrEqual(4);
    const barriers = Number(/(\d+) barriers/.exec(text)![1]);
    expect(barriers).toBeLessThanOrEqual(executable.statistics.kernels);
    expect(executable.statistics.codeBytes).toBeGreaterThan(1000);
    expect(executable.statistics.peakBytes).toBeGreaterThanOrEqual(16 * 8 * 400 * 4);
  });

  test("what is small runs on one thread and needs no barriers in between", async () => {
    const small = e.exp(input([8]));
    const executable = await backends[1]!.load({
      outputs: [r.sum(small), r.max(m.flip(small, 0))],
      updates: [],
    });
    const text = executable.explain();
    const kernels = text.split("\n").filter((line) => line.startsWith("kernel"));
    expect(kernels.length).toBeGreaterThan(0);
    expect(kernels.every((line) => line.endsWith("one thread"))).toBe(true);
    expect(text).toContain("1 barriers");
  });
});
