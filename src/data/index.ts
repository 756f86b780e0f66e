/** Data sets, readers and batches: the namespace `data`. */
export { type Batch, Batches, type BatchOptions, batches } from "./batches.js";
export { cifar10Classes, concatenate, parseCifar10 } from "./cifar.js";
export { DataError } from "./errors.js";
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
