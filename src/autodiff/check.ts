import { inputSlot, node } from "../graph/build.js";
import type { Node, NodeOf } from "../graph/types.js";
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
  readonly leaf?: (node: Node) => ArrayLike<number> | undefined;
  /** Variables that `fn` uses, which are to be varied as well. */
  readonly parameters?: readonly NodeOf<"variable">[];
  /** Distance of the two points of a difference from the middle one. Default 1e-5. */
  readonly step?: number;
  /** Greatest accepted `|analytic - numeric| / max(1, |analytic|, |numeric|)`. Default 1e-6. */
  readonly tolerance?: number;
}

/** One element of one input or parameter, where the two derivatives were compared. */
export interface GradientEntry {
  /** Position among the inputs; parameters come after them. */
  readonly input: number;
  /** `input 0`, or the parameter's name. */
  readonly name: string;
  /** Of the whole input or parameter. */
  readonly shape: Shape;
  /** Position along each axis. */
  readonly index: readonly number[];
  readonly analytic: number;
  readonly numeric: number;
  readonly relativeError: number;
}

export interface GradientReport {
  readonly ok: boolean;
  /** Number of elements compared, and of those whose error is above the tolerance. */
  readonly compared: number;
  readonly differing: number;
  readonly tolerance: number;
  /** The entry with the greatest error; undefined when nothing was compared. */
  readonly worst: GradientEntry | undefined;
  toString(): string;
}

/**
 * Compares `grad` with central differences, `(f(x + h) - f(x - h)) / 2h`, for each element of each float32 input and parameter. A
 * result that is not a scalar is first contracted with fixed weights, different for each element. `fn` must be differentiable at the
 * inputs: on a kink the two derivatives differ by nature.
 */
export async function checkGradients(
  fn: Differentiable,
  inputs: readonly Tensor[],
  options: CheckGradientsOptions,
): Promise<GradientReport> {
  const { step = 1e-5, tolerance = 1e-6, parameters = [] } = options;
  const values = new Map<Node, ArrayLike<number>>();
  const leaf = (leafNode: Node): ArrayLike<number> => {
    const data = leafNode.op === "input" ? leafNode.attributes.slot.data : undefined;
    const known = values.get(leafNode) ?? data ?? options.leaf?.(leafNode);
    if (known !== undefined) return known;
    throw new Error(
      `checkGradients: the value of a ${leafNode.op} that fn uses is unknown; pass it through options.leaf`,
    );
  };

  const starts = await options.evaluate([...inputs.map((input) => input.node), ...parameters], leaf);
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
  const varied = [
    ...placeholders.map((input, i) => ({ x: input, name: `input ${i}` })),
    ...parameters.map((cell) => ({ x: new Tensor(cell), name: cell.attributes.cell.name })),
  ]
    .map((candidate, input) => ({ ...candidate, input }))
    .filter(({ x }) => x.dtype === "float32");
  const gradients = await options.evaluate(
    grad(
      output,
      varied.map(({ x }) => x),
      { cotangent },
    ).map((gradient) => gradient.node),
    leaf,
  );
  const outputAt = async (moved: Node, changed: Float64Array): Promise<Float64Array> => {
    const [result] = await options.evaluate([output.node], (x) => (x === moved ? changed : leaf(x)));
    return result!;
  };

  let [compared, differing] = [0, 0];
  let worst: GradientEntry | undefined;
  for (const [position, { x, name, input }] of varied.entries()) {
    const { shape } = x;
    const start = starts[input]!;
    for (let element = 0; element < start.length; element++) {
      // Larger only for elements so great that a step would be lost in their rounding.
      const distance = Math.max(step, 1e-9 * Math.abs(start[element]!));
      const [above, below] = [Float64Array.from(start), Float64Array.from(start)];
      above[element] = start[element]! + distance;
      below[element] = start[element]! - distance;
      const after = await outputAt(x.node, above);
      const before = await outputAt(x.node, below);
      // Subtracted before they are added up, so that great results do not drown the changes of small ones.
      const difference = weights.reduce((total, weight, i) => total + weight * (after[i]! - before[i]!), 0);
      const numeric = difference / (above[element]! - below[element]!);
      const analytic = gradients[position]![element]!;
      const error = Math.abs(analytic - numeric) / Math.max(1, Math.abs(analytic), Math.abs(numeric));
      // A NaN on either side is the worst error there is.
      const relativeError = Number.isNaN(error) ? Infinity : error;
      compared++;
      if (relativeError > tolerance) differing++;
      if (worst === undefined || relativeError > worst.relativeError) {
        worst = { input, name, shape, index: indexOf(element, shape), analytic, numeric, relativeError };
      }
    }
  }
  return report({ compared, differing, tolerance, worst });
}

function report(found: Omit<GradientReport, "ok">): GradientReport {
  const { compared, differing, tolerance, worst } = found;
  const ok = differing === 0;
  const describe = (): string => {
    if (worst === undefined) return "gradients: nothing to compare";
    const { name, shape, index, analytic, numeric, relativeError } = worst;
    const share = ok ? `agree in all ${compared}` : `differ in ${differing} of ${compared}`;
    return (
      `gradients ${share} elements; the worst is element ${formatShape(index)} of ${name} ${formatShape(shape)}: ` +
      `grad gives ${round(analytic)}, differences ${round(numeric)}, relative error ${relativeError.toExponential(2)} (accepted: ${tolerance})`
    );
  };
  return { ...found, ok, toString: describe };
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
