import { describe, expect, test } from "vitest";
import { evaluate } from "../../src/backends/reference/evaluate.js";
import type { Node, NodeOf } from "../../src/graph/types.js";
import type { TypedArray } from "../../src/shape/dtype.js";
import { firstMismatch } from "../samples/mismatch.js";
import { allSamples, prepare, samples, toleranceOf } from "../samples/samples.js";

/** Computes graphs on the backend under test. The leaves' elements have the arrays that their dtypes ask for. */
export type Run = (
  roots: Node[],
  leaf: (node: NodeOf<"input"> | NodeOf<"variable">) => TypedArray,
) => ArrayLike<number>[] | Promise<ArrayLike<number>[]>;

/**
 * Declares a suite that runs every sample row on a backend and compares it with the reference. What is computed in
 * float32 may differ as the row's tolerance says (see `toleranceOf`); integers, bools and moved elements may not.
 */
export function conformance(name: string, run: Run): void {
  describe(`${name} conforms to the reference`, () => {
    for (const [op, rows] of Object.entries(samples)) {
      describe(op, () => {
        for (const sample of rows) {
          test(sample.name, async () => {
            const { root, leaf } = prepare(sample);
            const [result] = await run([root], leaf);
            const [expected] = evaluate([root], leaf);
            agree(sample.name, root, result!, expected!, toleranceOf(sample, root));
          });
        }
      });
    }

    // Together, the rows also share inputs, memory and kernels.
    test("all samples in one program", async () => {
      const prepared = allSamples.map(prepare);
      const leaf = (node: NodeOf<"input"> | NodeOf<"variable">) =>
        prepared.find(({ nodes }) => nodes.includes(node))!.leaf(node);
      const roots = prepared.map(({ root }) => root);
      const results = await run(roots, leaf);
      const expected = evaluate(roots, leaf);
      allSamples.forEach((sample, i) => {
        agree(sample.name, roots[i]!, results[i]!, expected[i]!, toleranceOf(sample, roots[i]!));
      });
    });
  });
}

function agree(
  name: string,
  root: Node,
  result: ArrayLike<number>,
  reference: Float64Array,
  tolerance: ReturnType<typeof toleranceOf>,
): void {
  expect(result.length, `${name}: number of elements`).toBe(reference.length);
  // float32 has a smaller range: what overflows there is infinite.
  const expected = root.dtype === "float32" ? Float32Array.from(reference) : reference;
  const mismatch = firstMismatch(result, expected, tolerance);
  if (mismatch === undefined) return;
  const { index, actual, allowed } = mismatch;
  expect.fail(
    `${name}: element ${index} of [${root.shape}] is ${actual}; the reference says ${mismatch.expected}` +
      `${allowed > 0 ? `, give or take ${allowed}` : ", exactly"}`,
  );
}
