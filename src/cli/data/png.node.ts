import { convertIndexedToRgb, type DecodedPng, decode, hasPngSignature } from "fast-png";
import { DataError } from "../../data/errors.js";
import type { PixelImage } from "../../data/image.js";

/** Larger images are refused before their pixels are unpacked: a small file may claim any size. */
const maximumPixels = 100_000_000;

/** The colour type of images with a palette (PNG specification, 11.2.1). */
const indexedColour = 3;

/**
 * Decodes a PNG of any colour type and depth to 8-bit grey, grey and alpha, RGB or RGBA.
 *
 * @param source names the file in errors
 */
export function decodePng(bytes: Uint8Array, source: string): PixelImage {
  if (bytes.length < 8 || !hasPngSignature(bytes.subarray(0, 8))) {
    throw new DataError(source, "not a PNG image: it does not start with PNG's signature");
  }
  if (bytes.length >= 24) {
    // The header chunk comes first: its width and height stand at bytes 16 to 23.
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const width = view.getUint32(16);
    const height = view.getUint32(20);
    if (width === 0 || height === 0) {
      throw new DataError(source, `the image is ${width} x ${height}: it has no pixels`);
    }
    if (width * height > maximumPixels) {
      throw new DataError(source, `the image is ${width} x ${height}, more than ${maximumPixels} pixels`);
    }
  }
  try {
    const png = decode(bytes, { checkCrc: true });
    // The decoder takes an image whose palette is missing for a grey one; byte 25 is the colour type.
    if (bytes[25] === indexedColour && png.palette === undefined) throw new Error("its palette is missing");
    return toPixelImage(png);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.replace(/[.:\s]+$/, "") : String(cause);
    throw new DataError(source, `the PNG is truncated or corrupt (${reason})`, { cause });
  }
}

function toPixelImage(png: DecodedPng): PixelImage {
  const { width, height } = png;
  if (png.palette !== undefined) {
    const data = convertIndexedToRgb(png);
    return { width, height, channels: data.length === 4 * width * height ? 4 : 3, data };
  }
  const { channels, transparency } = png;
  if (channels !== 1 && channels !== 2 && channels !== 3 && channels !== 4) {
    throw new Error(`${channels} channels`);
  }
  const samples = unpackSamples(png);
  const maximum = 2 ** png.depth - 1;
  const scaled = Uint8Array.from(samples, (sample) => Math.round((sample * 255) / maximum));
  if (transparency === undefined || transparency.length < channels || channels === 2 || channels === 4) {
    return { width, height, channels, data: scaled };
  }
  // A tRNS chunk makes the pixels of exactly one colour transparent (PNG specification, 11.3.2.1).
  const data = new Uint8Array(width * height * (channels + 1));
  for (let pixel = 0; pixel < width * height; pixel++) {
    let isKey = true;
    for (let channel = 0; channel < channels; channel++) {
      const index = pixel * channels + channel;
      if (samples[index] !== transparency[channel]) isKey = false;
      data[pixel * (channels + 1) + channel] = scaled[index] as number;
    }
    data[pixel * (channels + 1) + channels] = isKey ? 0 : 255;
  }
  return { width, height, channels: channels === 1 ? 2 : 4, data };
}

/** One element a sample. Below 8 bits (grey only) rows are packed, first pixel in the highest bits. */
function unpackSamples({
  data,
  depth,
  width,
  height,
  channels,
}: DecodedPng): ArrayLike<number> & Iterable<number> {
  if (data.length === width * height * channels && depth >= 8) return data;
  const rowBytes = Math.ceil((width * channels * depth) / 8);
  if (depth >= 8 || data.length !== rowBytes * height) {
    throw new Error(`${data.length} values for ${width} x ${height} pixels`);
  }
  const samples = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const bit = x * depth;
      const byte = data[y * rowBytes + (bit >> 3)] as number;
      samples[y * width + x] = (byte >> (8 - depth - (bit & 7))) & (2 ** depth - 1);
    }
  }
  return samples;
}
