import { Parallel, Residual } from "../../nn/branches.js";
import { Dropout, GaussianDropout, SpatialDropout } from "../../nn/dropout.js";
import { Flatten } from "../../nn/flatten.js";
import { formatShape, type Shape, stridesOf } from "../../shape/shape.js";
import { slope, sum, term } from "./derive.js";
import { family, type LayerRules, type Site } from "./site.js";

/** The index of the same element after its array was given another shape. */
function reshaped(index: readonly number[], from: Shape, to: Shape): number[] {
  const strides = stridesOf(from);
  const position = index.reduce((offset, at, axis) => offset + at * strides[axis]!, 0);
  return stridesOf(to).map((stride, axis) => Math.floor(position / stride) % to[axis]!);
}

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

/** Dropout, which does nothing outside of training. */
const dropout: LayerRules<Dropout | SpatialDropout | GaussianDropout> = {
  forward: (site, index) => sum(["y", "x"], [term("input", [site.x(index)])], noteOf(site)),
  backward: (site, index) =>
    sum([slope("x"), slope("y")], [term("through dropout", [site.dy(index)])], noteOf(site)),
};

const noteOf = ({ module }: Site<Dropout | SpatialDropout | GaussianDropout>) =>
  module.kind === "gaussianDropout"
    ? `does nothing here; while training, it multiplies by noise around 1 (rate ${module.rate})`
    : `does nothing here; while training, it sets a share of ${module.rate} to 0 and divides the others by ${1 - module.rate}`;

const residual: LayerRules<Residual> = {
  forward: (site, index) =>
    sum(
      ["y", "f(x) + s(x)"],
      [
        term("body", [{ ...site.x(index, 0), name: "f(x)" }]),
        term("shortcut", [{ ...site.x(index, 1), name: "s(x)" }]),
      ],
    ),
  backward: (site, index, input) =>
    sum(
      [slope("x"), slope("y")],
      [term(input === 0 ? "through the sum, as body" : "through the sum, as shortcut", [site.dy(index)])],
    ),
};

/** The first channel of each branch in what they are joined to. */
function firstChannels(site: Site<Parallel>): number[] {
  const counts = site.step.inputs.map((_, input) => site.inputShape(input)[1]!);
  return counts.map((_, i) => counts.slice(0, i).reduce((a, b) => a + b, 0));
}

const parallel: LayerRules<Parallel> = {
  forward(site, index) {
    const channel = index[1]!;
    const firsts = firstChannels(site);
    const branch = firsts.findLastIndex((first) => first <= channel);
    const x = site.x(index.with(1, channel - firsts[branch]!), branch);
    return sum(["y", "x"], [term(`branch ${branch}`, [x])]);
  },

  backward(site, index, input) {
    const channel = firstChannels(site)[input]! + index[1]!;
    return sum(
      [slope("x"), slope("y")],
      [term(`output channel ${channel}`, [site.dy(index.with(1, channel))])],
    );
  },
};

export const structure = [
  family<Flatten>(Flatten, flatten),
  family<Dropout>(Dropout, dropout),
  family<SpatialDropout>(SpatialDropout, dropout),
  family<GaussianDropout>(GaussianDropout, dropout),
  family<Residual>(Residual, residual),
  family<Parallel>(Parallel, parallel),
];
