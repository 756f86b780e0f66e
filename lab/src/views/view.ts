/**
 * A view draws something on a canvas, and says what lies where. One file each, listed in `index.ts`. A canvas has one pixel
 * for each number; the page enlarges it.
 */
export interface Place {
  /** Which of the numbers, row-major. */
  readonly index: number;
  /** The same, one coordinate for each axis. */
  readonly coordinates: readonly number[];
  readonly value: number;
}

export interface Drawn {
  /** What lies under a pixel of the canvas; undefined in a gap. */
  at(x: number, y: number): Place | undefined;
  /** Where a number lies: the inverse of `at`. */
  pixelOf(index: number): readonly [x: number, y: number];
}

export type View<Content> = (content: Content, canvas: HTMLCanvasElement) => Drawn;

/** Numbers with a shape: what most views draw. */
export interface Values {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
  readonly minimum: number;
  readonly maximum: number;
}

export function coordinatesOf(index: number, shape: readonly number[]): number[] {
  const coordinates = new Array<number>(shape.length);
  let rest = index;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const extent = shape[axis] as number;
    coordinates[axis] = rest % extent;
    rest = Math.floor(rest / extent);
  }
  return coordinates;
}
