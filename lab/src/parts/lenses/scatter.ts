/** A map of points, each written as its class's sign. */
import { styleColor } from "../../views/colors.js";
import type { Place, Projection } from "../playgrounds/projection.js";

export interface Scatter {
  /** `[count, 2]` */
  readonly points: Float32Array;
  readonly labels: Uint8Array;
  readonly predictions: Uint8Array;
  /** One for each class; colours begin again when there are more classes. */
  readonly glyphs: readonly string[];
  readonly colors: readonly string[];
}

export interface Marks {
  readonly chosen: number | undefined;
  readonly pointed: number | undefined;
}

/** How near the pointer must be, on the screen. */
const reach = 24;

/** Mistakes have a ring, the chosen point a square, and the one that is pointed at a heavy ring. */
export function drawScatter(
  context: CanvasRenderingContext2D,
  projection: Projection,
  { points, labels, predictions, glyphs, colors }: Scatter,
  { chosen, pointed }: Marks,
): void {
  const [ink, bad, paper] = ["--ink", "--bad", "--sunken"].map((name) => styleColor(document.body, name));
  context.fillStyle = paper as string;
  context.fillRect(0, 0, projection.width, projection.height);
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.font = "600 12px system-ui, sans-serif";
  const at = (i: number) =>
    projection.toScreen({ x: points[2 * i] as number, y: points[2 * i + 1] as number });
  const ring = (i: number, radius: number, width: number, color: string) => {
    context.strokeStyle = color;
    context.lineWidth = width;
    context.beginPath();
    context.arc(...at(i), radius, 0, 2 * Math.PI);
    context.stroke();
  };
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i] as number;
    context.fillStyle = colors[label % colors.length] as string;
    context.fillText(glyphs[label] ?? String(label), ...at(i));
    if (predictions[i] !== label) ring(i, 8, 1.5, bad as string);
  }
  if (chosen !== undefined && chosen < labels.length) {
    const [x, y] = at(chosen);
    context.strokeStyle = ink as string;
    context.lineWidth = 2.5;
    context.strokeRect(x - 10, y - 10, 20, 20);
  }
  if (pointed !== undefined && pointed < labels.length) ring(pointed, 12, 3, ink as string);
}

/** Which point is nearest to a place, if one is near on the screen. */
export function nearestPoint(points: Float32Array, place: Place, projection: Projection): number | undefined {
  const places = Array.from({ length: points.length / 2 }, (_, i) => ({
    x: points[2 * i] as number,
    y: points[2 * i + 1] as number,
  }));
  return projection.nearest(places, place, reach);
}
