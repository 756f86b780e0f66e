/** The trainings of the hyper-parameter search: what one candidate is, and how it is trained and tested. */
import { type data, nn, optim, train } from "gradus";

export const space = {
  filters: train.space.choice(4, 8, 16),
  kernelSize: train.space.choice(3, 5),
  activation: train.space.choice("relu", "tanh", "sigmoid"),
  optimizer: train.space.choice("sgd", "adam"),
  learningRate: train.space.logUniform(3e-4, 0.3),
  weightDecay: train.space.logUniform(1e-6, 1e-2),
  dropout: train.space.uniform(0, 0.5),
};

export type Settings = train.space.SettingsOf<typeof space>;

/** What a worker is asked to do. The images go along as bytes. */
export interface TrialTask {
  readonly settings: Settings;
  readonly train: data.LabelledImages;
  readonly test: data.LabelledImages;
  readonly epochs: number;
  readonly seed: number;
}

export interface TrialAnswer {
  /** On the test side; NaN if training failed. */
  readonly accuracy: number;
  readonly weights: ReadonlyMap<string, ArrayLike<number>>;
}

export function network({ filters, kernelSize, activation, dropout }: Settings): nn.Sequential {
  const transfer = { relu: nn.relu, tanh: nn.tanh, sigmoid: nn.sigmoid }[activation];
  const model = nn.sequential([
    nn.conv2d(filters, kernelSize, { stride: 2, padding: "same" }),
    transfer(),
    nn.conv2d(2 * filters, kernelSize, { stride: 2, padding: "same" }),
    transfer(),
    nn.flatten(),
    nn.dropout(dropout),
    nn.dense(10),
  ]);
  return model;
}

export async function runTrial(task: TrialTask): Promise<TrialAnswer> {
  const { settings, seed } = task;
  const model = network(settings);
  model.build([1, 28, 28], { seed });
  const { learningRate, weightDecay } = settings;
  const optimizer =
    settings.optimizer === "adam"
      ? optim.adamW(model.parameters(), { learningRate, weightDecay })
      : optim.sgd(model.parameters(), { learningRate, weightDecay, momentum: 0.9 });
  const batches = { size: 32, seed };
  const events = train.train({ model, optimizer, data: task.train, batches, epochs: task.epochs });
  let failed = false;
  for await (const { event } of events) if (event === "failed") failed = true;
  const { accuracy } = await new train.Evaluator(model).evaluate(task.test);
  const weights = new Map<string, ArrayLike<number>>();
  for (const [path, variable] of model.variables()) weights.set(path, await variable.data());
  return { accuracy: failed ? Number.NaN : accuracy, weights };
}
