/** Data sets, readers and batches: the namespace `data`. */
import "../runtime/realize.js"; // so that values can be read wherever only this is imported

export {
  type AffineOptions,
  type Augmentation,
  affine,
  brightness,
  colorJitter,
  contrast,
  cutout,
  type ElasticOptions,
  elastic,
  type FillOptions,
  flip,
  noise,
  saturation,
  shift,
} from "./augment.js";
export { type Batch, Batches, type BatchOptions, batches } from "./batches.js";
export { cifar10Classes, concatenate, parseCifar10 } from "./cifar.js";
export type { DataIndex, DataPart, DataSet } from "./data-index.js";
export { DataError } from "./errors.js";
export {
  type BlurredEdgesOptions,
  blurredEdges,
  type HogOptions,
  hog,
  type OrientedGradientsOptions,
  orientedGradients,
} from "./features.js";
export { stratifiedFolds } from "./folds.js";
export { gunzip, gunzipIfNeeded, isGzip } from "./gzip.js";
export { type IdxArray, parseIdx, writeIdx } from "./idx.js";
export { mnistImage, type PixelImage } from "./image.js";
export {
  classCounts,
  digitClasses,
  type LabelledImages,
  type LabelledImagesOptions,
  labelledImages,
  subset,
} from "./labelled-images.js";
export { centreCrop, centred, type ImageSize, type Scaling, type TestCrops } from "./preprocess.js";
export { type Split, stratifiedSplit } from "./split.js";
