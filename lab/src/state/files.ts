/** Files that the user brings and takes away. */
import type { data } from "gradus";

const mebibyte = 2 ** 20;
/** Larger pictures are refused before they are unpacked: they would take all memory. */
const largestPicture = 40 * mebibyte;

/** A file, or what was pasted, which has no name. */
type Named = Blob & { readonly name?: string };

/**
 * Reads a picture with the browser's own decoder.
 * @param longestSide pictures are made no larger than this
 * @throws Error in words for the user
 */
export async function pictureOf(
  file: Named,
  longestSide = 1024,
): Promise<{ bitmap: ImageBitmap; pixels: data.PixelImage }> {
  refuseLarge(file, largestPicture, "a picture");
  const whole = await createImageBitmap(file).catch(() => {
    const kind = file.type.startsWith("image/") ? "it may be damaged" : "it does not look like one";
    throw new Error(`${nameOf(file)} cannot be read as a picture: ${kind}. PNG and JPEG always work.`);
  });
  const scale = Math.min(1, longestSide / Math.max(whole.width, whole.height));
  const width = Math.max(1, Math.round(whole.width * scale));
  const height = Math.max(1, Math.round(whole.height * scale));
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d") as OffscreenCanvasRenderingContext2D;
  context.imageSmoothingQuality = "high";
  context.drawImage(whole, 0, 0, width, height);
  whole.close();
  const { data } = context.getImageData(0, 0, width, height);
  return { bitmap: canvas.transferToImageBitmap(), pixels: { width, height, channels: 4, data } };
}

const nameOf = ({ name }: Named): string => name ?? "the picture";

/** @throws Error in words for the user */
export async function bytesOf(file: File, limit: number, what: string): Promise<Uint8Array<ArrayBuffer>> {
  refuseLarge(file, limit, what);
  return new Uint8Array(await file.arrayBuffer());
}

/** @param name of the file, for the message. @throws Error in words for the user */
export function refuseLarge(file: Blob, limit: number, what: string, name = nameOf(file)): void {
  if (file.size <= limit) return;
  const size = (bytes: number) => `${(bytes / mebibyte).toFixed(bytes < 10 * mebibyte ? 1 : 0)} MB`;
  throw new Error(`${name} has ${size(file.size)}; ${what} may have ${size(limit)} at most.`);
}

/** Hands a file to the browser's downloads. */
export function download(bytes: Uint8Array<ArrayBuffer>, name: string): void {
  const url = URL.createObjectURL(new Blob([bytes], { type: "application/octet-stream" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
