/** The training loop, its events, evaluation and checkpoints: the namespace `train`. */
export {
  type Checkpoint,
  readVariables,
  restoreVariables,
  type Variables,
} from "./checkpoint.js";
export { decodeCheckpoint, encodeCheckpoint } from "./checkpoint-file.js";
export { firstNonFinite, type NonFinite } from "./diagnose.js";
export { type Evaluation, Evaluator, type EvaluatorOptions, type Mistake, summarize } from "./evaluate.js";
export type {
  CheckpointEvent,
  DoneEvent,
  EpochEvent,
  FailedEvent,
  IntervalEvent,
  ProgressEvent,
  StartEvent,
  StoppedEvent,
  TrainEvent,
} from "./events.js";
export { type TrainOptions, train } from "./loop.js";
export type { TrainState } from "./state.js";
export { type Loss, trainStep } from "./step.js";
