/** How numbers become the colours of a canvas. */
import { pixelOf } from "../../views/colors.js";
import type { Picture } from "./picture.js";

/** As an image, cut off at black and white; with signs, around zero; or their size alone. */
export type Display = "clamped" | "signed" | "absolute";

export interface Look {
  readonly display: Display;
  /** The number that is white where numbers are cut off. */
  readonly white: number;
  /** Whether the page is. */
  readonly dark: boolean;
}

export const displays: readonly { readonly id: Display; readonly title: string }[] = [
  { id: "signed", title: "signed" },
  { id: "absolute", title: "absolute" },
  { id: "clamped", title: "clamped" },
];

export function greatest(values: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i] as number));
  return most;
}

type Color = readonly [red: number, green: number, blue: number];

/** Orange above zero and purple below, as the grids have it; zero is the colour of the page's cards, so that pictures stay calm. */
const signs: Readonly<Record<"light" | "dark", { below: Color; zero: Color; above: Color }>> = {
  light: { below: [74, 44, 140], zero: [247, 245, 242], above: [190, 82, 0] },
  dark: { below: [184, 162, 255], zero: [36, 39, 46], above: [255, 176, 84] },
};

const pack = ([red, green, blue]: Color) => ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;

function signedPixel(share: number, dark: boolean): number {
  const { below, zero, above } = signs[dark ? "dark" : "light"];
  const end = share < 0 ? below : above;
  const mix = (i: 0 | 1 | 2) => Math.round(zero[i] + (end[i] - zero[i]) * Math.min(1, Math.abs(share)));
  return pack([mix(0), mix(1), mix(2)]);
}

/** Three channels are red, green and blue, but where the display gives each number a colour: there, they lie side by side. */
export function paint(picture: Picture, look: Look, canvas: HTMLCanvasElement): void {
  const { display, white, dark } = look;
  const { channels, height, width, data } = picture;
  const inColor = channels === 3 && display !== "signed";
  const planes = inColor ? 1 : channels;
  canvas.width = planes * width;
  canvas.height = height;
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  const image = context.createImageData(canvas.width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const most = (display === "clamped" ? white : greatest(data)) || 1;
  const share = (i: number) =>
    (display === "absolute" ? Math.abs(data[i] as number) : (data[i] as number)) / most;
  const level = (i: number) => Math.round(255 * Math.max(0, Math.min(1, share(i))));
  const grey = { map: "grey", minimum: 0, maximum: 1 } as const;
  const size = height * width;
  for (let plane = 0; plane < planes; plane++) {
    for (let i = 0; i < size; i++) {
      const at = Math.floor(i / width) * canvas.width + plane * width + (i % width);
      const index = plane * size + i;
      if (inColor) pixels[at] = pack([level(i), level(size + i), level(2 * size + i)]);
      else pixels[at] = display === "signed" ? signedPixel(share(index), dark) : pixelOf(share(index), grey);
    }
  }
  context.putImageData(image, 0, 0);
}
