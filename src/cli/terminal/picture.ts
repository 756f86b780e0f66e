import type { PixelImage } from "../../data/image.js";
import type { LabelledImages } from "../../data/labelled-images.js";
import { areaAverage } from "../../data/pixels.js";
import { imagesOf, tile } from "../../inspect/pictures.js";
import type { Evaluation } from "../../train/evaluate.js";
import { type ColorDepth, colorCode, percent } from "./style.js";

/** From dark to light. */
const shades = " .:-=+*#%@";

/** An image of a set. Of images with neither 1 nor 3 channels, the first channel. */
export function imageOf(set: LabelledImages, index: number): PixelImage {
  const { channels, height, width } = set;
  const size = channels * height * width;
  const pixels = set.pixels.subarray(index * size, (index + 1) * size);
  return imagesOf(pixels, [1, channels, height, width], { range: [0, 255] })[0]!;
}

/**
 * An image as lines of text, one for two rows of pixels: half blocks in colour where the terminal has colours, letters
 * of growing weight where not.
 */
export function pictureLines({ width, height, channels, data }: PixelImage, depth: ColorDepth): string[] {
  /** Red, green and blue; black outside of the image. */
  const color = (x: number, y: number) => {
    const at = (y * width + x) * channels;
    return [0, 1, 2].map((c) => data[at + (channels === 3 ? c : 0)] ?? 0) as [number, number, number];
  };
  const lines: string[] = [];
  for (let y = 0; y < height; y += 2) {
    let line = "";
    let before = "";
    for (let x = 0; x < width; x++) {
      const upper = color(x, y);
      const lower = color(x, y + 1);
      if (depth === 1) {
        const sum = [...upper, ...lower].reduce((all, value) => all + value, 0);
        line += shades[Math.min(shades.length - 1, Math.floor((sum / (6 * 256)) * shades.length))];
        continue;
      }
      const code = `\u001b[38;${colorCode(upper, depth)};48;${colorCode(lower, depth)}m`;
      line += `${code === before ? "" : code}▀`;
      before = code;
    }
    lines.push(depth === 1 ? line : `${line}\u001b[0m`);
  }
  return lines;
}

/** Made smaller, by averaging, to fit into so many columns and rows of characters; without transparency, on white. */
export function fitted(image: PixelImage, columns: number, rows: number): PixelImage {
  const opaque = tile([image], { gap: 0, background: 255 });
  const scale = Math.min(1, columns / image.width, (2 * rows) / image.height);
  if (scale === 1) return opaque;
  const width = Math.max(1, Math.floor(image.width * scale));
  const height = Math.max(1, Math.floor(image.height * scale));
  const { channels } = opaque;
  const data = new Uint8Array(width * height * channels);
  for (let c = 0; c < channels; c++) {
    const values = Float64Array.from(
      { length: image.width * image.height },
      (_, i) => opaque.data[i * channels + c]!,
    );
    const plane = areaAverage({ width: image.width, height: image.height, values }, width, height);
    plane.values.forEach((value, i) => {
      data[i * channels + c] = Math.round(value);
    });
  }
  return { width, height, channels, data };
}

/** The surest mistakes, drawn side by side as far as they fit into `width` columns. */
export function mistakesPicture(
  set: LabelledImages,
  evaluation: Evaluation,
  options: { readonly width: number; readonly depth: ColorDepth; readonly count?: number },
): string {
  const gap = 3;
  const columns = Math.max(1, Math.floor((options.width + gap) / (set.width + gap)));
  const shown = evaluation.mistakes.slice(0, Math.min(columns, options.count ?? 6));
  if (shown.length === 0) return "";
  const pictures = shown.map((mistake) => pictureLines(imageOf(set, mistake.index), options.depth));
  const captions = shown.map(
    ({ label, predicted, probability }) =>
      `${set.classes[label]} taken for ${set.classes[predicted]}, ${percent(probability, 0)}`,
  );
  const space = " ".repeat(gap);
  const rows = (pictures[0] as string[]).map((_, y) =>
    pictures.map((lines) => lines[y] as string).join(space),
  );
  rows.push(
    captions
      .map((caption) => caption.slice(0, set.width).padEnd(set.width))
      .join(space)
      .trimEnd(),
  );
  return rows.join("\n");
}
