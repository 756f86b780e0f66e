import { styleColor } from "./colors.js";
import type { View } from "./view.js";

export interface Bins {
  /** Of equal width, from `minimum` to `maximum`. */
  readonly histogram: ArrayLike<number>;
  readonly minimum: number;
  readonly maximum: number;
}

const bar = 4;
const height = 36;

/** How often values occur; a line marks zero. Heights are square roots of counts, so that rare values can be seen. */
export const histogram: View<Bins> = ({ histogram: counts, minimum, maximum }, canvas) => {
  canvas.width = counts.length * bar;
  canvas.height = height;
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  const greatest = Math.sqrt(Math.max(1, ...Array.from(counts)));
  context.fillStyle = styleColor(canvas.parentElement ?? document.body, "--series-1");
  for (let i = 0; i < counts.length; i++) {
    const tall = Math.round((Math.sqrt(counts[i] as number) / greatest) * (height - 1));
    context.fillRect(i * bar, height - tall, bar - 1, tall);
  }
  if (minimum < 0 && maximum > 0) {
    context.fillStyle = styleColor(canvas.parentElement ?? document.body, "--ink");
    context.fillRect(Math.round((-minimum / (maximum - minimum)) * canvas.width), 0, 1, height);
  }
  const width = (maximum - minimum) / counts.length;
  return {
    at(x) {
      const index = Math.floor(x / bar);
      const value = counts[index];
      return value === undefined
        ? undefined
        : { index, coordinates: [minimum + (index + 0.5) * width], value };
    },
    pixelOf: (index) => [index * bar, height - 1],
  };
};
