/** The optimizers of the page, with what can be set while they run. Defaults are the library's. */
interface OptimizerNumber {
  readonly name: string;
  readonly title: string;
  readonly minimum: number;
  readonly maximum: number;
  readonly logarithmic: boolean;
  /** What holds when the recipe says nothing. */
  readonly fallback: number;
}

export interface OptimizerSwitch {
  readonly name: string;
  readonly title: string;
}

export interface OptimizerKind {
  readonly type: string;
  readonly title: string;
  /** What to begin with when the user turns to it. */
  readonly start: Readonly<Record<string, unknown>> & { readonly type: string };
  readonly options: readonly OptimizerNumber[];
  /** What is on or off, and off by default. */
  readonly switches?: readonly OptimizerSwitch[];
}

const rate = (fallback: number): OptimizerNumber => ({
  name: "learningRate",
  title: "learning rate",
  minimum: 1e-5,
  maximum: 10,
  logarithmic: true,
  fallback,
});

const share = (name: string, title: string, fallback: number): OptimizerNumber => ({
  name,
  title,
  minimum: 0,
  maximum: 0.999,
  logarithmic: false,
  fallback,
});

const decay: OptimizerNumber = {
  name: "weightDecay",
  title: "weight decay (L2)",
  minimum: 1e-6,
  maximum: 0.1,
  logarithmic: true,
  fallback: 0,
};

const epsilon = (fallback: number): OptimizerNumber => ({
  name: "epsilon",
  title: "epsilon",
  minimum: 1e-12,
  maximum: 0.1,
  logarithmic: true,
  fallback,
});

const momentum = share("momentum", "momentum", 0);
const moments = [share("beta1", "momentum (beta 1)", 0.9), share("beta2", "beta 2", 0.999), epsilon(1e-8)];
const amsgrad = { name: "amsgrad", title: "step sizes only fall (AMSGrad)" };

export const optimizers: readonly OptimizerKind[] = [
  {
    type: "adadelta",
    title: "Adadelta",
    start: { type: "adadelta", learningRate: 1, rho: 0.95, epsilon: 1e-6 },
    options: [rate(1), share("rho", "rho", 0.9), epsilon(1e-6), decay],
  },
  {
    type: "sgd",
    title: "SGD with momentum",
    start: { type: "sgd", learningRate: 0.05, momentum: 0.9 },
    options: [rate(0.01), momentum, decay],
    switches: [{ name: "nesterov", title: "Nesterov's look ahead" }],
  },
  {
    type: "adam",
    title: "Adam",
    start: { type: "adam", learningRate: 0.001 },
    options: [rate(0.001), ...moments, decay],
    switches: [amsgrad],
  },
  {
    type: "adamw",
    title: "AdamW",
    start: { type: "adamw", learningRate: 0.001 },
    options: [rate(0.001), ...moments, decay],
    switches: [amsgrad],
  },
  {
    type: "adamax",
    title: "AdaMax",
    start: { type: "adamax", learningRate: 0.002 },
    options: [rate(0.002), ...moments, decay],
  },
  {
    type: "nadam",
    title: "NAdam",
    start: { type: "nadam", learningRate: 0.002 },
    options: [rate(0.002), ...moments, decay],
  },
  {
    type: "radam",
    title: "RAdam",
    start: { type: "radam", learningRate: 0.001 },
    options: [rate(0.001), ...moments, decay],
  },
  {
    type: "rmsprop",
    title: "RMSProp",
    start: { type: "rmsprop", learningRate: 0.001, decay: 0.9 },
    options: [rate(0.01), share("decay", "decay of the mean square", 0.99), momentum, epsilon(1e-8), decay],
    switches: [{ name: "centered", title: "centred (by the variance)" }],
  },
  {
    type: "adagrad",
    title: "Adagrad",
    start: { type: "adagrad", learningRate: 0.01 },
    options: [rate(0.01), epsilon(1e-10), decay],
  },
  {
    type: "windowedAdagrad",
    title: "Windowed Adagrad (windowgrad)",
    start: { type: "windowedAdagrad", learningRate: 0.01 },
    options: [rate(0.01), share("rho", "rho", 0.95), epsilon(1e-8), decay],
  },
  {
    type: "rprop",
    title: "Rprop",
    start: { type: "rprop", initialStep: 0.001 },
    options: [rate(1), decay],
  },
];
