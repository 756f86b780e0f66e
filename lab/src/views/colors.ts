import { interpolateCividis, interpolatePuOr, interpolateViridis } from "d3-scale-chromatic";

/** How numbers become colours. All are safe for colour-blind eyes. */
export type ColorMap = "grey" | "viridis" | "cividis" | "signed";

const interpolators: Readonly<Record<ColorMap, (share: number) => string>> = {
  grey: (share) => grey(Math.round(255 * share)),
  viridis: interpolateViridis,
  cividis: interpolateCividis,
  // Purple below zero, orange above.
  signed: (share) => interpolatePuOr(share),
};

const tables = new Map<ColorMap, Uint32Array>();

/** 256 colours, as the pixels of a little-endian canvas. */
function tableOf(map: ColorMap): Uint32Array {
  let table = tables.get(map);
  if (table === undefined) {
    table = Uint32Array.from({ length: 256 }, (_, i) => packed(interpolators[map](i / 255)));
    tables.set(map, table);
  }
  return table;
}

/** Brightness in proportion to the number, so that it can be read off a picture. */
const grey = (level: number) => `rgb(${level}, ${level}, ${level})`;

function packed(color: string): number {
  const hex = /^#(..)(..)(..)$/
    .exec(color)
    ?.slice(1)
    .map((digits) => Number.parseInt(digits, 16));
  const [red = 0, green = 0, blue = 0] = hex ?? color.match(/\d+/g)?.map(Number) ?? [];
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

/** What is not a number: a colour that no map has. */
const nowhere = packed("rgb(255, 0, 200)");

export interface Scale {
  readonly map: ColorMap;
  readonly minimum: number;
  readonly maximum: number;
}

/** Makes pixels of numbers, for many of them. The ends of the scale take what lies beyond them. */
export function painter({ map, minimum, maximum }: Scale): (value: number) => number {
  const table = tableOf(map);
  const factor = maximum > minimum ? 255 / (maximum - minimum) : 0;
  // Where all numbers are equal they are in the middle.
  const offset = factor === 0 ? 127.5 : 0;
  return (value) => {
    if (!Number.isFinite(value)) return nowhere;
    const level = Math.round(factor * (value - minimum) + offset);
    return table[level < 0 ? 0 : level > 255 ? 255 : level] as number;
  };
}

/** The colour of a number as a pixel. */
export const pixelOf = (value: number, scale: Scale): number => painter(scale)(value);

/** The same for style sheets. */
export function colorOf(value: number, scale: Scale): string {
  const pixel = pixelOf(value, scale);
  return `rgb(${pixel & 255}, ${(pixel >> 8) & 255}, ${(pixel >> 16) & 255})`;
}

/** A scale that fits numbers: around zero where there are both signs. */
export function scaleFor(minimum: number, maximum: number, map?: ColorMap): Scale {
  const signed = map === "signed" || (map === undefined && minimum < 0 && maximum > 0);
  if (!signed) return { map: map ?? "viridis", minimum, maximum };
  const reach = Math.max(-minimum, maximum);
  return { map: map ?? "signed", minimum: -reach, maximum: reach };
}

/** The colours read so far, by property and theme. */
const styleColors = new Map<string, string>();
let system: MediaQueryList | undefined;

/** Reads a custom property of the page's style, such as `--ink`, with the colours of light or dark in force. */
export function styleColor(element: Element, property: string): string {
  // Asking the browser makes it lay out the page: too slow for what is drawn ten times a second.
  system ??= matchMedia("(prefers-color-scheme: dark)");
  const key = `${property} ${document.documentElement.dataset.theme ?? system.matches}`;
  let color = styleColors.get(key);
  if (color === undefined) {
    color = askedColor(element, property);
    styleColors.set(key, color);
  }
  return color;
}

function askedColor(element: Element, property: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(${property})`;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
