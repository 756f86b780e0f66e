import { Dropout, GaussianDropout, SpatialDropout } from "../../nn/dropout.js";
import { Flatten } from "../../nn/flatten.js";
import type { Module } from "../../nn/module.js";
import { formatShape } from "../../shape/shape.js";
import { slope, sum, term } from "./derive.js";
import { reshaped } from "./movement.js";
import { family, type LayerRules } from "./site.js";

const flatten: LayerRules<Flatten> = {
  forward(site, index) {
    const from = reshaped(index, site.outputShape, site.inputShape());
    return sum(["y_{n,i}", "x_{n,c,q}"], [term(`input ${formatShape(from)}`, [site.x(from)])]);
  },

  backward(site, index) {
    const to = reshaped(index, site.inputShape(), site.outputShape);
    return sum([slope("x_{n,c,q}"), slope("y_{n,i}")], [term(`output ${formatShape(to)}`, [site.dy(to)])]);
  },
};

/** What a module does that passes on what it reads, besides that; empty for most. */
export function noteOf(module: Module | undefined): string {
  const noise =
    module instanceof Dropout || module instanceof SpatialDropout || module instanceof GaussianDropout;
  if (!noise) return "";
  return module.kind === "gaussianDropout"
    ? `${module.kind} does nothing here; while training, it multiplies by noise around 1 (rate ${module.rate})`
    : `${module.kind} does nothing here; while training, it sets a share of ${module.rate} to 0 and divides the others by ${1 - module.rate}`;
}

export const structure = [family<Flatten>(Flatten, flatten)];
