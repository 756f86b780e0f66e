import { afterAll, describe, expect, test } from "vitest";
import { wasmBackend } from "../../src/backends/wasm/backend.js";
import { checks } from "../../src/backends/wasm/checks.js";
import type { Node } from "../../src/graph/types.js";
import * as e from "../../src/tensor/elementwise.js";
import { broadcastTo } from "../../src/tensor/movement.js";
import { input, Leaves, onBackend, onReference } from "./support.js";

// Graphs that a recursive or a tree-minded compiler would choke on.
describe("graphs of unusual form", () => {
  const backend = wasmBackend({ threads: 1, checks });
  afterAll(() => backend.close());

  async function agrees(output: Node): Promise<void> {
    const computation = { outputs: [output], updates: [] };
    const expected = onReference(computation, new Leaves());
    const actual = await onBackend(backend, computation, new Leaves());
    for (const [i, value] of Array.from(expected.outputs[0]!).entries())
      expect(actual.outputs[0]![i]).toBeCloseTo(value, 4);
  }

  test("ten thousand elementwise operations in a row", async () => {
    let x: Node = input([4]);
    for (let i = 0; i < 10_000; i++) x = i % 2 ? e.tanh(x) : e.add(x, 1.25 + (i % 7));
    await agrees(x);
  });

  test("two thousand operations, each with an operand of its own", async () => {
    let x: Node = e.multiply(input([4, 4]), 2);
    for (let i = 0; i < 2_000; i++) x = i % 2 ? e.tanh(x) : e.add(x, e.multiply(input([4, 1]), 1.25));
    await agrees(x);
  });

  test("values used twice, forty times over: neither time nor code doubles with each", async () => {
    let small: Node = e.tanh(input([2, 1]));
    let large: Node = e.tanh(input([2, 3]));
    for (let i = 0; i < 40; i++) {
      small = e.multiply(small, small);
      large = e.multiply(large, large);
    }
    const started = performance.now();
    await agrees(e.add(broadcastTo(small, [2, 3]), large));
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});
