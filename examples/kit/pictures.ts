import { type data, type Tensor, tensor } from "gradus";

/**
 * A picture as a batch of one, `[1, 1 or 3, H, W]`, from 0 to 1. Transparent pixels are white. Pictures of more than `side`
 * pixels a side are made smaller, by averaging squares.
 */
export function tensorOf(image: data.PixelImage, side = 512): Tensor {
  const { width, height, channels } = image;
  const samples = tensor(image.data, { shape: [1, height, width, channels], dtype: "float32" })
    .permute([0, 3, 1, 2])
    .divide(255);
  const colors = channels >= 3 ? 3 : 1;
  const picture = samples.slice([0, 0, 0, 0], [1, colors, height, width]);
  const alpha = samples.slice([0, channels - 1, 0, 0]);
  const opaque = channels === colors ? picture : picture.subtract(1).multiply(alpha).add(1);
  const factor = Math.min(Math.ceil(Math.max(width, height) / side), width, height);
  return factor === 1 ? opaque : opaque.averagePool(factor);
}
