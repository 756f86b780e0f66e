import { compile, type data, random, type Tensor, tensor } from "gradus";

/** Capitals as strokes from corner to corner, on a grid of 4 across and 6 down. */
const strokes = {
  A: "0,6 2,0 4,6|1,4 3,4",
  B: "0,3 0,0 3,0 4,1 4,2 3,3 0,3 0,6 3,6 4,5 4,4 3,3",
  C: "4,1 3,0 1,0 0,1 0,5 1,6 3,6 4,5",
  D: "0,0 0,6 2,6 4,4 4,2 2,0 0,0",
  E: "4,0 0,0 0,6 4,6|0,3 3,3",
  F: "4,0 0,0 0,6|0,3 3,3",
  G: "4,1 3,0 1,0 0,1 0,5 1,6 3,6 4,5 4,3 2,3",
  H: "0,0 0,6|4,0 4,6|0,3 4,3",
  I: "1,0 3,0|2,0 2,6|1,6 3,6",
  J: "1,0 4,0|3,0 3,5 2,6 1,6 0,5",
  K: "0,0 0,6|4,0 0,3 4,6",
  L: "0,0 0,6 4,6",
  M: "0,6 0,0 2,3 4,0 4,6",
  N: "0,6 0,0 4,6 4,0",
  O: "1,0 3,0 4,1 4,5 3,6 1,6 0,5 0,1 1,0",
  P: "0,6 0,0 3,0 4,1 4,2 3,3 0,3",
  Q: "1,0 3,0 4,1 4,5 3,6 1,6 0,5 0,1 1,0|2,4 4,6",
  R: "0,6 0,0 3,0 4,1 4,2 3,3 0,3|2,3 4,6",
  S: "4,1 3,0 1,0 0,1 0,2 1,3 3,3 4,4 4,5 3,6 1,6 0,5",
  T: "0,0 4,0|2,0 2,6",
  U: "0,0 0,5 1,6 3,6 4,5 4,0",
  V: "0,0 2,6 4,0",
  W: "0,0 1,6 2,3 3,6 4,0",
  X: "0,0 4,6|4,0 0,6",
  Y: "0,0 2,3 4,0|2,3 2,6",
  Z: "0,0 4,0 0,6 4,6",
};

const side = 28;
const mostSegments = 12;

/** The most that each of these differs from letter to letter. */
const distortion = { corner: 0.3, turn: 0.25, slant: 0.35, size: 0.2, shift: 2 };

/** Segments `[x1, y1, x2, y2]` of one letter as somebody might write it, in pixels; unused ones repeat the last. */
function handwritten(letter: string, stream: random.RandomStream): number[] {
  const vary = (most: number) => most * (2 * stream.uniform() - 1);
  const turn = vary(distortion.turn);
  const [cos, sin, slant] = [Math.cos(turn), Math.sin(turn), vary(distortion.slant)];
  const [wide, high] = [3.4 * (1 + vary(distortion.size)), 3.1 * (1 + vary(distortion.size))];
  const [right, down] = [vary(distortion.shift), vary(distortion.shift)];
  const lines = letter.split("|").map((line) =>
    line.split(" ").map((corner) => {
      const [column, row] = corner.split(",").map(Number) as [number, number];
      const y = high * (row - 3 + distortion.corner * stream.normal());
      const x = wide * (column - 2 + distortion.corner * stream.normal()) - slant * y;
      return [cos * x - sin * y + right + side / 2, sin * x + cos * y + down + side / 2];
    }),
  );
  const segments = lines.flatMap((line) => line.slice(1).map((corner, i) => [...line[i]!, ...corner]));
  return Array.from({ length: mostSegments }, (_, i) => segments[Math.min(i, segments.length - 1)]!).flat();
}

/** Draws letters: how near each pixel is to the nearest of its letter's segments `[N, segments, 4]`, `[N, 28 * 28]`. */
const draw = compile((segments: Tensor, thickness: Tensor, positions: Tensor) => {
  const count = segments.shape[0]!;
  const part = (at: number) =>
    segments.slice([0, 0, at], [count, mostSegments, at + 1]).reshape([count, 1, mostSegments]);
  const [x1, y1, x2, y2] = [0, 1, 2, 3].map(part) as [Tensor, Tensor, Tensor, Tensor];
  const [x, y] = [0, 1].map((axis) =>
    positions.slice([axis, 0], [axis + 1, side * side]).reshape([1, side * side, 1]),
  ) as [Tensor, Tensor];
  const [dx, dy] = [x2.subtract(x1), y2.subtract(y1)];
  const along = x.subtract(x1).multiply(dx).add(y.subtract(y1).multiply(dy));
  const share = along.divide(dx.square().add(dy.square()).maximum(1e-6)).clip(0, 1);
  const across = x.subtract(x1.add(share.multiply(dx))).square();
  const distance = across
    .add(y.subtract(y1.add(share.multiply(dy))).square())
    .min(2)
    .sqrt();
  return thickness.subtract(distance).add(0.5).clip(0, 1).multiply(255);
});

/**
 * Capital letters A to Z, white on black, 28 x 28, every one with corners, slant, size, place and pen of its own: as many of each, in turn.
 */
export async function letters(perClass: number, seed: number): Promise<data.LabelledImages> {
  const classes = Object.keys(strokes);
  const stream = new random.RandomStream(seed, 32);
  const count = perClass * classes.length;
  const labels = Uint8Array.from({ length: count }, (_, i) => i % classes.length);
  const shapes = Object.values(strokes);
  const segments = Array.from(labels, (label) => handwritten(shapes[label]!, stream)).flat();
  const thickness = Array.from(labels, () => 0.8 + 0.8 * stream.uniform());
  const pixelPositions = [0, 1].map((axis) =>
    Array.from({ length: side * side }, (_, i) => 0.5 + (axis === 0 ? i % side : Math.floor(i / side))),
  );
  const drawn = draw(
    tensor(Float32Array.from(segments), { shape: [count, mostSegments, 4] }),
    tensor(Float32Array.from(thickness), { shape: [count, 1] }),
    tensor(pixelPositions),
  );
  const pixels = Uint8Array.from(await drawn.data());
  return { name: "letters", pixels, labels, count, channels: 1, height: side, width: side, classes };
}
