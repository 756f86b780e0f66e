import { encode } from "fast-png";
import type { LabelledImages } from "../../data/labelled-images.js";
import { Conv } from "../../nn/conv.js";
import type { Module } from "../../nn/module.js";

/** A picture as a `data:` address. */
export interface Picture {
  readonly address: string;
  readonly width: number;
  readonly height: number;
}

/** From planes, one for each of 1 or 3 channels, to a PNG in the page. */
function picture(planes: ArrayLike<number>, channels: 1 | 3, height: number, width: number): Picture {
  const data = new Uint8Array(planes.length);
  for (let pixel = 0; pixel < height * width; pixel++) {
    for (let channel = 0; channel < channels; channel++) {
      data[pixel * channels + channel] = planes[channel * height * width + pixel] as number;
    }
  }
  const png = encode({ width, height, data, channels, depth: 8 });
  return { address: `data:image/png;base64,${Buffer.from(png).toString("base64")}`, width, height };
}

/** An image of a set; of images with neither 1 nor 3 channels, the first channel. */
export function imagePicture(set: LabelledImages, index: number): Picture {
  const { channels, height, width } = set;
  const plane = height * width;
  const shown = channels === 3 ? 3 : 1;
  const start = index * channels * plane;
  return picture(set.pixels.subarray(start, start + shown * plane), shown, height, width);
}

/**
 * The kernels of the first 2-d convolution, at most `limit`: zero is mid-grey, and each is stretched so that its greatest
 * weight is black or white. Colours for kernels over three channels, else the first channel.
 */
export async function filterPictures(model: Module, limit: number): Promise<Picture[]> {
  const first = [...model.modules().values()].find(
    (module): module is Conv => module instanceof Conv && module.kernelSize.length === 2,
  );
  if (first === undefined) return [];
  const [filters, channels, height, width] = first.weight.shape as readonly [number, number, number, number];
  const weights = await first.weight.data();
  const shown = channels === 3 ? 3 : 1;
  return Array.from({ length: Math.min(filters, limit) }, (_, filter) => {
    const start = filter * channels * height * width;
    const kernel = weights.subarray(start, start + shown * height * width);
    let greatest = 0;
    for (const weight of kernel) greatest = Math.max(greatest, Math.abs(weight));
    const scale = greatest === 0 ? 0 : 127.5 / greatest;
    return picture(
      Uint8Array.from(kernel, (weight) => Math.round(127.5 + weight * scale)),
      shown,
      height,
      width,
    );
  });
}
