import { Batches } from "../data/batches.js";
import type { LabelledImages } from "../data/labelled-images.js";
import type { Module } from "../nn/module.js";
import { compile } from "../runtime/compile.js";
import { formatShape, type Shape, ShapeError, sizeOf, stridesOf } from "../shape/shape.js";
import { tensor } from "../tensor/creation.js";
import type { Tensor } from "../tensor/tensor.js";
import type { FeaturesOptions } from "./features.js";
import { type InputBox, inputBox } from "./receptive-field.js";
import { outputAt, outputsOf, trace } from "./trace.js";

export interface TopPatchesOptions extends FeaturesOptions {
  /** Which channels of the layer; default: all. The box of each patch takes milliseconds in deep networks: name a few of many. */
  readonly channels?: readonly number[];
  /** Patches for each channel; default 9. */
  readonly count?: number;
}

export interface Patch {
  /** Which image of the set. */
  readonly image: number;
  /** Where in the channel, one index for each of its axes. */
  readonly position: readonly number[];
  /** The activation there. */
  readonly value: number;
  /** What of the image (of its crop) the unit sees; undefined if nothing. */
  readonly box: InputBox | undefined;
}

export interface ChannelPatches {
  readonly channel: number;
  /** The strongest first; of equal ones, that of the earlier image. At most one of each image. */
  readonly patches: readonly Patch[];
}

/**
 * What channels of a layer respond to most: for each, the images of a set with the strongest activations, where in the image the
 * first of the strongest units is, and the box of the image that it sees. Images go through the model in batches, of which only
 * the strongest values come back.
 *
 * @throws RangeError if there is no such layer, channel or image; ShapeError if the images do not fit the model
 *
 * Source: Zeiler and Fergus, "Visualizing and understanding convolutional networks", 2013, section 4.
 */
export async function topPatches(
  model: Module,
  set: LabelledImages,
  options: TopPatchesOptions = {},
): Promise<ChannelPatches[]> {
  const { path = "", batchSize = 100, count = 9, crop, scaling } = options;
  if (!Number.isInteger(count) || count < 1) {
    throw new RangeError(`topPatches: count is ${count}, but must be an integer of at least 1`);
  }
  const batches = new Batches(set, { size: batchSize, seed: 0, shuffle: false, crop, scaling });
  const { input, output } = trace(model, path, batches.imageShape, "topPatches");
  const channels = channelsOf(output.shape, options.channels);
  const strongest = compile(
    (images: Tensor) => {
      const activations = outputAt(outputsOf(model, images, path), path, "topPatches");
      const [examples, all, ...places] = activations.shape as readonly [number, number, ...number[]];
      const rows = activations.reshape([examples, all, sizeOf(places)]);
      const chosen = options.channels ? rows.gather(tensor(channels, { dtype: "int32" }), 1) : rows;
      return { values: chosen.max(2), places: chosen.argmax(2) };
    },
    { name: "topPatches" },
  );
  const found = channels.map((): Found[] => []);
  for (let step = 0; step < batches.perEpoch; step++) {
    const result = strongest(batches.batch(0, step).images);
    const [values, places] = await Promise.all([result.values.data(), result.places.data()]);
    values.forEach((value, i) => {
      const image = step * batchSize + Math.floor(i / channels.length);
      keep(found[i % channels.length]!, { image, place: places[i]!, value }, count);
    });
  }
  const boxes = new Map<string, InputBox | undefined>();
  const boxOf = (unit: readonly number[]) => {
    const key = unit.join(",");
    if (!boxes.has(key)) boxes.set(key, inputBox(input, output.node, unit));
    return boxes.get(key);
  };
  const strides = stridesOf(output.shape.slice(2));
  return found.map((list, i) => ({
    channel: channels[i]!,
    patches: list.map(({ image, place, value }) => {
      const position = strides.map((stride, axis) => Math.floor(place / stride) % output.shape[2 + axis]!);
      return { image, position, value, box: boxOf([channels[i]!, ...position]) };
    }),
  }));
}

interface Found {
  readonly image: number;
  readonly place: number;
  readonly value: number;
}

/** Puts a candidate behind those that are at least as strong. Candidates come in the order of the images. */
function keep(list: Found[], candidate: Found, count: number): void {
  const after = list.findIndex(({ value }) => value < candidate.value);
  if (after === -1) list.push(candidate);
  else list.splice(after, 0, candidate);
  if (list.length > count) list.pop();
}

function channelsOf(shape: Shape, chosen: readonly number[] | undefined): readonly number[] {
  const channels = shape[1];
  if (channels === undefined) {
    throw new ShapeError(
      `topPatches: the layer's output is ${formatShape(shape)}, but must be [N, channels, ...positions]`,
    );
  }
  if (chosen === undefined) return Array.from({ length: channels }, (_, i) => i);
  const wrong = chosen.find((channel) => !Number.isInteger(channel) || channel < 0 || channel >= channels);
  if (wrong === undefined) return chosen;
  throw new RangeError(`topPatches: there is no channel ${wrong}; the layer has 0 to ${channels - 1}`);
}
