/** A picture in colour: bytes `[3, height, width]`. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array<ArrayBuffer>;
}

type Color = readonly [red: number, green: number, blue: number];
/** The colour at a place, both coordinates from -1 to 1, y downwards. */
type Paint = (x: number, y: number) => Color;

/** Pixels along a side. */
export const pictureSide = 72;

const mix = (a: Color, b: Color, share: number): Color => [
  a[0] + share * (b[0] - a[0]),
  a[1] + share * (b[1] - a[1]),
  a[2] + share * (b[2] - a[2]),
];

export const pictures = {
  sunset: {
    title: "sunset",
    paint: (x, y) => {
      const sea = y > 0.25;
      const sun = Math.hypot(x - 0.1, y - 0.12) < 0.34;
      if (sea) {
        const glitter = Math.abs(x - 0.1) < 0.12 + 0.25 * (y - 0.25) && Math.sin(38 * y) > 0.1;
        return glitter ? [250, 196, 110] : mix([46, 72, 120], [14, 26, 56], (y - 0.25) / 0.75);
      }
      return sun ? [255, 220, 120] : mix([60, 52, 120], [244, 128, 84], (y + 1) / 1.25);
    },
  },
  rings: {
    title: "rings",
    paint: (x, y) => {
      const ring = Math.floor(6 * Math.hypot(x, y)) % 3;
      return (
        [
          [240, 240, 230],
          [190, 60, 50],
          [40, 70, 120],
        ] as const
      )[ring] as Color;
    },
  },
  tiles: {
    title: "tiles",
    paint: (x, y) => {
      const [column, row] = [Math.floor(2 * (x + 1)), Math.floor(2 * (y + 1))];
      return (
        [
          [250, 210, 70],
          [40, 90, 160],
          [230, 235, 235],
          [180, 50, 60],
        ] as const
      )[(column + 2 * row) % 4] as Color;
    },
  },
  face: {
    title: "face",
    paint: (x, y) => {
      const eye = Math.hypot(Math.abs(x) - 0.3, y + 0.22) < 0.1;
      const mouth = Math.abs(Math.hypot(x, y - 0.02) - 0.48) < 0.06 && y > 0.15;
      if (eye || mouth) return [40, 30, 30];
      if (Math.hypot(x, y) < 0.8) return [250, 205, 70];
      return mix([120, 190, 220], [220, 240, 245], (y + 1) / 2);
    },
  },
} as const satisfies Readonly<Record<string, { title: string; paint: Paint }>>;

export type PictureName = keyof typeof pictures;

export function drawnPicture(name: PictureName): Picture {
  const { paint } = pictures[name];
  const size = pictureSide;
  const pixels = new Uint8Array(3 * size * size);
  for (let i = 0; i < size * size; i++) {
    const color = paint((2 * (i % size)) / (size - 1) - 1, (2 * Math.floor(i / size)) / (size - 1) - 1);
    for (let channel = 0; channel < 3; channel++)
      pixels[channel * size * size + i] = color[channel] as number;
  }
  return { width: size, height: size, pixels };
}

/** A picture as text, as it is sent to the Worker. */
export interface PackedPicture {
  readonly width: number;
  readonly height: number;
  readonly base64: string;
}

export function packPicture({ width, height, pixels }: Picture): PackedPicture {
  return { width, height, base64: btoa(Array.from(pixels, (byte) => String.fromCharCode(byte)).join("")) };
}

export function unpackPicture({ width, height, base64 }: PackedPicture): Picture {
  return { width, height, pixels: Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)) };
}
