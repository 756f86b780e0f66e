import type { inspect } from "gradus";
import type { Values } from "../../views/view.js";

/** A part of planes `[channels, height, width]`; the scale stays that of the whole. */
export function cropped(values: Values, box: inspect.InputBox | undefined): Values {
  if (box === undefined || box.start.length !== 3) return values;
  const [channels = 1, height = 1, width = 1] = values.shape;
  const [, top = 0, left = 0] = box.start;
  const [, bottom = 0, right = 0] = box.stop;
  const data = new Float32Array(channels * (bottom - top) * (right - left));
  let to = 0;
  for (let channel = 0; channel < channels; channel++) {
    for (let row = top; row < bottom; row++) {
      for (let column = left; column < right; column++) {
        data[to++] = values.data[(channel * height + row) * width + column] as number;
      }
    }
  }
  return {
    shape: [channels, bottom - top, right - left],
    data,
    minimum: values.minimum,
    maximum: values.maximum,
  };
}
