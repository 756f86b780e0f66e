import type { PixelImage } from "../data/image.js";

/**
 * Letters of 5 x 7 pixels, so that pictures can say what they show: each is its character and seven rows, a row being five
 * pixels as a digit in base 32.
 */
const glyphs = new Map(
  (
    "0ehjlphe 14c4444e 2eh168gv 3eh161he 426aiv22 5vgu11he 6egguhhe 7v124444 8ehhehhe 9ehhf11e " +
    "Aehhvhhh Buhhuhhu Cehggghe Duhhhhhu Evgguggv Fvgguggg Gehgnhhf Hhhhvhhh Ie44444e J72222ic " +
    "Khikokih Lggggggv Mhrllhhh Nhppljjh Oehhhhhe Puhhuggg Qehhhlid Ruhhukih Sehge1he Tv444444 " +
    "Uhhhhhhe Vhhhhaa4 Whhhllrh Xhha4ahh Yhha4444 Zv1248gv .00000cc ,0000c48 :0cc0cc0 -000v000 " +
    "+044v440 =00v0v00 %pp248jj >8421248 <248g842 (2488842 )8422248 /11248gg '4440000 ?eh16404 " +
    "!4444404 #aavavaa"
  )
    .split(" ")
    .map((glyph) => [glyph[0]!, Array.from(glyph.slice(1), (row) => Number.parseInt(row, 32))]),
);

/** Width and height of a letter, with the gap that follows it. */
const advance = 6;
const lineHeight = 9;

export interface TextOptions {
  /** The size of a dot; default 1, for letters 5 x 7. */
  readonly scale?: number;
  /** Grey of the letters, 0 (black, the default) to 255. */
  readonly ink?: number;
  /** Grey of what is behind them; default 255. */
  readonly paper?: number;
}

/** A text as a grey picture. Letters become capitals; what has no letter is drawn as `?`. Lines are parted by `\n`. */
export function text(content: string, options: TextOptions = {}): PixelImage {
  const { scale = 1, ink = 0, paper = 255 } = options;
  const { width, height } = textSize(content, scale);
  const image: PixelImage = { width, height, channels: 1, data: new Uint8Array(width * height).fill(paper) };
  write(image, content, { left: 0, top: 0, scale, color: [ink] });
  return image;
}

/** The picture with a text below it, on white. */
export function captioned(
  image: PixelImage,
  caption: string,
  options: { readonly scale?: number } = {},
): PixelImage {
  const { scale = 1 } = options;
  const size = textSize(caption, scale);
  const gap = 2 * scale;
  const width = Math.max(image.width, size.width);
  const height = image.height + gap + size.height;
  const { channels } = image;
  const result: PixelImage = {
    width,
    height,
    channels,
    data: new Uint8Array(width * height * channels).fill(255),
  };
  const left = Math.floor((width - image.width) / 2);
  for (let y = 0; y < image.height; y++) {
    const row = image.data.subarray(y * image.width * channels, (y + 1) * image.width * channels);
    result.data.set(row, (y * width + left) * channels);
  }
  const place = { left: Math.floor((width - size.width) / 2), top: image.height + gap, scale };
  write(result, caption, { ...place, color: channels < 3 ? [0, 255] : [0, 0, 0, 255] });
  return result;
}

/** Pixels that a text takes, without the gaps behind its last letter and line. */
export function textSize(content: string, scale: number): { width: number; height: number } {
  const lines = content.split("\n");
  const longest = Math.max(...lines.map((line) => line.length));
  return {
    width: Math.max(0, longest * advance - 1) * scale,
    height: (lines.length * lineHeight - 2) * scale,
  };
}

export interface TextPlace {
  readonly left: number;
  readonly top: number;
  readonly scale: number;
  /** One sample for each channel; more are left out. */
  readonly color: readonly number[];
}

/** Writes a text onto a picture; what lies outside is left out. */
export function write(image: PixelImage, content: string, { left, top, scale, color }: TextPlace): void {
  const samples = color.slice(0, image.channels);
  const dot = (x: number, y: number) => {
    for (let row = y; row < Math.min(image.height, y + scale); row++) {
      for (let column = x; column < Math.min(image.width, x + scale); column++) {
        if (row >= 0 && column >= 0) image.data.set(samples, (row * image.width + column) * image.channels);
      }
    }
  };
  for (const [line, words] of content.split("\n").entries()) {
    for (const [at, letter] of [...words.toUpperCase()].entries()) {
      const rows = letter === " " ? [] : (glyphs.get(letter) ?? glyphs.get("?")!);
      for (const [y, bits] of rows.entries()) {
        for (let x = 0; x < 5; x++) {
          if ((bits >> (4 - x)) & 1) {
            dot(left + (at * advance + x) * scale, top + (line * lineHeight + y) * scale);
          }
        }
      }
    }
  }
}
