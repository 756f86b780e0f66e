import { fitBackground } from "./background.js";
import { DataError } from "./errors.js";
import { areaAverage, type GreyImage, luminance, type PixelImage } from "./pixels.js";

export type { PixelImage } from "./pixels.js";

/** MNIST's geometry: the digit's box is fitted into 20 x 20, and its centre of mass put at pixel 14 of 28. */
const imageSide = 28;
const boxSide = 20;
const centre = 14;

/** Larger images are first reduced: a digit needs no more, and averaging takes noise away. */
const workingSide = 560;

/** Ink is what stands out from the background by this much of 255 ... */
const minimumContrast = 20;
/** ... and by this many standard deviations of the background's noise. */
const minimumSigmas = 6;

/**
 * Converts a drawn, scanned or photographed digit to the form of MNIST's images: 28 x 28 bytes, white on black.
 *
 * 1. luminance, with transparency laid over the background;
 * 2. the background's brightness, which may vary smoothly over a photographed sheet, is fitted and subtracted; ink
 *    is what deviates in the stronger direction, so light backgrounds are inverted;
 * 3. noise below three standard deviations of the background is cut away, contrast is stretched to 0 ... 255, and
 *    specks with less than 3 % of the largest stroke's ink are removed;
 * 4. the ink's bounding box is scaled, by area averaging, so that its longer side is 20 pixels;
 * 5. the result is placed with its centre of mass at pixel (14, 14), by a whole number of pixels.
 *
 * Steps 4 and 5 are those of MNIST: LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document
 * recognition", 1998, section III.A. A 28 x 28 image from MNIST itself comes back nearly unchanged,
 * unless it has flecks, which step 3 removes.
 *
 * @param source names the image in errors
 * @throws DataError if the sizes do not fit or the image is blank
 */
export function mnistImage(image: PixelImage, source = "image"): Uint8Array<ArrayBuffer> {
  checkPixelImage(image, source);
  const ink = extractInk(shrink(luminance(image)), source);
  const box = boundingBox(ink);
  const scale = boxSide / Math.max(box.width, box.height);
  const digit = areaAverage(
    crop(ink, box),
    Math.max(1, Math.round(box.width * scale)),
    Math.max(1, Math.round(box.height * scale)),
  );
  return centred(digit);
}

function checkPixelImage(image: PixelImage, source: string): void {
  const { width, height, channels, data } = image;
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < 1 || height < 1) {
    throw new DataError(source, `the image is ${width} x ${height} pixels, expected at least 1 x 1`);
  }
  const expected = width * height * channels;
  if (data.length !== expected) {
    throw new DataError(
      source,
      `${data.length} values for ${width} x ${height} pixels of ${channels} channels, expected ${expected}`,
    );
  }
}

function shrink(image: GreyImage): GreyImage {
  const scale = workingSide / Math.max(image.width, image.height);
  if (scale >= 1) return image;
  return areaAverage(
    image,
    Math.max(1, Math.round(image.width * scale)),
    Math.max(1, Math.round(image.height * scale)),
  );
}

/** Ink in 0 ... 255 on a background of exact zeros. */
function extractInk(image: GreyImage, source: string): GreyImage {
  const { width, height } = image;
  const { deviation, sigma } = fitBackground(image);
  const contrast = strongest(deviation, width, height);
  const needed = Math.max(minimumContrast, minimumSigmas * sigma);
  if (contrast < needed) {
    throw new DataError(
      source,
      `the image is blank: nothing stands out from its background (strongest contrast ${contrast.toFixed(1)} of ` +
        `255, expected at least ${needed.toFixed(1)})`,
    );
  }
  const low = Math.min(3 * sigma, contrast / 2);
  const high = strokeLevel(deviation, low, contrast);
  const values = deviation.map((value) => {
    const level = (value - low) / (high - low);
    return level <= 0 ? 0 : level >= 1 ? 255 : 255 * level;
  });
  const ink = { width, height, values };
  removeSpecks(ink);
  return ink;
}

