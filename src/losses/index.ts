/** Losses: the namespace `losses`. */
import "../runtime/realize.js"; // so that values can be read wherever only this is imported

export { type BinaryCrossEntropyOptions, binaryCrossEntropy } from "./binary-cross-entropy.js";
export { accuracy, type CrossEntropyOptions, crossEntropy, klDivergence } from "./cross-entropy.js";
export { contrastive, cosineEmbedding, type EmbeddingOptions, triplet } from "./embedding.js";
export { type HingeOptions, hinge, multiclassHinge, perceptron } from "./hinge.js";
export { l1, l2 } from "./penalty.js";
export type { LossOptions, Reduction } from "./reduction.js";
export {
  type HuberOptions,
  huber,
  meanAbsoluteError,
  meanSquaredError,
  poisson,
  type SmoothL1Options,
  smoothL1,
} from "./regression.js";
