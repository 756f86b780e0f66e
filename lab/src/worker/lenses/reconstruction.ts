import { compile, concatenate, grad, inspect, type Tensor, tensor } from "gradus";
import type { Lens } from "../lens.js";
import { describe, type Numbers } from "../numbers.js";
import { type Chosen, sightOf } from "./chosen.js";

export interface ReconstructionParameters {
  readonly chosen: readonly Chosen[];
  /** Layer. */
  readonly path: string;
  readonly channel: number;
}

export interface Reconstruction {
  /** `[channels, height, width]`, as the network sees it. */
  readonly input: Numbers;
  readonly gradient: Numbers;
  readonly deconvnet: Numbers;
  readonly guided: Numbers;
  /** Of the channel's strongest unit. */
  readonly activation: number;
  /** Its place in the channel, one index for each axis. */
  readonly position: readonly number[];
  /** What of the image that unit sees; undefined if nothing. */
  readonly box: inspect.InputBox | undefined;
}

export interface Reconstructions {
  readonly list: readonly Reconstruction[];
  readonly step: number;
}

/** For each image: what in it makes the strongest unit of a channel respond, led back to the pixels in three ways. */
export const reconstruction: Lens<ReconstructionParameters, Reconstructions> = async (
  { run, once },
  { chosen, path, channel },
) => {
  const { step } = run;
  if (chosen.length === 0) return { list: [], step };
  const look = once(`reconstruction ${path}`, () =>
    compile(
      (images: Tensor, channels: Tensor) => {
        const output = inspect.activations(run.model, images, { paths: [path] }).outputs[path] as Tensor;
        const all = output.gather(channels.slice([0], [1]), 1);
        const rows = all.reshape([images.shape[0] as number, all.size / (images.shape[0] as number)]);
        return {
          rows,
          gradient: grad(rows.max(1).sum(), [images])[0],
          deconvnet: inspect.deconvnet(run.model, images, { path, channel: channels }),
          guided: inspect.guidedBackprop(run.model, images, { path, channel: channels }),
        };
      },
      { name: "reconstruction" },
    ),
  );
  const images = concatenate(chosen.map((one) => sightOf(run, one).images));
  const channels = tensor(new Int32Array(chosen.length).fill(channel), { dtype: "int32" });
  const looked = look(images, channels);
  const [input, rows, gradient, deconvnet, guided] = await Promise.all(
    [images, looked.rows, looked.gradient, looked.deconvnet, looked.guided].map((values) => values.data()),
  );
  const places =
    run.model
      .describe()
      .find((layer) => layer.path === path)
      ?.outputShape.slice(1) ?? [];
  const list = chosen.map((_, i): Reconstruction => {
    const part = (values: ArrayLike<number>) => {
      const size = values.length / chosen.length;
      return Float32Array.from({ length: size }, (_, j) => values[i * size + j] as number);
    };
    const picture = (values: ArrayLike<number>) => describe(part(values), run.inputShape);
    const row = part(rows as ArrayLike<number>);
    const activation = row.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
    const position = placeOf(row.indexOf(activation), places);
    return {
      input: picture(input as ArrayLike<number>),
      gradient: picture(gradient as ArrayLike<number>),
      deconvnet: picture(deconvnet as ArrayLike<number>),
      guided: picture(guided as ArrayLike<number>),
      activation,
      position,
      box: inspect.receptiveField(run.model, { path, unit: [channel, ...position] }),
    };
  });
  return { list, step };
};

function placeOf(index: number, extents: readonly number[]): number[] {
  const place: number[] = [];
  for (let rest = index, axis = extents.length - 1; axis >= 0; axis--) {
    const extent = extents[axis] as number;
    place[axis] = rest % extent;
    rest = Math.floor(rest / extent);
  }
  return place;
}
