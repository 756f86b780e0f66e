/** Optimizers, the transformations they are chained from, and schedules: the namespace `optim`. */
export { clipByNorm, clipByValue } from "./clip.js";
export { Optimizer } from "./optimizer.js";
export {
  type AdadeltaOptions,
  type AdagradOptions,
  type AdamOptions,
  adadelta,
  adagrad,
  adam,
  adamW,
  type OptimizerOptions,
  type RmsPropOptions,
  rmsProp,
  type SgdOptions,
  sgd,
} from "./optimizers.js";
export {
  type AdamRuleOptions,
  addDecayedWeights,
  momentum,
  type ParameterFilter,
  scaleByAdadelta,
  scaleByAdagrad,
  scaleByAdam,
  scaleByRmsProp,
} from "./rules.js";
export * as schedules from "./schedules.js";
export {
  Plateau,
  type PlateauOptions,
  type PlateauState,
  plateau,
  type Schedule,
} from "./schedules.js";
export {
  chain,
  type Parameter,
  type ParameterRule,
  perParameter,
  type SlotValues,
  type StepContext,
  stateless,
  type Transformation,
} from "./transformation.js";
