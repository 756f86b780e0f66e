import { afterAll, expect, test } from "vitest";
import { wasmBackend } from "../../../src/backends/wasm/backend.js";
import { checks } from "../../../src/backends/wasm/checks.js";
import type { Computation } from "../../../src/graph/computation.js";
import * as e from "../../../src/tensor/elementwise.js";
import * as r from "../../../src/tensor/reduction.js";
import { input, Leaves, onBackend, onReference } from "../../compile/support.js";

const backend = wasmBackend({ threads: 1, checks });
afterAll(() => backend.close());

// One reduction has four accumulators from 32 elements on, two or three have two from 16 on; then there are rests of every length.
const lengths = [15, 16, 17, 19, 31, 32, 33, 34, 35, 36, 44, 47, 48, 63, 64, 65, 100];

test.each(lengths)(
  "sums, greatest and least of rows of %i, one, two, three and four at a time",
  async (n) => {
    const xs = [1, 2, 3, 4].map(() => input([3, n]));
    const computation: Computation = {
      outputs: xs.flatMap((x, i) =>
        [r.sum(x, 1), r.max(x, 1), r.min(e.multiply(x, x), 1), r.sum(e.multiply(x, x), 1)].slice(0, i + 1),
      ),
      updates: [],
    };
    const expected = onReference(computation, new Leaves(5)).outputs;
    const actual = (await onBackend(backend, computation, new Leaves(5))).outputs;
    expected.forEach((wanted, root) => {
      Array.from(wanted).forEach((value, i) => {
        expect(Math.abs(actual[root]![i]! - value)).toBeLessThan(1e-6 * Math.max(n, Math.abs(value)));
      });
    });
  },
);

test("long sums are more exact than one accumulator would be", async () => {
  // 0.1 is not a float32: a running sum of many of them drifts.
  const n = 40_000;
  const x = input([1, n]);
  const executable = await backend.load({ outputs: [r.sum(x, 1)], updates: [] });
  const leaf = backend.allocate(x);
  leaf.write(new Float32Array(n).fill(0.1));
  let lane = 0;
  for (let i = 0; i < n / 4; i++) lane = Math.fround(lane + Math.fround(0.1));
  const exact = n * Math.fround(0.1);
  const [sum] = executable.run([leaf]);
  expect(Math.abs(sum![0]! - exact)).toBeLessThan(Math.abs(4 * lane - exact) / 2);
});
