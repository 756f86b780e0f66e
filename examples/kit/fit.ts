import { data, type nn, type optim, train } from "gradus";
import { type ExampleContext, RunError, type TrainAndTest } from "gradus/example";

export interface FitOptions extends Partial<Omit<train.TrainOptions, "model" | "data" | "validation">> {
  readonly optimizer: optim.Optimizer;
  readonly epochs: number;
  /** For the bar; default "training". */
  readonly label?: string;
}

export interface Fit {
  /** Mean losses over stretches of training, about twenty an epoch. */
  readonly losses: readonly number[];
  /** On the test set, at the end of each epoch. */
  readonly accuracies: readonly number[];
  /** On the test set, at the end: accuracy, confusion, mistakes. */
  readonly evaluation: train.Evaluation;
  /** Time spent in training steps' loop, in seconds. */
  readonly seconds: number;
}

/**
 * Trains a built classifier on labelled images with the library's loop (batches of 32, unless told otherwise), and tests it.
 * @throws if the loss is no longer finite
 */
export async function fit(
  context: Pick<ExampleContext, "progress" | "seed" | "signal">,
  model: nn.Module,
  sets: TrainAndTest,
  { label = "training", ...options }: FitOptions,
): Promise<Fit> {
  const batches = { size: 32, seed: context.seed, ...options.batches };
  const losses: number[] = [];
  const accuracies: number[] = [];
  let seconds = 0;
  const events = train.train({
    signal: context.signal,
    ...options,
    batches,
    model,
    data: sets.train,
    validation: sets.test,
  });
  for await (const event of events) {
    if (event.event === "progress") context.progress(label, event.fraction);
    if (event.event === "interval") losses.push(event.loss);
    if (event.event === "epoch") accuracies.push(event.validationAccuracy ?? 0);
    if (event.event === "done") seconds = event.seconds;
    if (event.event === "failed") throw new RunError(event.message);
    if (event.event === "stopped") context.signal.throwIfAborted();
  }
  const evaluator = new train.Evaluator(model, { crop: batches.crop, scaling: batches.scaling });
  return { losses, accuracies, evaluation: await evaluator.evaluate(sets.test), seconds };
}

/** The first `count` images of a set; all if there are fewer. */
export function first(set: data.LabelledImages, count: number): data.LabelledImages {
  const length = Math.min(count, set.count);
  return data.subset(
    set,
    Array.from({ length }, (_, i) => i),
  );
}
