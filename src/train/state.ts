import { DataError } from "../data/errors.js";
import type { PlateauState } from "../optim/schedules.js";
import type { Checkpoint } from "./checkpoint.js";

/** The validation that was best so far. */
export interface Best {
  /** From 1. */
  readonly epoch: number;
  readonly loss: number;
}

/** Where a training stands, besides its variables: with both, it goes on as if it had never stopped. */
export interface TrainState {
  /** Decides the order of the examples; a run cannot go on with another. */
  readonly seed: number;
  readonly batchSize: number;
  readonly examples: number;
  /** Epochs finished. */
  epoch: number;
  /** Batches done in the current epoch. */
  step: number;
  totalSteps: number;
  /** Sums over the current epoch's batches. */
  lossSum: number;
  correct: number;
  /** Sums since the last interval event. */
  interval: { steps: number; lossSum: number; correct: number };
  /** Time spent in steps, and in all. */
  stepSeconds: number;
  seconds: number;
  plateau: PlateauState | null;
  best: Best | null;
  /** Early stopping has ended the training. */
  ended: boolean;
}

export function initialState(seed: number, batchSize: number, examples: number): TrainState {
  return {
    seed,
    batchSize,
    examples,
    epoch: 0,
    step: 0,
    totalSteps: 0,
    lossSum: 0,
    correct: 0,
    interval: { steps: 0, lossSum: 0, correct: 0 },
    stepSeconds: 0,
    seconds: 0,
    plateau: null,
    best: null,
    ended: false,
  };
}

const numbers = ["epoch", "step", "totalSteps", "lossSum", "correct", "stepSeconds", "seconds"] as const;

/**
 * The state in a checkpoint, checked to belong to this training.
 * @throws DataError naming the entry that is wrong or differs
 */
export function stateOf(checkpoint: Checkpoint, fresh: TrainState): TrainState {
  const { source, state } = checkpoint;
  const refuse = (problem: string): never => {
    throw new DataError(source, problem);
  };
  if (typeof state !== "object" || state === null)
    return refuse("corrupt: the training state is not an object");
  const entries: Partial<Record<string, unknown>> = { ...state };
  for (const name of ["seed", "batchSize", "examples"] as const) {
    if (entries[name] !== fresh[name]) {
      refuse(
        `cannot be resumed: its ${name} is ${JSON.stringify(entries[name])}, but this training's is ${fresh[name]}`,
      );
    }
  }
  const restored = { ...fresh };
  for (const name of numbers) {
    const value = entries[name];
    if (typeof value !== "number" || !Number.isFinite(value) || value < 0) {
      return refuse(`corrupt: ${name} in the training state is ${JSON.stringify(value)}`);
    }
    restored[name] = value;
  }
  restored.ended = entries.ended === true;
  const { best, plateau, interval } = entries;
  if (isRecordOf(interval, ["steps", "lossSum", "correct"])) {
    restored.interval = { steps: interval.steps, lossSum: interval.lossSum, correct: interval.correct };
  }
  if (isRecordOf(best, ["epoch", "loss"])) restored.best = { epoch: best.epoch, loss: best.loss };
  if (isRecordOf(plateau, ["rate", "waited", "cooling"])) {
    const { rate, waited, cooling } = plateau;
    const lowest = (plateau as Record<string, unknown>).best;
    restored.plateau = { rate, waited, cooling, best: typeof lowest === "number" ? lowest : null };
  }
  return restored;
}

function isRecordOf<K extends string>(value: unknown, keys: readonly K[]): value is Record<K, number> {
  if (typeof value !== "object" || value === null) return false;
  const record: Partial<Record<string, unknown>> = { ...value };
  return keys.every((key) => typeof record[key] === "number");
}
