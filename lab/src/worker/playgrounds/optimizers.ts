import { optim, type Variable } from "gradus";

type Make = (parameters: readonly Variable[], learningRate: number) => optim.Optimizer;

interface Kind {
  readonly title: string;
  /** A rate that serves small networks well. */
  readonly rate: number;
  readonly make: Make;
}

/** The library's optimizers, as the playgrounds offer them. */
export const optimizers = {
  sgd: { title: "SGD", rate: 0.1, make: (p, learningRate) => optim.sgd(p, { learningRate }) },
  momentum: {
    title: "momentum",
    rate: 0.03,
    make: (p, learningRate) => optim.sgd(p, { learningRate, momentum: 0.9 }),
  },
  nesterov: {
    title: "Nesterov",
    rate: 0.03,
    make: (p, learningRate) => optim.sgd(p, { learningRate, momentum: 0.9, nesterov: true }),
  },
  adagrad: { title: "Adagrad", rate: 0.03, make: (p, learningRate) => optim.adagrad(p, { learningRate }) },
  windowedAdagrad: {
    title: "windowed Adagrad",
    rate: 0.003,
    make: (p, learningRate) => optim.windowedAdagrad(p, { learningRate }),
  },
  adadelta: { title: "Adadelta", rate: 1, make: (p, learningRate) => optim.adadelta(p, { learningRate }) },
  rmsProp: { title: "RMSProp", rate: 0.003, make: (p, learningRate) => optim.rmsProp(p, { learningRate }) },
  adam: { title: "Adam", rate: 0.01, make: (p, learningRate) => optim.adam(p, { learningRate }) },
  nAdam: { title: "NAdam", rate: 0.01, make: (p, learningRate) => optim.nAdam(p, { learningRate }) },
  adamax: { title: "Adamax", rate: 0.01, make: (p, learningRate) => optim.adamax(p, { learningRate }) },
} as const satisfies Readonly<Record<string, Kind>>;

export type OptimizerName = keyof typeof optimizers;

export const optimizerNames = Object.keys(optimizers) as OptimizerName[];

export function makeOptimizer(
  name: OptimizerName,
  parameters: readonly Variable[],
  learningRate: number,
): optim.Optimizer {
  return optimizers[name].make(parameters, learningRate);
}
