import type { Branch } from "./branch.js";

export interface Position {
  readonly epoch: number;
  /** Within the epoch. */
  readonly step: number;
}

/**
 * Which batch of a data set with `examples` images the step after `done` steps trains on. Another batch size begins a new
 * epoch, so that each epoch's order stays a function of the seed alone.
 */
export function positionOf(branch: Branch, done: number, examples: number): Position {
  let { batchSize } = branch.base;
  let epoch = 0;
  let from = 0;
  const perEpoch = () => Math.max(1, Math.floor(examples / batchSize));
  for (const change of branch.changes) {
    if (change.step > done || change.settings.batchSize === batchSize) continue;
    const steps = change.step - from;
    epoch += Math.ceil(steps / perEpoch());
    from = change.step;
    batchSize = change.settings.batchSize;
  }
  const steps = done - from;
  return { epoch: epoch + Math.floor(steps / perEpoch()), step: steps % perEpoch() };
}

/** On how many examples the first `done` steps of a branch train. */
export function examplesBefore(branch: Branch, done: number): number {
  let { batchSize } = branch.base;
  let from = 0;
  let examples = 0;
  for (const { step, settings } of branch.changes) {
    if (step > done) break;
    examples += (step - from) * batchSize;
    from = step;
    batchSize = settings.batchSize;
  }
  return examples + (done - from) * batchSize;
}
