import { decode } from "jpeg-js";
import { DataError } from "../../data/errors.js";
import type { PixelImage } from "../../data/image.js";

/** Larger images are refused before their pixels are unpacked: a small file may claim any size. */
const maximumPixels = 64_000_000;

/** What the decoder may take for that, with its intermediate results. */
const maximumMegabytes = 4096;

export function hasJpegSignature(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
}

/**
 * Decodes a JPEG, baseline or progressive, to 8-bit grey or RGB, turned as its camera's notes (EXIF) say. CMYK becomes RGB.
 *
 * @param source names the file in errors
 * @throws DataError if it is no JPEG, too large, truncated, corrupt, or of a kind that hardly anything writes
 */
export function decodeJpeg(bytes: Uint8Array, source: string): PixelImage {
  if (!hasJpegSignature(bytes)) {
    throw new DataError(source, "not a JPEG image: it does not start with JPEG's signature");
  }
  const header = readHeader(bytes, source);
  try {
    const { width, height, data } = decode(bytes, {
      useTArray: true,
      formatAsRGBA: false,
      tolerantDecoding: false,
      maxResolutionInMP: maximumPixels / 1e6,
      maxMemoryUsageInMB: maximumMegabytes,
    });
    const channels = header.components === 1 ? 1 : 3;
    const image = {
      width,
      height,
      channels,
      data: channels === 1 ? data.filter((_, i) => i % 3 === 0) : data,
    } as const;
    return turned(image, header.orientation);
  } catch (cause) {
    // The decoder has reasons for what it looks at; what it trips over says nothing to anybody else.
    const reason = cause instanceof Error && !(cause instanceof TypeError) ? ` (${cause.message})` : "";
    throw new DataError(source, `the JPEG is truncated or corrupt${reason}`, { cause });
  }
}

interface Header {
  readonly components: number;
  /** As EXIF counts them, 1 to 8. */
  readonly orientation: number;
}

/** Reads the segments before the pixels (ITU-T T.81, annex B). */
function readHeader(bytes: Uint8Array, source: string): Header {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let orientation = 1;
  for (let at = 2; at + 4 <= bytes.length; ) {
    if (bytes[at] !== 0xff) break;
    const marker = bytes[at + 1]!;
    if (marker === 0xff) {
      at++; // a filler
      continue;
    }
    const length = view.getUint16(at + 2);
    const segment = new DataView(
      bytes.buffer,
      bytes.byteOffset + at + 4,
      Math.min(Math.max(0, length - 2), bytes.length - at - 4),
    );
    // A segment whose marker is C0 to CF describes the frame, but for three of them.
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return { components: readFrame(marker, segment, source), orientation };
    }
    if (marker === 0xe1) orientation = readOrientation(segment) ?? orientation;
    at += 2 + length;
  }
  throw new DataError(source, "the JPEG is truncated or corrupt (it has no frame)");
}

/** The number of components of a frame. */
function readFrame(marker: number, segment: DataView, source: string): number {
  if (segment.byteLength < 6)
    throw new DataError(source, "the JPEG is truncated or corrupt (its frame is cut)");
  const [precision, height, width] = [segment.getUint8(0), segment.getUint16(1), segment.getUint16(3)];
  if (marker > 0xc2) {
    throw new DataError(
      source,
      "a lossless, hierarchical or arithmetic-coded JPEG, of which only few programs know; save it as an ordinary JPEG or as PNG",
    );
  }
  if (precision !== 8)
    throw new DataError(source, `the JPEG has ${precision} bits a sample, but only 8 can be read`);
  if (width === 0 || height === 0)
    throw new DataError(source, `the image is ${width} x ${height}: it has no pixels`);
  if (width * height > maximumPixels) {
    throw new DataError(source, `the image is ${width} x ${height}, more than ${maximumPixels} pixels`);
  }
  return segment.getUint8(5);
}

/** The tag of EXIF that says how the camera was held (JEITA CP-3451, 4.6.4); undefined if there is none. */
function readOrientation(segment: DataView): number | undefined {
  const tiff = 6; // after "Exif\0\0"
  if (segment.byteLength < tiff + 8 || segment.getUint32(0) !== 0x45786966) return undefined;
  const little = segment.getUint16(tiff) === 0x4949;
  const directory = tiff + segment.getUint32(tiff + 4, little);
  if (directory + 2 > segment.byteLength) return undefined;
  for (let i = 0; i < segment.getUint16(directory, little); i++) {
    const entry = directory + 2 + 12 * i;
    if (entry + 12 > segment.byteLength) return undefined;
    if (segment.getUint16(entry, little) === 0x0112) return segment.getUint16(entry + 8, little);
  }
  return undefined;
}

/** For orientations 2 to 8: whether rows and columns change places, and which ends are then swapped. */
const turns: readonly (readonly [transposed: boolean, flipX: boolean, flipY: boolean])[] = [
  [false, true, false],
  [false, true, true],
  [false, false, true],
  [true, false, false],
  [true, true, false],
  [true, true, true],
  [true, false, true],
];

function turned(image: PixelImage, orientation: number): PixelImage {
  const turn = turns[orientation - 2];
  if (turn === undefined) return image;
  const [transposed, flipX, flipY] = turn;
  const { channels } = image;
  const [width, height] = transposed ? [image.height, image.width] : [image.width, image.height];
  const data = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [u, v] = [flipX ? width - 1 - x : x, flipY ? height - 1 - y : y];
      const from = (transposed ? u * image.width + v : v * image.width + u) * channels;
      data.set(image.data.subarray(from, from + channels), (y * width + x) * channels);
    }
  }
  return { width, height, channels, data };
}
