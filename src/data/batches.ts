import { inputSlot, node } from "../graph/build.js";
import { RandomStream } from "../random/stream.js";
import type { TypedArray } from "../shape/dtype.js";
import type { Shape } from "../shape/shape.js";
import { Tensor } from "../tensor/tensor.js";
import type { Augmentation } from "./augment.js";
import type { LabelledImages } from "./labelled-images.js";
import { batchKey, type Pipeline, pipeline } from "./pipeline.js";
import {
  type CropPlace,
  centred,
  centrePlace,
  cropInto,
  cropSize,
  dataStreams,
  type ImageSize,
  randomPlace,
  type Scaling,
  scalingTable,
} from "./preprocess.js";

export interface BatchOptions {
  /** Examples in a batch. */
  readonly size: number;
  /** Decides order and augmentation. An integer in [0, 2^53). */
  readonly seed: number;
  /** A new random order each epoch. Default: true; otherwise the set's own order. */
  readonly shuffle?: boolean | undefined;
  /** Cut each image to this size. Default: the whole image. */
  readonly crop?: ImageSize | undefined;
  /**
   * Changes to the images, one after the other, before the crop at their centre: `[data.shift(2), data.elastic()]`. Or only
   * these: crop at a new random place each epoch (else at the centre), mirror half of the images left to right.
   */
  readonly augment?:
    | readonly Augmentation[]
    | { readonly crop?: boolean | undefined; readonly mirror?: boolean | undefined }
    | undefined;
  /** Leave out the last batch of an epoch if it is not full. Default: false. */
  readonly dropLast?: boolean | undefined;
  /** Default: 1. */
  readonly epochs?: number | undefined;
  /** Default: `pixel / 255 - 0.5`. */
  readonly scaling?: Scaling | undefined;
}

export interface Batch {
  /** float32 `[size, channels, height, width]` */
  readonly images: Tensor;
  /** int32 `[size]` */
  readonly labels: Tensor;
  /** Which examples of the set these are. */
  readonly indices: Uint32Array;
  /** From 0. */
  readonly epoch: number;
  /** Within the epoch, from 0. */
  readonly step: number;
}

/**
 * The batches of a set by number: batch `step` of epoch `epoch` is a pure function of the seed and these two, so that
 * training can go on from any place with exactly the batches it would have seen.
 */
export class Batches {
  readonly set: LabelledImages;
  readonly perEpoch: number;
  readonly #options: BatchOptions;
  readonly #size: { readonly height: number; readonly width: number };
  readonly #centre: CropPlace;
  readonly #table: Float32Array;
  /** Augments, cuts and scales whole images. */
  readonly #pipeline: Pipeline | undefined;
  #order: { readonly epoch: number; readonly indices: Uint32Array } | undefined;

  /**
   * @throws RangeError if the size is no positive integer, or if dropping the last batch leaves none
   * @throws ShapeError if the crop does not fit
   */
  constructor(set: LabelledImages, options: BatchOptions) {
    const { size, dropLast = false } = options;
    if (!Number.isInteger(size) || size < 1) {
      throw new RangeError(`batches: size is ${size}, but must be an integer of at least 1`);
    }
    if (set.count === 0) throw new RangeError(`batches: ${set.name} has no examples`);
    if (dropLast && size > set.count) {
      throw new RangeError(`batches: size is ${size}, but ${set.name} has only ${set.count} examples`);
    }
    this.set = set;
    this.#options = options;
    this.#size = cropSize(set, options.crop);
    this.#centre = centrePlace(set, this.#size);
    const { augment, scaling = centred } = options;
    this.#table = scalingTable(isList(augment) ? { scale: 1 / 255, offset: 0 } : scaling);
    if (isList(augment)) this.#pipeline = pipeline(augment, this.#size, scaling);
    this.perEpoch = dropLast ? Math.floor(set.count / size) : Math.ceil(set.count / size);
  }

  /** `[channels, height, width]` of each image. */
  get imageShape(): readonly [number, number, number] {
    return [this.set.channels, this.#size.height, this.#size.width];
  }

  /** @throws RangeError if there is no such batch */
  batch(epoch: number, step: number): Batch {
    if (!Number.isInteger(step) || step < 0 || step >= this.perEpoch) {
      throw new RangeError(`batches: step ${step}, but an epoch has ${this.perEpoch}`);
    }
    const { size, seed } = this.#options;
    const { set } = this;
    const indices = this.#orderOf(epoch).subarray(step * size, (step + 1) * size);
    const labels = Int32Array.from(indices, (index) => set.labels[index] as number);
    return {
      images: this.#pipeline
        ? this.#pipeline(
            this.#images(indices, set, () => wholeImage),
            batchKey(seed, epoch, step),
          )
        : this.#images(indices, this.#size, (index) => this.#placeOf(epoch, index)),
      labels: owned("labels", [indices.length], labels),
      indices,
      epoch,
      step,
    };
  }

  /** The crops of `size` at these places, scaled. */
  #images(
    indices: Uint32Array,
    { height, width }: { readonly height: number; readonly width: number },
    placeOf: (index: number) => CropPlace,
  ): Tensor {
    const { set } = this;
    const imageSize = set.channels * height * width;
    const pixels = new Float32Array(indices.length * imageSize);
    for (let i = 0; i < indices.length; i++) {
      const index = indices[i] as number;
      cropInto(set, index, { height, width }, placeOf(index), this.#table, pixels, i * imageSize);
    }
    return owned("images", [indices.length, set.channels, height, width], pixels);
  }

  /** Where example `index` is cropped in an epoch. */
  #placeOf(epoch: number, index: number): CropPlace {
    const { seed, augment } = this.#options;
    if (augment === undefined || isList(augment)) return this.#centre;
    const { set } = this;
    const freedom = { height: set.height - this.#size.height, width: set.width - this.#size.width };
    const random = randomPlace(seed, epoch, index, freedom, augment.mirror === true);
    return augment.crop ? random : { ...this.#centre, mirrored: random.mirrored };
  }

  #orderOf(epoch: number): Uint32Array {
    if (this.#order?.epoch !== epoch) {
      const { seed, shuffle = true } = this.#options;
      const { count } = this.set;
      const indices = shuffle
        ? new RandomStream(seed, dataStreams + 2 * epoch).permutation(count)
        : Uint32Array.from({ length: count }, (_, index) => index);
      this.#order = { epoch, indices };
    }
    return this.#order.indices;
  }
}

const wholeImage: CropPlace = { top: 0, left: 0, mirrored: false };

function isList(augment: BatchOptions["augment"]): augment is readonly Augmentation[] {
  return Array.isArray(augment);
}

/** A tensor that takes over its array: nobody else holds it, and copying every batch would cost time. */
function owned(name: string, shape: Shape, data: TypedArray): Tensor {
  const dtype = data instanceof Float32Array ? "float32" : "int32";
  return new Tensor(node("input", [], { slot: inputSlot(name, { shape, dtype }, data) }));
}

/**
 * The batches of one epoch or several, for `for await`: images scaled to floats and labels, as tensors.
 *
 * ```
 * for await (const { images, labels } of data.batches(digits, { size: 20, seed: 1 })) await step(images, labels).item();
 * ```
 */
export async function* batches(
  set: LabelledImages,
  options: BatchOptions,
): AsyncGenerator<Batch, void, undefined> {
  const all = new Batches(set, options);
  for (let epoch = 0; epoch < (options.epochs ?? 1); epoch++) {
    for (let step = 0; step < all.perEpoch; step++) yield all.batch(epoch, step);
  }
}
