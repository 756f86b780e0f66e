import type { NodeOf, OpName, ReductionOp } from "../../graph/types.js";
import { sizeOf } from "../../shape/shape.js";
import type { EvaluatorsOf } from "./evaluator.js";
import { around, reducedPositions } from "./indices.js";

type Reduction = ReductionOp | "argmax" | "cumulativeSum";

export const reduction: EvaluatorsOf<Reduction> = {
  sum: (node, [x]) => reduce(node, x!, 0, adder(node)),
  max: (node, [x]) => reduce(node, x!, -Infinity, Math.max),
  min: (node, [x]) => reduce(node, x!, Infinity, Math.min),
  product: (node, [x]) => reduce(node, x!, 1, node.dtype === "int32" ? Math.imul : (a, b) => a * b),

  argmax({ inputs: [input], shape, attributes: { axis } }, [x]) {
    const { outer, extent, inner } = around(input!.shape, axis);
    const result = new Float64Array(sizeOf(shape));
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < inner; i++) {
        const at = (index: number) => x![(o * extent + index) * inner + i]!;
        let best = 0;
        for (let index = 1; index < extent; index++) {
          if (wins(at(index), at(best))) best = index;
        }
        result[o * inner + i] = best;
      }
    }
    return result;
  },

  cumulativeSum(node, [x]) {
    const { axis, exclusive, reverse } = node.attributes;
    const { outer, extent, inner } = around(node.shape, axis);
    const add = adder(node);
    const result = new Float64Array(x!.length);
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < inner; i++) {
        let sum = 0;
        for (let step = 0; step < extent; step++) {
          const position = (o * extent + (reverse ? extent - 1 - step : step)) * inner + i;
          const next = add(sum, x![position]!);
          result[position] = exclusive ? sum : next;
          sum = next;
        }
      }
    }
    return result;
  },
};

/** Whether `x` takes a maximum over from an earlier `best`: NaN counts as greatest, and the first of equals stays. */
export function wins(x: number, best: number): boolean {
  return x > best || (Number.isNaN(x) && !Number.isNaN(best));
}

function adder(node: NodeOf<OpName>): (a: number, b: number) => number {
  return node.dtype === "int32" ? (a, b) => (a + b) | 0 : (a, b) => a + b;
}

function reduce(
  { inputs: [input], shape, attributes: { axes } }: NodeOf<ReductionOp>,
  x: Float64Array,
  initial: number,
  combine: (a: number, b: number) => number,
): Float64Array {
  const result = new Float64Array(sizeOf(shape)).fill(initial);
  reducedPositions(input!.shape, axes).forEach((target, i) => {
    result[target] = combine(result[target]!, x[i]!);
  });
  return result;
}
