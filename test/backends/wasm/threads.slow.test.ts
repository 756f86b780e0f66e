import { afterEach, describe, expect, test } from "vitest";
import type { Backend } from "../../../src/backends/backend.js";
import { wasmBackend } from "../../../src/backends/wasm/backend.js";
import { checks } from "../../../src/backends/wasm/checks.js";
import type { Computation } from "../../../src/graph/computation.js";
import type { Node } from "../../../src/graph/types.js";
import { matmul } from "../../../src/tensor/contraction.js";
import * as e from "../../../src/tensor/elementwise.js";
import * as r from "../../../src/tensor/reduction.js";
import { input, Leaves, onBackend, onReference } from "../../compile/support.js";

/** Large enough to be shared among threads; another program for each n. */
function largeProgram(n: number): Computation {
  const a = input([48 + n, 40]);
  const b = input([40, 56]);
  const product: Node = matmul(e.multiply(a, 0.125), b);
  return { outputs: [e.tanh(product), r.sum(e.multiply(product, product), 1)], updates: [] };
}

function close(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++)
    expect(Math.abs(actual[i]! - expected[i]!)).toBeLessThan(1e-4 * Math.max(1, Math.abs(expected[i]!)));
}

async function agree(backend: Backend, program: Computation): Promise<void> {
  const [actual, expected] = [
    await onBackend(backend, program, new Leaves()),
    onReference(program, new Leaves()),
  ];
  for (const [i, value] of actual.outputs.entries()) close(value, expected.outputs[i]!);
}

describe("threads", () => {
  let backend: Backend;
  afterEach(() => backend.close());

  test.each([1, 2, 3, 4, 5])("%i threads", async (threads) => {
    backend = wasmBackend({ threads, checks });
    expect(backend.threads).toBe(threads);
    await agree(backend, largeProgram(0));
    await agree(backend, largeProgram(1));
  });

  test("programs may be loaded while others are still loading", async () => {
    backend = wasmBackend({ threads: 3 });
    await Promise.all(Array.from({ length: 8 }, (_, n) => agree(backend, largeProgram(n))));
  });

  test("a loaded program may run while another one is being loaded", async () => {
    backend = wasmBackend({ threads: 3 });
    const program = largeProgram(0);
    const executable = await backend.load(program);
    const leaves = [input([48, 40]), input([40, 56])].map((leaf) => backend.allocate(leaf));
    for (const leaf of leaves) leaf.write(new Float32Array(leaf.shape[0]! * leaf.shape[1]!).fill(0.5));
    const first = executable.run(leaves);
    for (let n = 1; n < 30; n++) {
      const loading = backend.load(largeProgram(n));
      for (let turn = 0; turn < n % 4; turn++) expect(executable.run(leaves)).toEqual(first);
      await loading;
      expect(executable.run(leaves)).toEqual(first);
    }
  });

  test("ten thousand short runs: no wake-up is lost", async () => {
    backend = wasmBackend({ threads: 3 });
    const x = input([5000]);
    const executable = await backend.load({ outputs: [r.sum(e.exp(x))], updates: [] });
    const leaf = backend.allocate(x);
    leaf.write(new Float32Array(5000));
    for (let n = 0; n < 10_000; n++) {
      const [result] = executable.run([leaf]);
      if (result![0] !== 5000) expect.fail(`run ${n} gave ${result![0]}`);
    }
  });

  test("small programs run on the calling thread alone, at once", () => {
    backend = wasmBackend({ threads: 3 });
    const executable = backend.load({ outputs: [e.add(input([4]), 1)], updates: [] });
    expect(executable).not.toBeInstanceOf(Promise);
  });

  test("what is on its way when the device is closed fails, rather than wait for ever", async () => {
    backend = wasmBackend({ threads: 2 });
    const loading = backend.load(largeProgram(0));
    backend.close();
    await expect(loading).rejects.toThrow("closed");
    await expect(async () => backend.load(largeProgram(1))).rejects.toThrow("closed");
  });
});
