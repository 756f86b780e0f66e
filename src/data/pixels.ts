/** An image of 8-bit samples, interleaved (`[height, width, channels]`), as canvases and image files give it. */
export interface PixelImage {
  readonly width: number;
  readonly height: number;
  /** 1 is grey, 2 grey and alpha, 3 RGB, 4 RGBA; alpha is not premultiplied. */
  readonly channels: 1 | 2 | 3 | 4;
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** One brightness a pixel, 0 (black) to 255 (white), row by row. */
export interface GreyImage {
  readonly width: number;
  readonly height: number;
  readonly values: Float64Array;
}

/** The middle of sorted numbers; 0 if there are none. */
export function median(values: Float64Array): number {
  const sorted = values.slice().sort();
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/**
 * Brightness `0.299 R + 0.587 G + 0.114 B` (ITU-R BT.601), with transparency resolved.
 *
 * What lies behind transparent pixels is not in the image, so it is chosen to suit: if most of the image is
 * transparent, the opaque part is the drawing, and white or black goes behind it, whichever contrasts more;
 * otherwise the opaque part contains the background too, and its median goes behind.
 */
export function luminance(image: PixelImage): GreyImage {
  const { width, height, channels, data } = image;
  const count = width * height;
  const isColour = channels >= 3;
  const values = new Float64Array(count);
  for (let pixel = 0; pixel < count; pixel++) {
    const first = pixel * channels;
    const grey = data[first] as number;
    values[pixel] = isColour
      ? 0.299 * grey + 0.587 * (data[first + 1] as number) + 0.114 * (data[first + 2] as number)
      : grey;
  }
  if (channels === 1 || channels === 3) return { width, height, values };

  const alpha = new Float64Array(count);
  let opacity = 0;
  let opaqueSum = 0;
  for (let pixel = 0; pixel < count; pixel++) {
    const share = (data[pixel * channels + channels - 1] as number) / 255;
    alpha[pixel] = share;
    opacity += share;
    opaqueSum += share * (values[pixel] as number);
  }
  let behind = 255;
  if (opacity < count / 2) behind = opacity > 0 && opaqueSum / opacity > 127.5 ? 0 : 255;
  else if (opacity < count) behind = median(values.filter((_, pixel) => (alpha[pixel] as number) > 0.5));
  for (let pixel = 0; pixel < count; pixel++) {
    const share = alpha[pixel] as number;
    values[pixel] = share * (values[pixel] as number) + (1 - share) * behind;
  }
  return { width, height, values };
}

/** Resamples so that each new pixel is the mean of the area it covers, fractions of pixels included. */
export function areaAverage(image: GreyImage, width: number, height: number): GreyImage {
  const rows = averageRows(image.values, image.width, image.height, width);
  // Rows, then columns as rows of the transpose.
  const columns = averageRows(transposed(rows, width, image.height), image.height, width, height);
  return { width, height, values: transposed(columns, height, width) };
}

function averageRows(values: Float64Array, oldWidth: number, rows: number, newWidth: number): Float64Array {
  if (oldWidth === newWidth) return values;
  const result = new Float64Array(rows * newWidth);
  const step = oldWidth / newWidth;
  for (let x = 0; x < newWidth; x++) {
    const start = x * step;
    const end = Math.min(oldWidth, (x + 1) * step);
    for (let old = Math.floor(start); old < end; old++) {
      const covered = Math.min(old + 1, end) - Math.max(old, start);
      if (covered <= 0) continue;
      for (let y = 0; y < rows; y++) {
        const target = y * newWidth + x;
        result[target] =
          (result[target] as number) + ((values[y * oldWidth + old] as number) * covered) / step;
      }
    }
  }
  return result;
}

function transposed(values: Float64Array, width: number, height: number): Float64Array {
  const result = new Float64Array(values.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) result[x * height + y] = values[y * width + x] as number;
  }
  return result;
}
