import type { Examination } from "../examination.js";
import { type Finding, figure } from "../finding.js";

/** What a step should change of weights, as a share of their length: "roughly 1e-3". */
export const healthyUpdate = 1e-3;
/** Ten times as much is to be watched (Adam's first steps are so large), a hundred times as much destroys what was learned. */
export const largeUpdate = 10 * healthyUpdate;
export const hugeUpdate = 100 * healthyUpdate;
/** So little changes nothing in thousands of steps. At the end of a schedule it is meant to be so. */
export const smallUpdate = healthyUpdate / 100;

/**
 * The size of a step against that of the weights it changes, matrices and kernels only: biases begin at 0.
 *
 * Source: Karpathy, CS231n, "Neural networks part 3", "Ratio of weights:updates".
 */
export function updateRules({ parameters }: Examination): readonly Finding[] {
  const weights = parameters.flatMap(({ name, layer, shape, updateRatio, gradientNorm }) =>
    // Where no gradient arrives, other rules say why.
    shape.length < 2 || updateRatio === null || gradientNorm === 0
      ? []
      : [{ name, layer, ratio: updateRatio }],
  );
  if (weights.length === 0) return [];
  const findings = weights.flatMap(({ name, layer, ratio }): Finding[] => {
    if (ratio <= largeUpdate) return [];
    const fold = 10 ** Math.floor(Math.log10(ratio / healthyUpdate));
    const told = `A step changes ${name} by ${figure(ratio)} of its length, where about ${healthyUpdate} is usual`;
    const what = "update too large";
    return ratio > hugeUpdate
      ? [
          {
            severity: "bad",
            layer,
            what,
            measured: ratio,
            advice: `${told}; lower the learning rate about ${fold}-fold.`,
          },
        ]
      : [
          {
            severity: "watch",
            layer,
            what,
            measured: ratio,
            advice: `${told}; a smaller learning rate may end lower.`,
          },
        ];
  });
  if (findings.length > 0) return findings;
  const ratios = weights.map(({ ratio }) => ratio);
  const [least, most] = [Math.min(...ratios), Math.max(...ratios)];
  // Where only some are small, it is not the learning rate that makes them so.
  if (most < smallUpdate) {
    return [
      {
        severity: "watch",
        layer: "",
        what: "update too small",
        measured: most,
        advice: `A step changes no weights by more than ${figure(most)} of their length, where about ${healthyUpdate} is usual; unless training is to end here, raise the learning rate.`,
      },
    ];
  }
  return [
    {
      severity: "good",
      layer: "",
      what: "update size",
      measured: most,
      advice: `A step changes weights by ${figure(least)} to ${figure(most)} of their length, near the usual ${healthyUpdate}: leave the learning rate as it is.`,
    },
  ];
}
