import { pickClass } from "../losses/cross-entropy.js";
import type { Module } from "../nn/module.js";
import { compile } from "../runtime/compile.js";
import { formatShape, ShapeError } from "../shape/shape.js";
import { arange, tensor } from "../tensor/creation.js";
import type { Tensor } from "../tensor/tensor.js";
import { type ClassOptions, classesOf } from "./class-scores.js";

export interface OcclusionOptions extends ClassOptions {
  /** Side of the square that is laid over the image, in pixels. */
  readonly size: number;
  /** Pixels from one place of the square to the next; default: half of its side, rounded up. */
  readonly stride?: number;
  /** The square's value in all channels; default 0, the grey of images as scaled by `data.centred`. */
  readonly fill?: number;
  /** Images that go through the model at once; default 100. */
  readonly batchSize?: number;
}

/**
 * How much the probability of a class falls when a square is laid over the image, for each place of the square:
 *
 *     map[n, i, j] = p(class | x) - p(class | x with the square's corner at row i stride, column j stride)
 *
 * The last places of a row and a column are the first that reach the border; there the square is cut off.
 *
 * @param model its output are logits `[N, classes]`
 * @param images `[N, C, H, W]`
 * @returns `[N, rows, columns]`
 * @throws ShapeError unless there are such images, RangeError if there is no such class, or sizes that make no sense
 *
 * Source: Zeiler and Fergus, "Visualizing and understanding convolutional networks", 2013, section 4.2.
 */
export async function occlusion(model: Module, images: Tensor, options: OcclusionOptions): Promise<Tensor> {
  const { size, fill = 0, batchSize = 100 } = options;
  const { stride = Math.ceil(size / 2) } = options;
  for (const [name, value] of Object.entries({ size, stride, batchSize })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new RangeError(`occlusion: ${name} is ${value}, but must be an integer of at least 1`);
    }
  }
  if (images.rank !== 4) {
    throw new ShapeError(`occlusion: images are ${formatShape(images.shape)}, but must be [N, C, H, W]`);
  }
  const [count, , height, width] = images.shape as readonly [number, number, number, number];
  const placesAlong = (extent: number) =>
    Math.min(Math.ceil(Math.max(0, extent - size) / stride) + 1, Math.ceil(extent / stride));
  const [rows, columns] = [placesAlong(height), placesAlong(width)];

  const judge = compile(
    (x: Tensor) => {
      const logits = model.forward(x);
      const classes = classesOf(logits, options.of, "occlusion");
      return { classes, whole: pickClass(logits.softmax(1), classes, "occlusion") };
    },
    { name: "occlusion, the whole image" },
  );
  const cover = compile(
    (x: Tensor, classes: Tensor, whole: Tensor, corners: Tensor) => {
      const copies = corners.shape[0]!;
      const along = (extent: number, axis: number) => {
        const first = corners.slice([0, axis], [copies, axis + 1]);
        const index = arange(extent).reshape([1, extent]);
        return index.greaterEqual(first).and(index.less(first.add(size)));
      };
      const covered = along(height, 0)
        .reshape([copies, 1, 1, height, 1])
        .and(along(width, 1).reshape([copies, 1, 1, 1, width]));
      const all = covered.where(fill, x.expandDimensions(0)).reshape([copies * count, ...x.shape.slice(1)]);
      const logits = model.forward(all);
      const labels = classes
        .expandDimensions(0)
        .broadcastTo([copies, count])
        .reshape([copies * count]);
      const left = pickClass(logits.softmax(1), labels, "occlusion");
      return whole.subtract(left.reshape([copies, count]));
    },
    { name: "occlusion" },
  );

  const { classes, whole } = judge(images);
  const places = rows * columns;
  // Batches of one size are one program; what fills up the last one is not looked at.
  const chunk = Math.min(places, Math.max(1, Math.floor(batchSize / count)));
  const map = new Float32Array(count * places);
  for (let first = 0; first < places; first += chunk) {
    const corners = Int32Array.from({ length: 2 * chunk }, (_, i) => {
      const place = Math.min(places - 1, first + (i >> 1));
      return stride * (i % 2 === 0 ? Math.floor(place / columns) : place % columns);
    });
    const drops = await cover(images, classes, whole, tensor(corners, { shape: [chunk, 2] })).data();
    for (let i = 0; i < chunk && first + i < places; i++) {
      for (let image = 0; image < count; image++) {
        map[image * places + first + i] = drops[i * count + image]!;
      }
    }
  }
  return tensor(map, { shape: [count, rows, columns] });
}
