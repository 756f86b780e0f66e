/** What the playgrounds keep in the address, as text and back. What cannot be read counts as not said. */

import type { View } from "../../state/view.svelte.js";
import { type ActivationName, activations, type LayerSpec } from "../../worker/playgrounds/network.js";
import { type ClassPoint, reach, type ValuePoint } from "../../worker/playgrounds/point-sets.js";

type Reader = Pick<View, "get">;

/** A number in range, or `otherwise`. */
export function decimal(
  view: Reader,
  key: string,
  otherwise: number,
  minimum: number,
  maximum: number,
): number {
  const text = view.get(key);
  const value = Number(text);
  return text !== "" && value >= minimum && value <= maximum ? value : otherwise;
}

/** One of the names of a table, or `otherwise`. */
export function choice<T extends object>(view: Reader, key: string, table: T, otherwise: keyof T): keyof T {
  const text = view.get(key);
  return Object.hasOwn(table, text) ? (text as keyof T) : otherwise;
}

export const mostLayers = 8;
export const mostUnits = 100;

/** `8.tanh-2.relu`; `none` is no hidden layer. */
export function layersText(layers: readonly LayerSpec[]): string {
  return layers.map(({ units, activation }) => `${units}.${activation}`).join("-") || "none";
}

/** @returns undefined if that is no list of layers */
export function readLayers(text: string): LayerSpec[] | undefined {
  if (text === "none") return [];
  const layers = text.split("-").map((part) => {
    const [units = "", activation = ""] = part.split(".");
    return { units: Number(units), activation: activation as ActivationName };
  });
  const good = layers.every(
    ({ units, activation }) =>
      Number.isInteger(units) && units >= 1 && units <= mostUnits && Object.hasOwn(activations, activation),
  );
  return good && layers.length <= mostLayers ? layers : undefined;
}

/** Steps of a coordinate: two digits of base 36. */
const steps = 36 ** 2 - 1;

const letters = (value: number) =>
  Math.round((steps * (Math.max(-reach, Math.min(reach, value)) / reach + 1)) / 2)
    .toString(36)
    .padStart(2, "0");

const number = (text: string) => (2 * (Number.parseInt(text, 36) / steps) - 1) * reach;

/** Points as short text: class, x, y. Coordinates lose what is beyond one of 1,296 steps. `-` is no points. */
export function classPointsText(points: readonly ClassPoint[]): string {
  return points.map(({ x, y, label }) => `${label}${letters(x)}${letters(y)}`).join("") || "-";
}

export function readClassPoints(text: string): ClassPoint[] {
  return pieces(text, 5)
    .map((piece) => ({ x: number(piece.slice(1, 3)), y: number(piece.slice(3)), label: Number(piece[0]) }))
    .filter(({ label }) => Number.isInteger(label));
}

export function valuePointsText(points: readonly ValuePoint[]): string {
  return points.map(({ x, y }) => `${letters(x)}${letters(y)}`).join("") || "-";
}

export function readValuePoints(text: string): ValuePoint[] {
  return pieces(text, 4).map((piece) => ({ x: number(piece.slice(0, 2)), y: number(piece.slice(2)) }));
}

function pieces(text: string, size: number): string[] {
  return (/^[0-9a-z]+$/.test(text) ? text : "").match(new RegExp(`.{${size}}`, "g")) ?? [];
}
