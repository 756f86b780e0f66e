import { broadcastAxes } from "../../shape/shape.js";
import { flip, pad, permute, reshape, slice } from "../../tensor/movement.js";
import { sum } from "../../tensor/reduction.js";
import type { RulesFor } from "../rule.js";

type Movement = "reshape" | "permute" | "broadcast" | "pad" | "slice" | "flip" | "concatenate";

// Every movement is linear; its rule is its transpose.
export const movementRules: RulesFor<Movement> = {
  reshape: (g, { inputs: [x] }) => [reshape(g, x!.shape)],
  permute: (g, { attributes: { axes } }) => [
    permute(
      g,
      axes.map((_, axis) => axes.indexOf(axis)),
    ),
  ],
  broadcast: (g, { inputs: [x], shape }) => [sum(g, broadcastAxes(x!.shape, shape), true)],
  pad(g, { inputs: [x], attributes: { low, interior } }) {
    const step = interior.map((cells) => cells + 1);
    const stop = x!.shape.map((extent, axis) => low[axis]! + Math.max(0, (extent - 1) * step[axis]! + 1));
    return [slice(g, low, stop, step)];
  },
  slice(g, { inputs: [x], shape, attributes: { start, step } }) {
    const padding = shape.map((extent, axis): [number, number] => {
      const covered = extent === 0 ? 0 : (extent - 1) * step[axis]! + 1;
      return [start[axis]!, x!.shape[axis]! - start[axis]! - covered];
    });
    return [
      pad(
        g,
        padding,
        0,
        step.map((stride) => stride - 1),
      ),
    ];
  },
  flip: (g, { attributes: { axes } }) => [flip(g, axes)],
  concatenate(g, { inputs, attributes: { axis } }) {
    let offset = 0;
    return inputs.map((input) => {
      const start = g.shape.map((_, i) => (i === axis ? offset : 0));
      offset += input.shape[axis]!;
      return slice(
        g,
        start,
        g.shape.map((extent, i) => (i === axis ? offset : extent)),
      );
    });
  },
};
