import type { Differentiable } from "../autodiff/index.js";
import {
  type CheckGradientsOptions as BareOptions,
  checkGradients as check,
  type GradientReport,
} from "../autodiff/index.js";
import { evaluate } from "../backends/reference/evaluate.js";
import { node } from "../graph/build.js";
import type { VariableCell } from "../graph/types.js";
import { topological } from "../graph/walk.js";
import { recordAssignments, type Variable, variableOf } from "../runtime/variable.js";
import type { Tensor } from "../tensor/tensor.js";

export interface CheckGradientsOptions extends Omit<BareOptions, "evaluate" | "leaf" | "parameters"> {
  /** Variables that `fn` uses, whose gradients are compared as well: `model.parameters()`. */
  readonly parameters?: readonly Variable[];
}

/**
 * Compares the gradients of `fn` with central differences, `(f(x + h) - f(x - h)) / 2h`, element by element, in float64 on
 * the reference backend whatever the default device is. Other variables that `fn` reads keep their present values. It
 * takes two evaluations of `fn` for each element: make the network small.
 *
 * ```ts
 * const report = await checkGradients((x) => x.multiply(x).sum(), [tensor([1, 2, 3])]);
 * console.log(report.ok, String(report));                       // the report names the worst entry
 * ```
 *
 * @throws ShapeError when `fn` does not give float32.
 */
export function checkGradients(
  fn: Differentiable,
  inputs: readonly Tensor[],
  options: CheckGradientsOptions = {},
): Promise<GradientReport> {
  const values = new Map<VariableCell, ArrayLike<number>>();
  // Assignments that are still waiting are in the variables' values, and what fn assigns must not stay.
  const traced: Differentiable = (...x) => recordAssignments(() => fn(...x)).result;
  return check(traced, inputs, {
    ...options,
    parameters: (options.parameters ?? []).map(({ cell }) => node("variable", [], { cell })),
    leaf: (leaf) => (leaf.op === "variable" ? values.get(leaf.attributes.cell) : undefined),
    evaluate: async (roots, leaf) => {
      for (const { op, attributes } of topological(roots)) {
        if (op !== "variable" || values.has(attributes.cell)) continue;
        values.set(attributes.cell, await variableOf(attributes.cell).data());
      }
      return evaluate(roots, leaf);
    },
  });
}