/** The greatest deviation after a small blur that no single noisy pixel of a large image survives. */
function strongest(deviation: Float64Array, width: number, height: number): number {
  // A strip may be narrower than the blur.
  const widest = Math.floor((Math.min(width, height) - 1) / 2);
  const radius = Math.min(Math.round(Math.max(width, height) / 250), widest);
  let greatest = 0;
  for (let y = radius; y < height - radius; y++) {
    for (let x = radius; x < width - radius; x++) {
      let sum = 0;
      for (let dy = -radius; dy <= radius; dy++) {
        for (let dx = -radius; dx <= radius; dx++) sum += deviation[(y + dy) * width + x + dx] as number;
      }
      greatest = Math.max(greatest, sum / (2 * radius + 1) ** 2);
    }
  }
  return greatest;
}

/** What counts as full ink: the median of the stronger half of what is surely ink. */
function strokeLevel(deviation: Float64Array, low: number, contrast: number): number {
  const strong = deviation.filter((value) => value > low + (contrast - low) / 2).sort();
  return Math.max(strong[Math.floor(strong.length / 2)] ?? contrast, low + 1);
}

/** Clears every connected region (eight neighbours) that holds little of the ink of the largest. */
function removeSpecks({ width, height, values }: GreyImage): void {
  const region = new Int32Array(width * height).fill(-1);
  const masses: number[] = [];
  const pending: number[] = [];
  for (let start = 0; start < values.length; start++) {
    if (values[start] === 0 || region[start] !== -1) continue;
    const label = masses.length;
    let mass = 0;
    region[start] = label;
    pending.push(start);
    for (let index = pending.pop(); index !== undefined; index = pending.pop()) {
      mass += values[index] as number;
      const x = index % width;
      const y = Math.floor(index / width);
      for (let ny = Math.max(0, y - 1); ny <= Math.min(height - 1, y + 1); ny++) {
        for (let nx = Math.max(0, x - 1); nx <= Math.min(width - 1, x + 1); nx++) {
          const neighbour = ny * width + nx;
          if (values[neighbour] === 0 || region[neighbour] !== -1) continue;
          region[neighbour] = label;
          pending.push(neighbour);
        }
      }
    }
    masses.push(mass);
  }
  const least = 0.03 * masses.reduce((greatest, mass) => Math.max(greatest, mass), 0);
  for (let index = 0; index < values.length; index++) {
    const label = region[index] as number;
    if (label >= 0 && (masses[label] as number) < least) values[index] = 0;
  }
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

function boundingBox({ width, height, values }: GreyImage): Box {
  let left = width;
  let right = -1;
  let top = height;
  let bottom = -1;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (values[y * width + x] === 0) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
  }
  return { left, top, width: right - left + 1, height: bottom - top + 1 };
}

function crop(image: GreyImage, box: Box): GreyImage {
  const values = new Float64Array(box.width * box.height);
  for (let y = 0; y < box.height; y++) {
    const start = (box.top + y) * image.width + box.left;
    values.set(image.values.subarray(start, start + box.width), y * box.width);
  }
  return { width: box.width, height: box.height, values };
}

/** Places the digit in 28 x 28 and stretches it to 255, since a thin line loses brightness when reduced. */
function centred(digit: GreyImage): Uint8Array<ArrayBuffer> {
  let mass = 0;
  let momentX = 0;
  let momentY = 0;
  let greatest = 0;
  digit.values.forEach((value, index) => {
    mass += value;
    momentX += value * (index % digit.width);
    momentY += value * Math.floor(index / digit.width);
    greatest = Math.max(greatest, value);
  });
  const place = (moment: number, size: number) =>
    Math.min(imageSide - size, Math.max(0, Math.round(centre - moment / mass)));
  const left = place(momentX, digit.width);
  const top = place(momentY, digit.height);
  const pixels = new Uint8Array(imageSide * imageSide);
  digit.values.forEach((value, index) => {
    const x = left + (index % digit.width);
    const y = top + Math.floor(index / digit.width);
    pixels[y * imageSide + x] = Math.round((value * 255) / greatest);
  });
  return pixels;
}
