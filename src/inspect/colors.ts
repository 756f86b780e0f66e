/** How numbers become colours. */
export type ColorMapName = "grey" | "diverging" | "sequential";

type Color = readonly [red: number, green: number, blue: number];

/**
 * Colours at equal distances, the ones between them by linear interpolation. Both scales of colour keep their order for
 * readers with any of the usual kinds of colour blindness.
 */
const anchors: Readonly<Record<Exclude<ColorMapName, "grey">, readonly Color[]>> = {
  // RdBu with eleven classes, from blue to red. Source: Harrower and Brewer, "ColorBrewer.org: an online tool for selecting
  // colour schemes for maps", 2003.
  diverging: [
    [5, 48, 97],
    [33, 102, 172],
    [67, 147, 195],
    [146, 197, 222],
    [209, 229, 240],
    [247, 247, 247],
    [253, 219, 199],
    [244, 165, 130],
    [214, 96, 77],
    [178, 24, 43],
    [103, 0, 31],
  ],
  // Viridis at nine places, from dark violet to yellow: equal steps look equal, and are equal steps of brightness.
  // Source: Smith and van der Walt, "A better default colormap for Matplotlib", 2015.
  sequential: [
    [68, 1, 84],
    [71, 45, 123],
    [59, 82, 139],
    [44, 114, 142],
    [33, 145, 140],
    [40, 174, 128],
    [94, 201, 98],
    [173, 220, 48],
    [253, 231, 37],
  ],
};

/** The samples of one pixel, one (grey) or three, for a position from 0 to 1. Beyond these it is the colour of the end. */
export function colorAt(map: ColorMapName, position: number): readonly number[] {
  const at = Math.min(1, Math.max(0, position));
  if (map === "grey") return [Math.round(255 * at)];
  const colors = anchors[map];
  const place = at * (colors.length - 1);
  const index = Math.min(colors.length - 2, Math.floor(place));
  const [low, high] = [colors[index]!, colors[index + 1]!];
  return low.map((from, i) => Math.round(from + (place - index) * (high[i]! - from)));
}
