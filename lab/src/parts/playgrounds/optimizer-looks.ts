import type { OptimizerName } from "../../worker/playgrounds/optimizers.js";

/** Relatives share a colour; the younger ones have dashes. */
const looks: Readonly<Record<OptimizerName, readonly [series: number, dashed: boolean]>> = {
  sgd: [1, false],
  momentum: [2, false],
  nesterov: [2, true],
  adagrad: [3, false],
  windowedAdagrad: [3, true],
  adadelta: [6, false],
  rmsProp: [4, false],
  adam: [5, false],
  nAdam: [5, true],
  adamax: [4, true],
};

export const colorOfOptimizer = (name: OptimizerName): string => `--series-${looks[name][0]}`;

export const dashOfOptimizer = (name: OptimizerName): number[] => (looks[name][1] ? [6, 3] : []);
