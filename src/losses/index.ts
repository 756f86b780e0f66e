/** Losses: the namespace `losses`. */
export {
  accuracy,
  binaryCrossEntropy,
  type CrossEntropyOptions,
  crossEntropy,
  klDivergence,
} from "./cross-entropy.js";
export { type HingeOptions, hinge, multiclassHinge } from "./hinge.js";
export type { LossOptions, Reduction } from "./reduction.js";
export { type HuberOptions, huber, meanAbsoluteError, meanSquaredError } from "./regression.js";
