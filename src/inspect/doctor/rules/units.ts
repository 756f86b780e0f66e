import type { Examination, LayerExamination } from "../examination.js";
import { type Finding, figure, named, percent } from "../finding.js";

/**
 * Shares of a layer's ReLUs that never fire: "as much as 40% of your network can be dead" where learning rates are too high. Single
 * layers of deep networks without normalization may have more from the start and learn (GoogLeNet, measured: up to 69%).
 */
export const watchedDead = 0.4;
export const badDead = 0.8;
/** Shares of the values of sigmoids and tanhs where they are flat. Single units may well be sure; not most of them always. */
export const watchedSaturated = 0.5;
export const badSaturated = 0.9;
/** Mean absolute correlation from which on units say nearly the same. */
export const watchedCorrelation = 0.8;

/**
 * Units that do not work: dead, saturated, or all saying the same.
 *
 * Sources: dead ReLUs: Karpathy, CS231n, "Neural networks part 1", "Commonly used activation functions"; saturation: Glorot
 * and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010, section 3; correlation: Cogswell
 * et al., "Reducing overfitting in deep networks by decorrelating representations", 2016, section 3.
 */
export function unitRules({ layers }: Examination): readonly Finding[] {
  return [...dead(layers), ...saturated(layers), ...correlated(layers)];
}

function dead(layers: readonly LayerExamination[]): Finding[] {
  const shares = measuredOf(layers, "dead");
  const findings = shares.flatMap(({ layer, value }): Finding[] => {
    if (value <= watchedDead) return [];
    const { path, kind, units } = layer;
    return [
      {
        severity: value > badDead ? "bad" : "watch",
        layer: path,
        what: "dead units",
        measured: value,
        advice: `${Math.round(value * units)} of the ${units} units of ${named(path, kind)} (${percent(value)}) are 0 for every example, so no gradient reaches their weights; lower the learning rate, or use leakyRelu.`,
      },
    ];
  });
  if (findings.length > 0 || shares.length === 0) return findings;
  const most = Math.max(...shares.map(({ value }) => value));
  return [good("dead units", most, `At most ${percent(most)} of a layer's ReLUs are dead: nothing to do.`)];
}

function saturated(layers: readonly LayerExamination[]): Finding[] {
  const shares = measuredOf(layers, "saturated");
  const findings = shares.flatMap(({ layer, value }): Finding[] => {
    if (value <= watchedSaturated) return [];
    const { path, kind } = layer;
    return [
      {
        severity: value > badSaturated ? "bad" : "watch",
        layer: path,
        what: "saturated units",
        measured: value,
        advice: `${percent(value)} of the values of ${named(path, kind)} are where it is flat and passes no gradient on; start from smaller weights (xavierNormal), lower the learning rate, or normalize before it.`,
      },
    ];
  });
  if (findings.length > 0 || shares.length === 0) return findings;
  const most = Math.max(...shares.map(({ value }) => value));
  return [
    good(
      "saturated units",
      most,
      `At most ${percent(most)} of a layer's values are saturated: nothing to do.`,
    ),
  ];
}

/** Never worse than to be watched: the units of a small layer, or of one before a decision, may be alike with reason. */
function correlated(layers: readonly LayerExamination[]): Finding[] {
  const means = measuredOf(layers, "correlation");
  const findings = means.flatMap(({ layer, value }): Finding[] => {
    if (value <= watchedCorrelation) return [];
    const { path, kind } = layer;
    return [
      {
        severity: "watch",
        layer: path,
        what: "correlated units",
        measured: value,
        advice: `The units of ${named(path, kind)} say nearly the same, with a mean correlation of ${figure(value)}; normalize before it, use dropout, or make do with fewer units.`,
      },
    ];
  });
  if (findings.length > 0 || means.length === 0) return findings;
  const most = Math.max(...means.map(({ value }) => value));
  return [
    good(
      "correlated units",
      most,
      `The mean correlation between a layer's units is at most ${figure(most)}: they say different things.`,
    ),
  ];
}

/** The layers of which this was measured. */
function measuredOf(layers: readonly LayerExamination[], name: "dead" | "saturated" | "correlation") {
  return layers.flatMap((layer) => {
    const value = layer[name];
    return value === null ? [] : [{ layer, value }];
  });
}

function good(what: Finding["what"], measured: number, advice: string): Finding {
  return { severity: "good", layer: "", what, measured, advice };
}
