/** Optimizers, the transformations they are chained from, and schedules: the namespace `optim`. */
import "../runtime/realize.js"; // so that values can be read wherever only this is imported

export {
  type AdamRuleOptions,
  type MomentsRuleOptions,
  scaleByAdam,
  scaleByAdamax,
  scaleByNAdam,
  scaleByRAdam,
} from "./adam-rules.js";
export { clipByNorm, clipByValue } from "./clip.js";
export { Lbfgs, type LbfgsOptions, type LbfgsResult, lbfgs } from "./lbfgs.js";
export { Optimizer } from "./optimizer.js";
export {
  type AdadeltaOptions,
  type AdagradOptions,
  type AdamOptions,
  adadelta,
  adagrad,
  adam,
  adamax,
  adamW,
  type MomentsOptions,
  type NAdamOptions,
  nAdam,
  type OptimizerOptions,
  type RmsPropOptions,
  type RpropOptions,
  rAdam,
  rmsProp,
  rprop,
  type SgdOptions,
  sgd,
  type WindowedAdagradOptions,
  windowedAdagrad,
} from "./optimizers.js";
export {
  addDecayedWeights,
  momentum,
  type ParameterFilter,
  type RpropRuleOptions,
  scaleByAdadelta,
  scaleByAdagrad,
  scaleByRmsProp,
  scaleByRprop,
  scaleByWindowedAdagrad,
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
  type SlotInitial,
  type SlotValues,
  type StepContext,
  stateless,
  type Transformation,
} from "./transformation.js";
