/** Training begins, or goes on. */
export interface StartEvent {
  readonly event: "start";
  /** The first epoch to be run, from 0, and how many there are in all. */
  readonly epoch: number;
  readonly epochs: number;
  readonly stepsPerEpoch: number;
  readonly examples: number;
  readonly validationExamples: number;
  /** Batches trained on before, when a run is resumed. */
  readonly totalSteps: number;
}

/** Sent some times a second. */
export interface ProgressEvent {
  readonly event: "progress";
  readonly epoch: number;
  readonly epochs: number;
  /** Batches done in this epoch. */
  readonly step: number;
  readonly stepsPerEpoch: number;
  readonly totalSteps: number;
  /** Share of the whole training that is done, from 0 to 1. */
  readonly fraction: number;
  /** Means over the epoch so far. */
  readonly loss: number;
  readonly accuracy: number;
  readonly learningRate: number;
  /** Of the steps of this call; the first, which compiles, is left out as soon as there are others. */
  readonly examplesPerSecond: number;
  /** An estimate from the speed so far. */
  readonly secondsLeft: number;
}

/** The means over a stretch of training: about twenty an epoch, at fixed steps. */
export interface IntervalEvent {
  readonly event: "interval";
  readonly totalSteps: number;
  /** Position in epochs, with a fraction. */
  readonly epochs: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly learningRate: number;
}

/** An epoch is over and has been validated. */
export interface EpochEvent {
  readonly event: "epoch";
  /** Epochs finished: the first epoch gives 1. */
  readonly epoch: number;
  /** The time ran out within the epoch that follows `epoch`: the figures are of that part of it. */
  readonly cutShort: boolean;
  readonly epochs: number;
  readonly totalSteps: number;
  /** Means over the epoch, while the weights moved. */
  readonly loss: number;
  readonly accuracy: number;
  /** On the validation set, with the weights at the end of the epoch. Null without such a set. */
  readonly validationLoss: number | null;
  readonly validationAccuracy: number | null;
  readonly learningRate: number;
  readonly examplesPerSecond: number;
  /** Since training began, pauses between resumed runs not counted. */
  readonly seconds: number;
}

/** A checkpoint has been saved. */
export interface CheckpointEvent {
  readonly event: "checkpoint";
  readonly epoch: number;
  readonly step: number;
  readonly totalSteps: number;
}

/** Training has come to its end. */
export interface DoneEvent {
  readonly event: "done";
  /** Why: all epochs run, the time up, or no improvement any more. */
  readonly reason: "epochs" | "seconds" | "earlyStopping";
  readonly epoch: number;
  readonly totalSteps: number;
  /** The epoch (from 1) whose weights the model has now, where early stopping chose them. */
  readonly bestEpoch: number | null;
  readonly examplesPerSecond: number;
  readonly seconds: number;
}

/** The signal was raised: the current step was finished and a checkpoint saved. */
export interface StoppedEvent {
  readonly event: "stopped";
  readonly epoch: number;
  readonly step: number;
  readonly totalSteps: number;
}

/** The loss or a weight is no finite number. The step that gave it changed nothing, and no checkpoint was saved. */
export interface FailedEvent {
  readonly event: "failed";
  readonly epoch: number;
  readonly step: number;
  readonly totalSteps: number;
  /** Path of the first layer whose output is not finite; empty if it is none. */
  readonly layer: string;
  readonly message: string;
}

/** What happens in training, in order; one of `done`, `stopped` and `failed` is the last. */
export type TrainEvent =
  | StartEvent
  | ProgressEvent
  | IntervalEvent
  | EpochEvent
  | CheckpointEvent
  | DoneEvent
  | StoppedEvent
  | FailedEvent;
