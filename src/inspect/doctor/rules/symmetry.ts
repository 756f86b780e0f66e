import type { Examination } from "../examination.js";
import { type Finding, named } from "../finding.js";

/** Relative differences up to this are rounding. */
export const identicalDifference = 1e-5;

/**
 * Units of a layer with the same weights and the same gradients: every step changes them alike, so they stay one unit for
 * ever. One alone of the two is no fault: a last layer may well begin with zeros, where its gradients differ.
 *
 * Source: Goodfellow, Bengio and Courville, "Deep learning", 2016, section 8.4 ("break symmetry"); Karpathy, CS231n,
 * "Neural networks part 2", "Pitfall: all zero initialization".
 */
export function symmetryRules({ parameters }: Examination): readonly Finding[] {
  const alike = (difference: number | null) => difference !== null && difference <= identicalDifference;
  return parameters.flatMap((parameter): Finding[] => {
    const { name, layer, norm, shape, unitDifference, gradientUnitDifference } = parameter;
    if (!alike(unitDifference) || !alike(gradientUnitDifference)) return [];
    const what = norm === 0 ? "are all 0" : "are the same";
    return [
      {
        severity: "bad",
        layer,
        what: "identical units",
        measured: unitDifference,
        advice:
          `The weights of the ${shape[0]} units of ${named(layer)} (${name}) ${what} and so are their gradients, so they can ` +
          "only ever learn one thing together; start them from random weights, such as heNormal.",
      },
    ];
  });
}
