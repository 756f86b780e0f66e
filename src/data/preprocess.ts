import { threefry2x32Into } from "../random/threefry.js";
import { ShapeError } from "../shape/shape.js";
import type { LabelledImages } from "./labelled-images.js";

/** A size in pixels: one number for squares. */
export type ImageSize = number | { readonly height: number; readonly width: number };

/** How bytes become numbers: `pixel * scale + offset`. */
export interface Scaling {
  readonly scale: number;
  readonly offset: number;
}

/** From -0.5 (black) to 0.5 (white), as ConvNetJS feeds its networks. */
export const centred: Scaling = { scale: 1 / 255, offset: -0.5 };

/** Upper left corner of a crop, and whether it is mirrored left to right. */
export interface CropPlace {
  readonly top: number;
  readonly left: number;
  readonly mirrored: boolean;
}

export function imageSize(size: ImageSize): { readonly height: number; readonly width: number } {
  return typeof size === "number" ? { height: size, width: size } : size;
}

/**
 * The size of crops from a set's images.
 * @throws ShapeError if it does not fit into the images
 */
export function cropSize(
  set: LabelledImages,
  crop: ImageSize | undefined,
): { height: number; width: number } {
  if (crop === undefined) return { height: set.height, width: set.width };
  const { height, width } = imageSize(crop);
  const fits = (side: number, available: number) => Number.isInteger(side) && side >= 1 && side <= available;
  if (!fits(height, set.height) || !fits(width, set.width)) {
    throw new ShapeError(
      `crop: ${height} x ${width} (height x width) from ${set.name}'s images of ${set.height} x ${set.width}; ` +
        `the sides must be integers from 1 to ${set.height} and 1 to ${set.width}`,
    );
  }
  return { height, width };
}

/** The 256 values that bytes become. */
export function scalingTable({ scale, offset }: Scaling): Float32Array {
  return Float32Array.from({ length: 256 }, (_, pixel) => pixel * scale + offset);
}

/** Copies one image's crop, channel by channel and row by row, to `out[start...]`, scaled by `table`. */
export function cropInto(
  set: LabelledImages,
  index: number,
  size: { readonly height: number; readonly width: number },
  place: CropPlace,
  table: Float32Array,
  out: Float32Array,
  start: number,
): void {
  const { channels, height, width, pixels } = set;
  let to = start;
  for (let channel = 0; channel < channels; channel++) {
    const plane = (index * channels + channel) * height * width;
    for (let y = 0; y < size.height; y++) {
      const row = plane + (place.top + y) * width + place.left;
      if (place.mirrored) {
        for (let x = size.width - 1; x >= 0; x--) out[to++] = table[pixels[row + x] as number] as number;
      } else {
        for (let x = 0; x < size.width; x++) out[to++] = table[pixels[row + x] as number] as number;
      }
    }
  }
}

/** Streams from here on belong to data: initial values and splits of the same seed use lower numbers. */
export const dataStreams = 0x4000_0000;

const words = new Uint32Array(2);

/**
 * Where example `index` is cropped in an epoch: a pure function of its arguments, so that neither resuming nor the
 * number of threads changes what a network sees. The two words of Threefry at (index, stream) give the two offsets by
 * their high bits and the mirroring by a low bit.
 */
export function randomPlace(
  seed: number,
  epoch: number,
  index: number,
  freedom: { readonly height: number; readonly width: number },
  mayMirror: boolean,
): CropPlace {
  const stream = dataStreams + 2 * epoch + 1;
  threefry2x32Into(seed % 0x1_0000_0000, Math.floor(seed / 0x1_0000_0000), index, stream, words);
  const first = words[0] as number;
  const second = words[1] as number;
  return {
    top: Math.floor((first * (freedom.height + 1)) / 0x1_0000_0000),
    left: Math.floor((second * (freedom.width + 1)) / 0x1_0000_0000),
    mirrored: mayMirror && (second & 1) === 1,
  };
}

/** The crop of `size` in the middle of images. */
export function centrePlace(
  image: { readonly height: number; readonly width: number },
  size: { readonly height: number; readonly width: number },
): CropPlace {
  return {
    top: Math.floor((image.height - size.height) / 2),
    left: Math.floor((image.width - size.width) / 2),
    mirrored: false,
  };
}

export type TestCrops = "centre" | "neighbours";

/** Where images are cropped when a network is tested: at the centre alone, or also one pixel beside it, all around. */
export function testPlaces(
  set: LabelledImages,
  size: { readonly height: number; readonly width: number },
  crops: TestCrops,
): CropPlace[] {
  const freedom = { height: set.height - size.height, width: set.width - size.width };
  const centre = centrePlace(set, size);
  if (crops === "centre") return [centre];
  const beside = (middle: number, last: number) =>
    [middle - 1, middle, middle + 1].filter((at) => at >= 0 && at <= last);
  return beside(centre.top, freedom.height).flatMap((top) =>
    beside(centre.left, freedom.width).map((left) => ({ top, left, mirrored: false })),
  );
}

/** The set with every image cut to its centre. */
export function centreCrop(set: LabelledImages, size: ImageSize): LabelledImages {
  const { height, width } = cropSize(set, size);
  const { top, left } = centrePlace(set, { height, width });
  const pixels = new Uint8Array(set.count * set.channels * height * width);
  let to = 0;
  for (let plane = 0; plane < set.count * set.channels; plane++) {
    for (let y = 0; y < height; y++) {
      const row = (plane * set.height + top + y) * set.width + left;
      pixels.set(set.pixels.subarray(row, row + width), to);
      to += width;
    }
  }
  return { ...set, pixels, height, width };
}
