import { BatchNorm } from "../../nn/batch-norm.js";
import { derived, slope, sum, term } from "./derive.js";
import { family, type LayerRules, type Site } from "./site.js";
import type { Factor } from "./types.js";
import { indicesOf } from "./windows.js";

const note = "outside of training, mean and variance are the running ones, and constant";

/** `1 / sqrt(variance + epsilon)` of a channel. */
function scale(site: Site<BatchNorm>, channel: number): Factor {
  const variance = site.variable("running_var", "v", [channel]);
  const value = 1 / Math.sqrt(variance.value + site.module.epsilon);
  return derived("1/\\sqrt{v + \\varepsilon}", value, [variance]);
}

/** `x - mean` */
function deviation(site: Site<BatchNorm>, index: readonly number[]): Factor {
  const [x, mean] = [site.x(index), site.variable("running_mean", "\\mu", [index[1]!])];
  return derived("x - \\mu", x.value - mean.value, [x, mean]);
}

const gamma = (site: Site<BatchNorm>, channel: number) =>
  site.module.weight ? [site.variable("weight", "\\gamma", [channel])] : [];

/** All numbers of one channel. */
const channelOf = (site: Site<BatchNorm>, channel: number) =>
  indicesOf(site.inputShape()).filter((index) => index[1] === channel);

const nameOf = (index: readonly number[]) => `output [${index.join(", ")}]`;

const rules: LayerRules<BatchNorm> = {
  forward(site, index) {
    const channel = index[1]!;
    const factors = [deviation(site, index), scale(site, channel), ...gamma(site, channel)];
    const terms = [term("normalized", factors)];
    if (site.module.bias) terms.push(term("bias", [site.variable("bias", "\\beta", [channel])]));
    const [weight, bias] = site.module.affine ? ["\\gamma_c\\,", " + \\beta_c"] : ["", ""];
    return sum(
      ["y_{n,c,q}", `${weight}\\frac{x_{n,c,q} - \\mu_c}{\\sqrt{v_c + \\varepsilon}}${bias}`],
      terms,
      note,
    );
  },

  backward(site, index) {
    const channel = index[1]!;
    const factors = [site.dy(index), scale(site, channel), ...gamma(site, channel)];
    const weight = site.module.affine ? "\\gamma_c" : "1";
    return sum(
      [slope("x_{n,c,q}"), `${slope("y_{n,c,q}")}\\, \\frac{${weight}}{\\sqrt{v_c + \\varepsilon}}`],
      [term("through batchNorm", factors)],
      note,
    );
  },

  weights: {
    weight(site, [channel]) {
      const terms = channelOf(site, channel!).map((index) =>
        term(nameOf(index), [site.dy(index), deviation(site, index), scale(site, channel!)]),
      );
      const right = `\\sum_{n,q} ${slope("y_{n,c,q}")}\\, \\frac{x_{n,c,q} - \\mu_c}{\\sqrt{v_c + \\varepsilon}}`;
      return sum([slope("\\gamma_c"), right], terms, note);
    },

    bias(site, [channel]) {
      const terms = channelOf(site, channel!).map((index) => term(nameOf(index), [site.dy(index)]));
      return sum([slope("\\beta_c"), `\\sum_{n,q} ${slope("y_{n,c,q}")}`], terms);
    },
  },
};

export const batchNorm = [family(BatchNorm, rules)];
