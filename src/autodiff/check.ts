import { inputSlot, node } from "../graph/build.js";
import type { Node } from "../graph/types.js";
import { formatShape, type Shape, ShapeError } from "../shape/shape.js";
import { Tensor } from "../tensor/tensor.js";
import { type Differentiable, grad } from "./api.js";

/** Values of graph nodes in double precision, given the values of their leaves (inputs and variables). */
export type Evaluate = (
  roots: readonly Node[],
  leaf: (node: Node) => ArrayLike<number>,
) => readonly Float64Array[] | Promise<readonly Float64Array[]>;

export interface CheckGradientsOptions {
  /** Computes in float64: in float32 finite differences have too few digits left. */
  readonly evaluate: Evaluate;
  /** Values of leaves that `fn` uses besides its inputs, such as variables. Tensors made from arrays bring their own. */
  readonly leaf?: (node: Node) => ArrayLike<number>;
  /** Distance of the two points of a difference from the middle one. Default 1e-5. */
  readonly step?: number;
  /** Greatest accepted `|analytic - numeric| / max(1, |analytic|, |numeric|)`. Default 1e-6. */
  readonly tolerance?: number;
}

/** One element of one input, where the two derivatives were compared. */
export interface GradientEntry {
  readonly input: number;
  /** Position along each axis of the input. */
  readonly index: readonly number[];
  readonly analytic: number;
  readonly numeric: number;
  readonly relativeError: number;
}

export interface GradientReport {
  readonly ok: boolean;
  /** Number of elements compared. */
  readonly compared: number;
  readonly tolerance: number;
  /** The entry with the greatest error; undefined when nothing was compared. */
  readonly worst: GradientEntry | undefined;
  toString(): string;
}

/**
 * Compares `grad` with central differences, `(f(x + h) - f(x - h)) / 2h`, for each element of each float32 input. A result that is not
 * a scalar is first contracted with fixed weights, different for each element. `fn` must be differentiable at the
 * inputs: on a kink the two derivatives differ by nature.
 */
export async function checkGradients(
  fn: Differentiable,
  inputs: readonly Tensor[],
  options: CheckGradientsOptions,
): Promise<GradientReport> {
  const { step = 1e-5, tolerance = 1e-6 } = options;
  const values = new Map<Node, ArrayLike<number>>();
  const leaf = (leafNode: Node): ArrayLike<number> => {
    const known =
      values.get(leafNode) ?? (leafNode.op === "input" ? leafNode.attributes.slot.data : undefined);
    if (known !== undefined) return known;
    if (options.leaf) return options.leaf(leafNode);
    throw new Error(
      `checkGradients: the value of a ${leafNode.op} that fn uses is unknown; pass it through options.leaf`,
    );
  };

  const starts = await options.evaluate(
    inputs.map((input) => input.node),
    leaf,
  );
  // Inputs become placeholders, so that any tensor, not only a leaf, can be varied.
  const placeholders = inputs.map((input, i) => {
    const placeholder = new Tensor(node("input", [], { slot: inputSlot(`input ${i}`, input.node) }));
    values.set(placeholder.node, starts[i]!);
    return placeholder;
  });
  const output = fn(...placeholders);
  if (output.dtype !== "float32")
    throw new ShapeError(`checkGradients: fn gives ${output.dtype}; it must give float32`);
  const weights = Float64Array.from({ length: output.size }, (_, i) =>
    output.size === 1 ? 1 : 1 + 0.5 * Math.sin(7 * i + 1),
  );
  const cotangent = new Tensor(node("input", [], { slot: inputSlot("weights", output.node) }));
  values.set(cotangent.node, weights);
  const varied = placeholders.flatMap((x, i) => (x.dtype === "float32" ? [i] : []));
  const gradients = await options.evaluate(
    grad(
      output,
      varied.map((i) => placeholders[i]!),
      { cotangent },
    ).map((x) => x.node),
    leaf,
  );
  const outputAt = async (placeholder: Node, changed: Float64Array): Promise<Float64Array> => {
    const [result] = await options.evaluate([output.node], (x) => (x === placeholder ? changed : leaf(x)));
    return result!;
  };

  let compared = 0;
  let worst: GradientEntry | undefined;
  for (const [position, input] of varied.entries()) {
    const start = starts[input]!;
    const placeholder = placeholders[input]!;
    for (let element = 0; element < start.length; element++) {
      // Larger only for elements so great that a step would be lost in their rounding.
      const distance = Math.max(step, 1e-9 * Math.abs(start[element]!));
      const [above, below] = [Float64Array.from(start), Float64Array.from(start)];
      above[element] = start[element]! + distance;
      below[element] = start[element]! - distance;
      const after = await outputAt(placeholder.node, above);
      const before = await outputAt(placeholder.node, below);
      // Subtracted before they are added up, so that great results do not drown the changes of small ones.
      const difference = weights.reduce((total, weight, i) => total + weight * (after[i]! - before[i]!), 0);
      const numeric = difference / (above[element]! - below[element]!);
      const analytic = gradients[position]![element]!;
      const error = Math.abs(analytic - numeric) / Math.max(1, Math.abs(analytic), Math.abs(numeric));
      // A NaN on either side is the worst error there is.
      const relativeError = Number.isNaN(error) ? Infinity : error;
      compared++;
      if (worst === undefined || relativeError > worst.relativeError) {
        worst = { input, index: indexOf(element, placeholder.shape), analytic, numeric, relativeError };
      }
    }
  }
  return report(compared, worst, tolerance, placeholders);
}

function report(
  compared: number,
  worst: GradientEntry | undefined,
  tolerance: number,
  inputs: readonly Tensor[],
): GradientReport {
  const ok = worst === undefined || worst.relativeError <= tolerance;
  const describe = (): string => {
    if (worst === undefined) return "gradients: nothing to compare";
    const { input, index, analytic, numeric, relativeError } = worst;
    const shape = formatShape(inputs[input]!.shape);
    return (
      `gradients ${ok ? "agree" : "differ"} in ${compared} elements; the worst is element ${formatShape(index)} of input ${input} ${shape}: ` +
      `grad gives ${round(analytic)}, differences ${round(numeric)}, relative error ${relativeError.toExponential(2)} (accepted: ${tolerance})`
    );
  };
  return { ok, compared, tolerance, worst, toString: describe };
}

/** Six digits are as many as differences can be right in. */
function round(value: number): number {
  return Number(value.toPrecision(6));
}

function indexOf(element: number, shape: Shape): number[] {
  const index = new Array<number>(shape.length);
  let rest = element;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index[axis] = rest % shape[axis]!;
    rest = Math.floor(rest / shape[axis]!);
  }
  return index;
}
