import { inputSlot, node } from "../graph/build.js";
import { RandomStream } from "../random/stream.js";
import type { TypedArray } from "../shape/dtype.js";
import type { Shape } from "../shape/shape.js";
import { Tensor } from "../tensor/tensor.js";
import type { LabelledImages } from "./labelled-images.js";
import {
  type CropPlace,
  centred,
  cropInto,
  cropSize,
  dataStreams,
  type ImageSize,
  randomPlace,
  type Scaling,
  scalingTable,
  testPlaces,
} from "./preprocess.js";

export interface BatchOptions {
  /** Examples in a batch. */
  readonly size: number;
  /** Decides order, crops and mirroring. An integer in [0, 2^53). */
  readonly seed: number;
  /** A new random order each epoch. Default: true; otherwise the set's own order. */
  readonly shuffle?: boolean | undefined;
  /** Cut each image to this size. Default: the whole image. */
  readonly crop?: ImageSize | undefined;
  /** Crop at a new random place each epoch (else at the centre), and mirror half of the images left to right. */
  readonly augment?:
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
    this.#centre = testPlaces(set, this.#size, "centre")[0] as CropPlace;
    this.#table = scalingTable(options.scaling ?? centred);
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
    const { size, seed, augment } = this.#options;
    const { set } = this;
    const indices = this.#orderOf(epoch).subarray(step * size, (step + 1) * size);
    const [channels, height, width] = this.imageShape;
    const imageSize = channels * height * width;
    const pixels = new Float32Array(indices.length * imageSize);
    const labels = new Int32Array(indices.length);
    const freedom = { height: set.height - height, width: set.width - width };
    for (let i = 0; i < indices.length; i++) {
      const index = indices[i] as number;
      const random = augment
        ? randomPlace(seed, epoch, index, freedom, augment.mirror === true)
        : this.#centre;
      const place = augment && !augment.crop ? { ...this.#centre, mirrored: random.mirrored } : random;
      cropInto(set, index, this.#size, place, this.#table, pixels, i * imageSize);
      labels[i] = set.labels[index] as number;
    }
    return {
      images: owned("images", [indices.length, channels, height, width], pixels),
      labels: owned("labels", [indices.length], labels),
      indices,
      epoch,
      step,
    };
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
