import type { NodeOf } from "../../graph/types.js";
import { type Shape, sizeOf } from "../../shape/shape.js";
import type { EvaluatorsOf } from "./evaluator.js";
import { wins } from "./reduction.js";
import { windowTaps } from "./taps.js";

type Window = "maxPool" | "maxPoolGradient" | "maxPoolSelect";

// A window that covers nothing but padding has no winner: its maximum is -Infinity, it selects 0, and its
// gradient goes nowhere.
export const window: EvaluatorsOf<Window> = {
  maxPool: (node, [x]) =>
    Float64Array.from(winners(node, node.shape, x!), (winner) => (winner < 0 ? -Infinity : x![winner]!)),

  maxPoolGradient(node, [x, g]) {
    const result = new Float64Array(x!.length);
    winners(node, node.inputs[1]!.shape, x!).forEach((winner, o) => {
      if (winner >= 0) result[winner]! += g![o]!;
    });
    return result;
  },

  maxPoolSelect: (node, [x, t]) =>
    Float64Array.from(winners(node, node.shape, x!), (winner) => (winner < 0 ? 0 : t![winner]!)),
};

/** For every output cell, the position in `x` of the first maximum of its window; -1 where the window has no cell. */
function winners(
  { inputs: [input], attributes }: NodeOf<Window>,
  output: Shape,
  x: Float64Array,
): Int32Array {
  const [inputSpatial, outputSpatial] = [input!.shape.slice(2), output.slice(2)];
  const taps = windowTaps(outputSpatial, inputSpatial, attributes.kernel, attributes);
  const result = new Int32Array(sizeOf(output)).fill(-1);
  for (let plane = 0; plane < sizeOf(output.slice(0, 2)); plane++) {
    for (const tap of taps) {
      const o = plane * sizeOf(outputSpatial) + tap[0];
      const i = plane * sizeOf(inputSpatial) + tap[1];
      const best = result[o]!;
      if (best < 0 || wins(x[i]!, x[best]!)) result[o] = i;
    }
  }
  return result;
}
