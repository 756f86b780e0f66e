import { sizeOf } from "../../shape/shape.js";
import type { EvaluatorsOf } from "./evaluator.js";
import { around } from "./indices.js";

type Indexing = "gather" | "scatterAdd";

export const indexing: EvaluatorsOf<Indexing> = {
  gather({ inputs: [input], shape, attributes: { axis } }, [table, indices]) {
    const { outer, extent, inner } = around(input!.shape, axis);
    const result = new Float64Array(sizeOf(shape));
    eachRow(outer, extent, inner, indices!, (target, position) => {
      result[target] = table![position]!;
    });
    return result;
  },

  scatterAdd({ shape, dtype, attributes: { axis } }, [updates, indices]) {
    const { outer, extent, inner } = around(shape, axis);
    const result = new Float64Array(sizeOf(shape));
    eachRow(outer, extent, inner, indices!, (source, position) => {
      const sum = result[position]! + updates![source]!;
      result[position] = dtype === "int32" ? sum | 0 : sum;
    });
    return result;
  },
};

/**
 * Visits the elements of an array [outer, indices, inner], each with the position in [outer, extent, inner] that its
 * index points at. Indices that point outside are skipped.
 */
function eachRow(
  outer: number,
  extent: number,
  inner: number,
  indices: Float64Array,
  visit: (element: number, position: number) => void,
): void {
  for (let o = 0; o < outer; o++) {
    indices.forEach((index, j) => {
      if (index < 0 || index >= extent) return;
      for (let i = 0; i < inner; i++) {
        visit((o * indices.length + j) * inner + i, (o * extent + index) * inner + i);
      }
    });
  }
}
