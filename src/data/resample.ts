import { arange, stack } from "../tensor/creation.js";
import type { Tensor } from "../tensor/tensor.js";

/** Where each pixel of a result comes from: float32 `[batch, height, width]`, in pixels of the source. */
export interface Places {
  readonly y: Tensor;
  readonly x: Tensor;
}

/** Each pixel's own place, `[1, height, 1]` and `[1, 1, width]`. */
export function grid(height: number, width: number): Places {
  return {
    y: arange(height).cast("float32").reshape([1, height, 1]),
    x: arange(width).cast("float32").reshape([1, 1, width]),
  };
}

/**
 * Images `[batch, channels, height, width]` read at `places`, between pixels bilinearly; at whole numbers the values
 * are exact. Outside of the image is `fill`.
 */
export function resample(images: Tensor, { y, x }: Places, fill: number): Tensor {
  const [batch, channels, height, width] = images.shape as readonly [number, number, number, number];
  const [top, left] = [y.floor(), x.floor()];
  // Gathering zeros for what is outside: so the fill is 0 meanwhile.
  const padded = images.subtract(fill).pad([
    [0, 0],
    [0, 0],
    [1, 1],
    [1, 1],
  ]);
  // Rows of four neighbours, for each place between pixels: one look-up a pixel instead of four.
  const [rows, columns] = [height + 1, width + 1];
  const neighbour = (down: number, right: number) =>
    padded.slice([0, 0, down, right], [batch, channels, down + rows, right + columns]);
  const table = stack([neighbour(0, 0), neighbour(0, 1), neighbour(1, 0), neighbour(1, 1)], -1);
  const isInside = top
    .greaterEqual(-1)
    .and(top.less(height))
    .and(left.greaterEqual(-1))
    .and(left.less(width));
  const place = top.add(1).multiply(columns).add(left.add(1));
  const image = arange(batch * channels)
    .multiply(rows * columns)
    .reshape([batch, channels, 1, 1]);
  const indices = perChannel(isInside).where(
    perChannel(isInside.where(place, 0)).cast("int32").add(image),
    -1,
  );
  const found = table.reshape([-1, 4]).gather(indices);
  const [down, right] = [y.subtract(top), x.subtract(left)];
  const [up, before] = [rest(down), rest(right)];
  const weights = [up.multiply(before), up.multiply(right), down.multiply(before), down.multiply(right)];
  return weights
    .map((weight, i) => {
      const values = found.slice([0, 0, 0, 0, i], [batch, channels, height, width, i + 1]).squeeze(-1);
      return values.multiply(perChannel(weight));
    })
    .reduce((sum, term) => sum.add(term))
    .add(fill);
}

/** `[batch, height, width]` -> `[batch, 1, height, width]`. */
function perChannel(x: Tensor): Tensor {
  return x.expandDimensions(1);
}

/** `1 - x`. */
function rest(x: Tensor): Tensor {
  return x.negate().add(1);
}

/**
 * The matrix `[size, size]` that blurs a row of `size` values with a normal distribution of standard deviation `sigma`;
 * outside are zeros.
 */
export function gaussianBlur(size: number, sigma: number): Tensor {
  const distance = arange(size).reshape([size, 1]).subtract(arange(size)).cast("float32");
  const weights = distance
    .square()
    .multiply(-1 / (2 * sigma * sigma))
    .exp();
  return weights.multiply(1 / gaussianSum(sigma));
}

/** What all weights of a blur add up to without borders. */
function gaussianSum(sigma: number): number {
  let sum = 1;
  for (let i = 1; i < 10 * sigma; i++) sum += 2 * Math.exp((-i * i) / (2 * sigma * sigma));
  return sum;
}
