import { Dense } from "../../nn/dense.js";
import { formatShape } from "../../shape/shape.js";
import { slope, sum, term } from "./derive.js";
import { family, type LayerRules, type Site } from "./site.js";
import { indicesOf } from "./windows.js";

/** All rows of the input, each of which the layer takes for itself: `[example, ...]`. */
const rowsOf = (site: Site<Dense>) => indicesOf(site.inputShape().slice(0, -1));

const nameOf = (row: readonly number[]) =>
  row.length === 1 ? `example ${row[0]}` : `example ${row[0]}, position ${formatShape(row.slice(1))}`;

const rules: LayerRules<Dense> = {
  forward(site, index) {
    const [row, unit] = [index.slice(0, -1), index.at(-1)!];
    const terms = Array.from({ length: site.module.weight.shape[1]! }, (_, i) =>
      term(`input ${i}`, [site.x([...row, i]), site.variable("weight", "w", [unit, i])]),
    );
    if (site.module.bias) terms.push(term("bias", [site.variable("bias", "b", [unit])]));
    return sum(["y_{n,u}", `\\sum_i x_{n,i}\\, w_{u,i}${site.module.bias ? " + b_u" : ""}`], terms);
  },

  backward(site, index) {
    const [row, input] = [index.slice(0, -1), index.at(-1)!];
    const terms = Array.from({ length: site.module.units }, (_, unit) =>
      term(`unit ${unit}`, [site.dy([...row, unit]), site.variable("weight", "w", [unit, input])]),
    );
    return sum([slope("x_{n,i}"), `\\sum_u ${slope("y_{n,u}")}\\, w_{u,i}`], terms);
  },

  weights: {
    weight(site, index) {
      const [unit, input] = index as [number, number];
      const terms = rowsOf(site).map((row) =>
        term(nameOf(row), [site.dy([...row, unit]), site.x([...row, input])]),
      );
      return sum([slope("w_{u,i}"), `\\sum_n ${slope("y_{n,u}")}\\, x_{n,i}`], terms);
    },

    bias(site, index) {
      const [unit] = index as [number];
      const terms = rowsOf(site).map((row) => term(nameOf(row), [site.dy([...row, unit])]));
      return sum([slope("b_u"), `\\sum_n ${slope("y_{n,u}")}`], terms);
    },
  },
};

export const dense = [family(Dense, rules)];
