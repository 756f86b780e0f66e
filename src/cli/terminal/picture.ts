import type { LabelledImages } from "../../data/labelled-images.js";
import type { Evaluation } from "../../train/evaluate.js";
import { percent } from "./style.js";

/** From dark to light. */
const shades = " .:-=+*#%@";

/** The grey value of a pixel, 0 ... 255: the mean of the channels; 0 outside of the image. */
function grey(set: LabelledImages, index: number, y: number, x: number): number {
  const { channels, height, width, pixels } = set;
  if (y >= height) return 0;
  let sum = 0;
  for (let channel = 0; channel < channels; channel++) {
    sum += pixels[((index * channels + channel) * height + y) * width + x] as number;
  }
  return sum / channels;
}

/** The 24 steps of grey of terminals with 256 colours, between black and white. */
function greyCode(value: number): number {
  const step = Math.round((value / 255) * 25);
  return step === 0 ? 16 : step === 25 ? 231 : 231 + step;
}

/**
 * An image as lines of text, one for two rows of pixels: half blocks in shades of grey where the terminal has colours,
 * letters of growing weight where not.
 */
export function pictureLines(set: LabelledImages, index: number, colored: boolean): string[] {
  const lines: string[] = [];
  for (let y = 0; y < set.height; y += 2) {
    let line = "";
    for (let x = 0; x < set.width; x++) {
      const upper = grey(set, index, y, x);
      const lower = grey(set, index, y + 1, x);
      if (colored) line += `\u001b[38;5;${greyCode(upper)};48;5;${greyCode(lower)}m▀`;
      else line += shades[Math.min(shades.length - 1, Math.floor(((upper + lower) / 512) * shades.length))];
    }
    lines.push(colored ? `${line}\u001b[0m` : line);
  }
  return lines;
}

/** The surest mistakes, drawn side by side as far as they fit into `width` columns. */
export function mistakesPicture(
  set: LabelledImages,
  evaluation: Evaluation,
  options: { readonly width: number; readonly colored: boolean; readonly count?: number },
): string {
  const gap = 3;
  const columns = Math.max(1, Math.floor((options.width + gap) / (set.width + gap)));
  const shown = evaluation.mistakes.slice(0, Math.min(columns, options.count ?? 6));
  if (shown.length === 0) return "";
  const pictures = shown.map((mistake) => pictureLines(set, mistake.index, options.colored));
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
