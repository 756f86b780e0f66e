/** Looking at networks from outside: the namespace `inspect`. */
import "../runtime/realize.js"; // so that values can be read wherever only this is imported

export { type Activations, type ActivationsOptions, activations } from "./activations.js";
export {
  type AdversarialLossOptions,
  type AttackOptions,
  adversarialLoss,
  type FgsmOptions,
  fgsm,
  type PgdOptions,
  pgd,
} from "./adversarial.js";
export { type Autocorrelation, autocorrelation } from "./autocorrelation.js";
export { type CheckGradientsOptions, checkGradients } from "./check-gradients.js";
export {
  type EffectiveField,
  type EffectiveFieldOptions,
  effectiveReceptiveField,
} from "./effective-field.js";
export { type Equivariance, type EquivarianceOptions, equivariance } from "./equivariance.js";
export { confusionPicture, type Judged, type JudgedPictureOptions, judgedPicture } from "./failures.js";
export { type FeaturesOptions, features } from "./features.js";
export * as kernels from "./kernels.js";
export { type LbfgsAttackOptions, type LbfgsAttackResult, lbfgsAttack } from "./lbfgs-attack.js";
export { type LinearSvmOptions, linearSvm } from "./linear-svm.js";
export { Pca, type PcaOptions, pca } from "./pca.js";
export {
  type ColorMapName,
  type ColorRange,
  enlarge,
  type HeatMapOptions,
  heatMap,
  type ImagesOfOptions,
  imagesOf,
  type TileOptions,
  tile,
} from "./pictures.js";
export { principalAngles } from "./principal-angles.js";
export {
  type InputBox,
  type ReceptiveFieldOptions,
  receptiveField,
  type UnitOptions,
} from "./receptive-field.js";
export {
  type ActivationStatistics,
  correlation,
  type HistogramOptions,
  histogram,
  statistics,
} from "./statistics.js";
export { captioned, type TextOptions, text } from "./text.js";
export { toeplitz } from "./toeplitz.js";
