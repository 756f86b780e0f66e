import { inputSlot, node } from "../graph/build.js";
import { withPhase } from "../graph/origin.js";
import type { Node } from "../graph/types.js";
import { formatShape, ShapeError, sameShape } from "../shape/shape.js";
import { add, cast, constant, equal, multiply } from "../tensor/elementwise.js";
import { reshape, stack } from "../tensor/movement.js";
import { sum } from "../tensor/reduction.js";
import { Tensor } from "../tensor/tensor.js";
import type { OverridingRule } from "./rule.js";
import { accumulate } from "./walk.js";

export interface GradOptions {
  /** Weights of the output's elements: the gradient is that of `sum(cotangent * output)`. Needed unless the output is a scalar. */
  readonly cotangent?: Tensor;
  /**
   * For single nodes of the graph, what becomes of their cotangents instead of what the operation's own rule says: for
   * signals that run backwards as derivatives do, but are none. Nodes inside the body of a loop keep their rules.
   */
  readonly rules?: ReadonlyMap<Node, OverridingRule>;
}

/** A tensor for each input: of a list in brackets, as many as there stand, so that `const [slope] = grad(loss, [x])` is a tensor. */
export type Gradients<Inputs extends readonly Tensor[]> = { -readonly [Index in keyof Inputs]: Tensor };

/**
 * The derivative of `output`, a float32 scalar, with respect to each of `inputs` (any float32 tensors of its graph; for a
 * variable pass its `value`). Results have the inputs' shapes, are zero for inputs that `output` does not depend on, and
 * are ordinary tensors, so they can be differentiated again.
 * @throws ShapeError when the output is not a scalar and has no cotangent, or something is not float32.
 */
export function grad<const Inputs extends readonly Tensor[]>(
  output: Tensor,
  inputs: Inputs,
  options: GradOptions = {},
): Gradients<Inputs> {
  requireFloat(output, "the output", "grad");
  inputs.forEach((input, i) => {
    requireFloat(input, `input ${i}`, "grad");
  });
  const { cotangent, rules } = options;
  if (cotangent === undefined && output.size !== 1) {
    throw new ShapeError(
      `grad: the output has shape ${formatShape(output.shape)}; take the gradient of a scalar, such as its sum or mean, or give a cotangent of that shape`,
    );
  }
  if (cotangent !== undefined) requireLike(cotangent, output, "the cotangent", "grad");
  const seed = cotangent?.node ?? constant(1, "float32", output.shape);
  const nodes = accumulate(
    [{ output: output.node, cotangent: seed }],
    inputs.map((input) => input.node),
    rules,
  );
  const gradients = nodes.map((result, i) => new Tensor(result ?? constant(0, "float32", inputs[i]!.shape)));
  return gradients as Tensor[] as Gradients<Inputs>;
}

/** A function of tensors that is to be differentiated. */
export type Differentiable = (...inputs: Tensor[]) => Tensor;

/** `fn(...inputs)`, a scalar, with its gradient with respect to each input. */
export function valueAndGrad<const Inputs extends readonly Tensor[]>(
  fn: Differentiable,
  inputs: Inputs,
): { value: Tensor; gradients: Gradients<Inputs> } {
  const value = fn(...inputs);
  return { value, gradients: grad(value, inputs) };
}

/** `fn(...inputs)`, and the map from a cotangent `u` of it to `u^T J` for each input: reverse mode. */
export function vjp<const Inputs extends readonly Tensor[]>(
  fn: Differentiable,
  inputs: Inputs,
): { value: Tensor; pullback: (cotangent: Tensor) => Gradients<Inputs> } {
  const value = fn(...inputs);
  return { value, pullback: (cotangent) => grad(value, inputs, { cotangent }) };
}

/**
 * `fn(...inputs)`, and its directional derivative `J v` along `tangents`: forward mode.
 *
 * It needs no rules of its own: `u^T J v` is linear in `u`, so its derivative with respect to `u` is `J v`. The cotangent `u` is a
 * placeholder that the result no longer contains. (J. Townsend, "A new trick for calculating Jacobian vector products", 2017)
 */
export function jvp(
  fn: Differentiable,
  inputs: readonly Tensor[],
  tangents: readonly Tensor[],
): { value: Tensor; tangent: Tensor } {
  requireTangents(inputs, tangents, "jvp");
  const value = fn(...inputs);
  requireFloat(value, "the result", "jvp");
  const cotangent = new Tensor(node("input", [], { slot: inputSlot("cotangent of jvp", value.node) }));
  const pulled = grad(value, inputs, { cotangent });
  const [tangent] = grad(innerProduct(pulled, tangents), [cotangent]);
  return { value, tangent };
}

/** `H v` for the scalar `output`: the derivative of `grad(output, inputs)` along `vectors`, without forming H. */
export function hessianVectorProduct<const Inputs extends readonly Tensor[]>(
  output: Tensor,
  inputs: Inputs,
  vectors: readonly Tensor[],
): Gradients<Inputs> {
  requireTangents(inputs, vectors, "hessianVectorProduct");
  return grad(innerProduct(grad(output, inputs), vectors), inputs);
}

/**
 * All derivatives of `output` by `input`: shape `[...output, ...input]`. One backward pass for each element of the output, so it
 * suits small outputs.
 */
export function jacobian(output: Tensor, input: Tensor): Tensor {
  const shape = [...output.shape, ...input.shape];
  if (output.size === 0) return new Tensor(constant(0, "float32", shape));
  const position = node("iota", [], { shape: [output.size], axis: 0 });
  const rows = Array.from({ length: output.size }, (_, element) => {
    const cotangent = new Tensor(reshape(cast(equal(position, element), "float32"), output.shape));
    return grad(output, [input], { cotangent })[0].node;
  });
  return new Tensor(withPhase("backward", () => reshape(stack(rows), shape)));
}

/** Second derivatives of the scalar `output`: shape `[...input, ...input]`. */
export function hessian(output: Tensor, input: Tensor): Tensor {
  return jacobian(grad(output, [input])[0], input);
}

/** The value of `x`, constant to differentiation. */
export function stopGradient(x: Tensor): Tensor {
  return x.stopGradient();
}

function innerProduct(a: readonly Tensor[], b: readonly Tensor[]): Tensor {
  return withPhase("backward", () => {
    const terms = a.map((x, i) => sum(multiply(x.node, b[i]!.node)));
    return new Tensor(terms.reduce((total, term) => add(total, term), constant(0)));
  });
}

function requireFloat(x: Tensor, role: string, operation: string): void {
  if (x.dtype !== "float32") {
    throw new ShapeError(
      `${operation}: ${role} is ${x.dtype}${formatShape(x.shape)}; only float32 can be differentiated`,
    );
  }
}

function requireLike(x: Tensor, like: Tensor, role: string, operation: string): void {
  if (x.dtype !== "float32" || !sameShape(x.shape, like.shape)) {
    throw new ShapeError(
      `${operation}: ${role} is ${x.dtype}${formatShape(x.shape)}; it must be float32${formatShape(like.shape)}`,
    );
  }
}

function requireTangents(inputs: readonly Tensor[], tangents: readonly Tensor[], operation: string): void {
  if (tangents.length !== inputs.length) {
    throw new ShapeError(
      `${operation}: ${inputs.length} inputs need as many tangents, got ${tangents.length}`,
    );
  }
  tangents.forEach((tangent, i) => {
    requireLike(tangent, inputs[i]!, `tangent ${i}`, operation);
  });
}
