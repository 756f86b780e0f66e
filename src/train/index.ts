/** The training loop, its events, evaluation and checkpoints: the namespace `train`. */
import "../runtime/realize.js"; // so that values can be read wherever only this is imported

export { nextTurn } from "../runtime/turn.js";
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
export { type Ranked, rank, type SearchOptions, search, type Trial, type TrialResult } from "./search.js";
export * as space from "./search-space.js";
export type { TrainState } from "./state.js";
export { type Loss, trainStep } from "./step.js";
export { serveTasks, WorkerPool } from "./worker-pool.js";
