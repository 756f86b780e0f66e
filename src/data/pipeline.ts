import { Generator } from "../random/generator.js";
import { threefry2x32Into } from "../random/threefry.js";
import { compile } from "../runtime/compile.js";
import { formatShape, ShapeError, sameShape } from "../shape/shape.js";
import { tensor } from "../tensor/creation.js";
import type { Tensor } from "../tensor/tensor.js";
import type { Augmentation } from "./augment.js";
import { centrePlace, type Scaling } from "./preprocess.js";

/** From whole images with intensities 0 to 1, and a key that decides everything random, to a network's input. */
export type Pipeline = (images: Tensor, key: Tensor) => Tensor;

/** Compiles augmentations, the crop at the centre, and scaling (of pixels from 0 to 255) into one program. */
export function pipeline(
  augmentations: readonly Augmentation[],
  size: { readonly height: number; readonly width: number },
  { scale, offset }: Scaling,
): Pipeline {
  const random = new Generator(0);
  return compile(
    (images: Tensor, key: Tensor) => {
      random.state.assign(key);
      const augmented = augmentations.reduce((before, augment, i) => {
        const after = augment(before, random);
        if (sameShape(after.shape, images.shape) && after.dtype === "float32") return after;
        throw new ShapeError(
          `augment: entry ${i} made ${after.dtype}${formatShape(after.shape)} of float32${formatShape(images.shape)}; ` +
            "it must keep shape and type",
        );
      }, images);
      const [batch, channels, height, width] = images.shape as readonly [number, number, number, number];
      const { top, left } = centrePlace({ height, width }, size);
      return augmented
        .slice([0, 0, top, left], [batch, channels, top + size.height, left + size.width])
        .clip(0, 1)
        .multiply(255 * scale)
        .add(offset);
    },
    { name: "augment" },
  );
}

/** Streams from here on belong to augmentation. */
const augmentationStreams = 0x8000_0000;

/** The state of a random generator for one batch: a pure function of its arguments. */
export function batchKey(seed: number, epoch: number, step: number): Tensor {
  const words = new Uint32Array(2);
  const [low, high] = [seed % 0x1_0000_0000, Math.floor(seed / 0x1_0000_0000)];
  threefry2x32Into(low, high, step, augmentationStreams + epoch, words);
  return tensor(Int32Array.of(words[0] as number, words[1] as number, 0));
}
