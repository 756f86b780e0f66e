import { hasPngSignature } from "fast-png";
import { DataError } from "../../data/errors.js";
import type { PixelImage } from "../../data/image.js";
import { readDataFile } from "./idx-file.node.js";
import { decodeJpeg, hasJpegSignature } from "./jpeg.node.js";
import { decodePng } from "./png.node.js";

/**
 * Reads an image file, PNG or JPEG, whatever its name: its first bytes decide.
 * @throws DataError naming the file if it cannot be read, is neither, or is corrupt
 */
export async function readImage(path: string): Promise<PixelImage> {
  const bytes = await readDataFile(path);
  if (hasJpegSignature(bytes)) return decodeJpeg(bytes, path);
  if (bytes.length >= 8 && hasPngSignature(bytes.subarray(0, 8))) return decodePng(bytes, path);
  throw new DataError(path, "neither a PNG nor a JPEG image: it starts with the signature of neither");
}
