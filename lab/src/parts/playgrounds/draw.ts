/** What several playgrounds draw alike. */
import { styleColor } from "../../views/colors.js";
import type { Projection } from "./projection.js";

/** Of the first classes: told apart also by those who see few colours, and by their shapes. */
export const classColors = ["#5e3c99", "#c1660a", "#00786a"] as const;

const parts = classColors.map((color) => [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16)));

/**
 * The colour of a decision: white where all classes are as probable, and the class's own, a little paler than its points, where
 * it is sure.
 */
export function pixelOfProbabilities(
  probabilities: ArrayLike<number>,
  start: number,
  classes: number,
): number {
  const light = [255, 255, 255];
  for (let c = 0; c < classes; c++) {
    const surplus = (probabilities[start + c] as number) - 1 / classes;
    const share = Math.max(0, (0.7 * surplus) / (1 - 1 / classes));
    for (let channel = 0; channel < 3; channel++) {
      light[channel] =
        (light[channel] as number) + share * ((parts[c] as number[])[channel] as number) - share * 255;
    }
  }
  const [red, green, blue] = light.map(Math.round) as [number, number, number];
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

export const cssOf = (pixel: number) => `rgb(${pixel & 255}, ${(pixel >> 8) & 255}, ${(pixel >> 16) & 255})`;

/** Pixels on their way to be enlarged: making a canvas for each picture takes longer than drawing it. */
let small: HTMLCanvasElement | undefined;

/** Draws pixels `[height, width]` over the whole plane, with soft edges or hard ones. */
export function drawPixels(
  context: CanvasRenderingContext2D,
  pixels: Uint32Array<ArrayBuffer>,
  [width, height]: readonly [number, number],
  projection: Projection,
  smooth: boolean,
): void {
  small ??= document.createElement("canvas");
  if (small.width !== width) small.width = width;
  if (small.height !== height) small.height = height;
  const bytes = new Uint8ClampedArray(pixels.buffer, pixels.byteOffset, pixels.byteLength);
  (small.getContext("2d") as CanvasRenderingContext2D).putImageData(
    new ImageData(bytes, width, height),
    0,
    0,
  );
  context.imageSmoothingEnabled = smooth;
  context.drawImage(small, 0, 0, projection.width, projection.height);
}

/** A circle, square or triangle. */
export function drawMark(
  context: CanvasRenderingContext2D,
  [x, y]: readonly [number, number],
  label: number,
  size = 5,
): void {
  context.beginPath();
  if (label === 0) context.arc(x, y, size, 0, 2 * Math.PI);
  else if (label === 1) context.rect(x - size * 0.9, y - size * 0.9, size * 1.8, size * 1.8);
  else {
    context.moveTo(x, y - size * 1.2);
    context.lineTo(x + size * 1.1, y + size * 0.8);
    context.lineTo(x - size * 1.1, y + size * 0.8);
    context.closePath();
  }
  context.fillStyle = classColors[label] ?? "black";
  context.fill();
  context.strokeStyle = "white";
  context.lineWidth = 1.5;
  context.stroke();
}

/** The sheet, and lines at zero. */
export function drawAxes(context: CanvasRenderingContext2D, projection: Projection): void {
  const { width, height } = projection;
  context.fillStyle = style("--sunken");
  context.fillRect(0, 0, width, height);
  const [x, y] = projection.toScreen({ x: 0, y: 0 });
  context.strokeStyle = style("--line");
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(x, 0);
  context.lineTo(x, height);
  context.moveTo(0, y);
  context.lineTo(width, y);
  context.stroke();
}

export function drawLine(
  context: CanvasRenderingContext2D,
  projection: Projection,
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  color: string,
  width: number,
): void {
  context.beginPath();
  for (let i = 0; i < x.length; i++) {
    const [left, top] = projection.toScreen({ x: x[i] as number, y: y[i] as number });
    if (i === 0) context.moveTo(left, top);
    else context.lineTo(left, top);
  }
  context.strokeStyle = color;
  context.lineWidth = width;
  context.stroke();
}

/** A colour of the page's style. */
export const style = (property: string) => styleColor(document.body, property);

/** The series' colours, again from the first when there are more. */
export const seriesColor = (index: number) => `--series-${(index % 6) + 1}`;
