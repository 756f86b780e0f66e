export interface Place {
  readonly x: number;
  readonly y: number;
}

export interface Ranges {
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
}

/** Between a part of the plane, with y upwards, and a canvas, with y downwards. */
export class Projection {
  readonly ranges: Ranges;
  readonly width: number;
  readonly height: number;

  constructor(ranges: Ranges, width: number, height: number) {
    this.ranges = ranges;
    this.width = width;
    this.height = height;
  }

  toScreen({ x, y }: Place): [number, number] {
    const { ranges, width, height } = this;
    return [
      (width * (x - ranges.x[0])) / (ranges.x[1] - ranges.x[0]),
      height * (1 - (y - ranges.y[0]) / (ranges.y[1] - ranges.y[0])),
    ];
  }

  toPlace(left: number, top: number): Place {
    const { ranges, width, height } = this;
    return {
      x: ranges.x[0] + (left / width) * (ranges.x[1] - ranges.x[0]),
      y: ranges.y[1] - (top / height) * (ranges.y[1] - ranges.y[0]),
    };
  }

  /** Which of the places is nearest on the screen, if one is within `pixels`. */
  nearest(places: readonly Place[], to: Place, pixels: number): number | undefined {
    const [x, y] = this.toScreen(to);
    let best: number | undefined;
    let least = pixels;
    places.forEach((place, i) => {
      const [px, py] = this.toScreen(place);
      const distance = Math.hypot(px - x, py - y);
      if (distance <= least) [best, least] = [i, distance];
    });
    return best;
  }
}

export function clampTo({ x: [left, right], y: [bottom, top] }: Ranges, { x, y }: Place): Place {
  return { x: Math.max(left, Math.min(right, x)), y: Math.max(bottom, Math.min(top, y)) };
}

/** Ranges that hold all places `[count, 2]`, with some room around them, equal in both directions if `square`. */
export function rangesOf(places: ArrayLike<number>, square = false): Ranges {
  const [x, y] = [0, 1].map((axis) => {
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (let i = axis; i < places.length; i += 2) {
      const value = places[i] as number;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    return low <= high ? ([low, high] as const) : ([-1, 1] as const);
  }) as [readonly [number, number], readonly [number, number]];
  const half = [x, y].map(([low, high]) => Math.max(0.55 * (high - low), 1e-3));
  const widest = Math.max(...half);
  const around = ([low, high]: readonly [number, number], room: number): [number, number] => [
    (low + high) / 2 - room,
    (low + high) / 2 + room,
  ];
  return {
    x: around(x, square ? widest : (half[0] as number)),
    y: around(y, square ? widest : (half[1] as number)),
  };
}
