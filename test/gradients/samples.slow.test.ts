import { describe, expect, test } from "vitest";
import type { Differentiable } from "../../src/autodiff/api.js";
import { grad } from "../../src/autodiff/api.js";
import { vjpRules } from "../../src/autodiff/rules.js";
import type { OpName } from "../../src/graph/types.js";
import { tensor } from "../../src/tensor/creation.js";
import { Tensor } from "../../src/tensor/tensor.js";
import { valuesOf } from "../autodiff/support.js";
import { type Sample, samples, sampleValues } from "../samples/samples.js";
import { expectFirst, expectModesAgree, expectSecond } from "./support.js";

function functionOf(sample: Sample): { fn: Differentiable; inputs: Tensor[] } {
  const values = sampleValues(sample);
  return {
    fn: (...x) => new Tensor(sample.build(x.map((input) => input.node))),
    inputs: sample.inputs.map(({ shape, dtype }, i) => tensor(values[i]!, { shape, dtype })),
  };
}

const byOperation = Object.entries(samples) as [OpName, readonly Sample[]][];

describe.each(byOperation)("%s", (operation, rows) => {
  const smooth = rows.filter((row) => row.differentiable);

  test("has a sample for its rule, or is declared not differentiable", () => {
    const constant: readonly OpName[] = ["stopGradient"];
    const declared = vjpRules[operation] === "notDifferentiable" || constant.includes(operation);
    expect(smooth.length > 0).toBe(!declared);
  });

  test.each(smooth.map((row) => [row.name, row] as const))("%s", async (_, row) => {
    const { fn, inputs } = functionOf(row);
    await expectFirst(fn, inputs);
    expectModesAgree(fn, inputs);
    // Differences of every element of every gradient: for small rows only.
    if (inputs.every((input) => input.size <= 64)) await expectSecond(fn, inputs);
  });

  const rest = rows.filter(
    (row) => !row.differentiable && functionOf(row).fn(...functionOf(row).inputs).dtype === "float32",
  );
  test.each(rest.map((row) => [row.name, row] as const))(
    "%s: its gradient has the shape of its inputs",
    (_, row) => {
      const { fn, inputs } = functionOf(row);
      const varied = inputs.filter((input) => input.dtype === "float32");
      const output = fn(...inputs);
      for (const [i, gradient] of grad(output.sum(), varied).entries()) {
        expect(gradient.shape).toEqual(varied[i]!.shape);
        expect(valuesOf(gradient)).toHaveLength(varied[i]!.size);
      }
    },
  );
});
