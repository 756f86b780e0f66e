import { Activation } from "../../nn/activations.js";
import { PRelu } from "../../nn/prelu.js";
import { normalizeAxis } from "../../shape/shape.js";
import { derived, digits, share, slope, sum, term } from "./derive.js";
import { applyTransfer, slopeThrough, throughTransfer, transfers } from "./functions.js";
import { family, type LayerRules, type Site } from "./site.js";
import { indicesOf } from "./windows.js";

/** Functions of one number. */
const transfer: LayerRules<Activation> = {
  fits: ({ kind }) => transfers.has(kind),

  forward(site, index) {
    const { kind, options } = site.module;
    return applyTransfer(transfers.get(kind)!, options, site.x(index));
  },

  backward(site, index) {
    const { kind, options } = site.module;
    const rule = transfers.get(kind)!;
    const terms = throughTransfer(kind, rule, options, site.x(index), site.y(index), site.dy(index));
    return sum([slope("x"), slopeThrough(rule, options)], terms);
  },
};

/** The indices along the axis of a softmax, through `index`, and the place of `index` among them. */
function along({ module, outputShape }: Site<Activation>, index: readonly number[]) {
  const axis = normalizeAxis(module.options.axis ?? 1, index.length, "softmax");
  const line = Array.from({ length: outputShape[axis]! }, (_, i) => index.with(axis, i));
  return { line, place: index[axis]! };
}

const softmax: LayerRules<Activation> = {
  fits: ({ kind }) => kind === "softmax",

  forward(site, index) {
    const { line, place } = along(site, index);
    const inputs = line.map((at) => site.x(at));
    return shareOfExponentials(["y_c", "\\frac{e^{x_c - m}}{\\sum_j e^{x_j - m}}"], inputs, place);
  },

  backward(site, index) {
    const { line, place } = along(site, index);
    const own = site.y(index);
    const terms = line.map((at, j) => {
      const same = j === place;
      const change = derived(same ? "1 - y_c" : "-y_c", (same ? 1 : 0) - own.value, [own]);
      return term(`output ${j}`, [site.dy(at), site.y(at), change]);
    });
    return sum([slope("x_c"), `\\sum_j ${slope("y_j")}\\, y_j\\,([j = c] - y_c)`], terms);
  },
};

/** `exp(x_c) / sum of exp(x_j)`, each lessened by the greatest, so that nothing overflows. */
export function shareOfExponentials(
  formula: readonly [string, string],
  inputs: ReturnType<Site<Activation>["x"]>[],
  place: number,
) {
  const greatest = Math.max(...inputs.map(({ value }) => value));
  const terms = inputs.map((x, j) => {
    const power = derived(`e^{${x.name} - m}`, Math.exp(x.value - greatest), [x]);
    return term(`class ${j}`, [power], j === place ? "chosen" : undefined);
  });
  return share(
    formula,
    terms,
    `m is the greatest of them, ${digits(greatest)}; it cancels, but keeps the powers small`,
  );
}

/** Which slope of a PReLU stands for an index of its input. */
const slopeIndex = ({ module }: Site<PRelu>, index: readonly number[]) => [module.perChannel ? index[1]! : 0];

const prelu: LayerRules<PRelu> = {
  forward(site, index) {
    const x = site.x(index);
    const factors = x.value > 0 ? [x] : [x, site.variable("weight", "w", slopeIndex(site, index))];
    return sum(
      ["y", "\\begin{cases}x & \\text{if } x > 0 \\\\ w x & \\text{otherwise}\\end{cases}"],
      [term("input", factors)],
    );
  },

  backward(site, index) {
    const x = site.x(index);
    const derivative =
      x.value > 0 ? derived("1", 1, [x]) : site.variable("weight", "w", slopeIndex(site, index));
    return sum(
      [
        slope("x"),
        `${slope("y")} \\cdot \\begin{cases}1 & \\text{if } x > 0 \\\\ w & \\text{otherwise}\\end{cases}`,
      ],
      [term("through prelu", [site.dy(index), derivative])],
    );
  },

  weights: {
    weight(site, index) {
      const terms = indicesOf(site.inputShape())
        .filter((at) => slopeIndex(site, at)[0] === index[0])
        .map((at) => {
          const x = site.x(at);
          return term(`input [${at.join(", ")}]`, [site.dy(at), x.value > 0 ? derived("0", 0, [x]) : x]);
        });
      return sum([slope("w"), `\\sum ${slope("y")}\\, \\min(x, 0)`], terms);
    },
  },
};

export const activations = [family(Activation, transfer), family(Activation, softmax), family(PRelu, prelu)];
