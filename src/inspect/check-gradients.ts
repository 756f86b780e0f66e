import type { Differentiable } from "../autodiff/index.js";
import {
  type CheckGradientsOptions as BareOptions,
  checkGradients as check,
  type GradientReport,
} from "../autodiff/index.js";
import { evaluate } from "../backends/reference/evaluate.js";
import type { VariableCell } from "../graph/types.js";
import { topological } from "../graph/walk.js";
import { variableOf } from "../runtime/variable.js";
import type { Tensor } from "../tensor/tensor.js";

export type CheckGradientsOptions = Omit<BareOptions, "evaluate" | "leaf">;

/**
 * Compares the gradients of `fn` with central differences, `(f(x + h) - f(x - h)) / 2h`, element by element, in float64 on
 * the reference backend whatever the default device is. Variables that `fn` reads keep their present values.
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
  return check(fn, inputs, {
    ...options,
    evaluate: async (roots, leaf) => {
      for (const node of topological(roots)) {
        if (node.op !== "variable" || values.has(node.attributes.cell)) continue;
        values.set(node.attributes.cell, await variableOf(node.attributes.cell).data());
      }
      return evaluate(roots, (node) =>
        node.op === "variable" ? values.get(node.attributes.cell)! : leaf(node),
      );
    },
  });
}
