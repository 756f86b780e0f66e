import { type ColorMap, pixelOf, scaleFor } from "./colors.js";
import { coordinatesOf, type Values, type View } from "./view.js";

export interface Overlay {
  /** `[channels, height, width]`: one channel is grey, three are red, green and blue. */
  readonly image: Values;
  /** One number for each pixel. */
  readonly heat?: Values | undefined;
  /** Of the heat: 0 shows the image alone, 1 the heat alone. */
  readonly opacity?: number | undefined;
  readonly map?: ColorMap | undefined;
}

/** An image with heat lying over it. Pointing tells the heat, or the image's numbers where there is none. */
export const overlay: View<Overlay> = ({ image, heat, opacity = 0.6, map }, canvas) => {
  const [channels = 1, height = 1, width = 1] = image.shape;
  const size = height * width;
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  const picture = context.createImageData(width, height);
  const span = image.maximum > image.minimum ? 255 / (image.maximum - image.minimum) : 0;
  const scale = heat && scaleFor(heat.minimum, heat.maximum, map);
  const share = heat === undefined ? 0 : opacity;
  for (let i = 0; i < size; i++) {
    const color = heat && scale ? pixelOf(heat.data[i] as number, scale) : 0;
    for (let c = 0; c < 3; c++) {
      const value = image.data[(channels === 3 ? c * size : 0) + i] as number;
      picture.data[4 * i + c] =
        (1 - share) * span * (value - image.minimum) + share * ((color >> (8 * c)) & 255);
    }
    picture.data[4 * i + 3] = 255;
  }
  context.putImageData(picture, 0, 0);
  const values = heat ?? image;
  return {
    at(x, y) {
      if (x < 0 || y < 0 || x >= width || y >= height) return undefined;
      const index = y * width + x;
      return { index, coordinates: coordinatesOf(index, values.shape), value: values.data[index] as number };
    },
    pixelOf: (index) => [(index % size) % width, Math.floor((index % size) / width)],
  };
};
