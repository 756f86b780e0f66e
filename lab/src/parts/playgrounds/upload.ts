import { pictureOf } from "../../state/files.js";
import { type Picture, pictureSide } from "../../worker/playgrounds/pictures.js";

/** Reads a picture of the user's, made small. @throws Error saying why it cannot be used */
export async function readPicture(file: File): Promise<Picture> {
  const { width, height, data } = (await pictureOf(file, pictureSide)).pixels;
  const count = width * height;
  const pixels = new Uint8Array(3 * count);
  for (let i = 0; i < count; i++) {
    // What is transparent becomes white.
    const alpha = (data[4 * i + 3] as number) / 255;
    for (let c = 0; c < 3; c++) {
      pixels[c * count + i] = Math.round((data[4 * i + c] as number) * alpha + 255 * (1 - alpha));
    }
  }
  return { width, height, pixels };
}
