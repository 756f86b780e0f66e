/** Looking at networks from outside: the namespace `inspect`. */
import "../runtime/realize.js"; // so that values can be read wherever only this is imported

export {
  ActivationMaximization,
  type ActivationMaximizationOptions,
  activationMaximization,
} from "./activation-maximization.js";
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
export { ArithmeticBook } from "./arithmetic/book.js";
export type { NumberTensor } from "./arithmetic/numbers.js";
export { type ArithmeticTextOptions, arithmeticText } from "./arithmetic/text.js";
export type { Address, Arithmetic, Combination, Factor, NumberKind, Term } from "./arithmetic/types.js";
export { arithmetic } from "./arithmetic.js";
export { type Autocorrelation, autocorrelation } from "./autocorrelation.js";
export { type CheckGradientsOptions, checkGradients } from "./check-gradients.js";
export { classActivationMap } from "./class-activation-map.js";
export type { ClassOptions } from "./class-scores.js";
export { diagnose } from "./doctor/diagnose.js";
export type { Examination, LayerExamination, ParameterExamination } from "./doctor/examination.js";
export { type Examine, type ExaminerOptions, examiner } from "./doctor/examiner.js";
export type { Finding, FindingName, TrainingCourse } from "./doctor/finding.js";
export {
  type EffectiveField,
  type EffectiveFieldOptions,
  effectiveReceptiveField,
} from "./effective-field.js";
export { type Equivariance, type EquivarianceOptions, equivariance } from "./equivariance.js";
export { confusionPicture, type Judged, type JudgedPictureOptions, judgedPicture } from "./failures.js";
export { type FeaturesOptions, features } from "./features.js";
export { type ActivationMapOptions, type GradCamOptions, gradCam } from "./grad-cam.js";
export { deconvnet, guidedBackprop } from "./guided-backprop.js";
export * as kernels from "./kernels.js";
export { type LbfgsAttackOptions, type LbfgsAttackResult, lbfgsAttack } from "./lbfgs-attack.js";
export { type LinearSvmOptions, linearSvm } from "./linear-svm.js";
export { type OcclusionOptions, occlusion } from "./occlusion.js";
export {
  type ParameterGradients,
  type ParameterGradientsOptions,
  parameterGradients,
} from "./parameter-gradients.js";
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
export { type SaliencyOptions, type SmoothingOptions, saliency } from "./saliency.js";
export {
  type ActivationStatistics,
  correlation,
  type HistogramOptions,
  histogram,
  statistics,
} from "./statistics.js";
export { captioned, type TextOptions, text } from "./text.js";
export { toeplitz } from "./toeplitz.js";
export { type ChannelPatches, type Patch, type TopPatchesOptions, topPatches } from "./top-patches.js";
export type { UnitSelection } from "./unit-scores.js";
