import { type Loop, scanParameters } from "../../graph/scan.js";
import type { Node } from "../../graph/types.js";
import { sizeOf } from "../../shape/shape.js";
import type { LeafValues } from "./evaluator.js";

/** The values of all results of a loop. `evaluate` interprets the body, once for each step. */
export function runLoop(
  { inputs, attributes, results }: Loop,
  operands: readonly Float64Array[],
  evaluate: (roots: readonly Node[], leaf: LeafValues) => Float64Array[],
): Float64Array[] {
  const { length, sequences, reverse, next } = attributes;
  const parameters = scanParameters(inputs, attributes);
  const roots = [...next];
  const values = results.map((result) => new Float64Array(sizeOf(result.shape)));
  /** Writes one entry of result i, which is element `at` along its first axis. */
  const write = (i: number, at: number, entry: Float64Array) => values[i]!.set(entry, at * entry.length);
  const writeStates = (at: number) =>
    results.forEach(({ attributes: { result } }, i) => {
      if (result.kind === "states") write(i, at, carries[result.carry]!);
    });
  results.forEach(({ attributes: { result } }) => {
    if (result.kind === "stack") roots.push(result.value);
  });

  let carries = operands.slice(0, next.length);
  writeStates(reverse ? length : 0);
  for (let step = 0; step < length; step++) {
    const t = reverse ? length - 1 - step : step;
    const known = parameters.map(({ shape }, i) => {
      if (i < next.length) return carries[i]!;
      const size = sizeOf(shape);
      return i < next.length + sequences ? operands[i]!.subarray(t * size, (t + 1) * size) : operands[i]!;
    });
    const computed = evaluate(roots, (leaf) => known[parameters.indexOf(leaf)]!);
    carries = computed.slice(0, next.length);
    writeStates(reverse ? t : t + 1);
    let stacked = next.length;
    results.forEach(({ attributes: { result } }, i) => {
      if (result.kind === "stack") write(i, t, computed[stacked++]!);
    });
  }
  results.forEach(({ attributes: { result } }, i) => {
    if (result.kind === "final") write(i, 0, carries[result.carry]!);
  });
  return values;
}
