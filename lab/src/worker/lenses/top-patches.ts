import { data, inspect } from "gradus";
import type { Lens } from "../lens.js";

export interface TopPatchesParameters {
  /** Layer. */
  readonly path: string;
  readonly channel: number;
  /** Test images to look at: from `first` on, so many of them. A page asks for a few at a time. */
  readonly first: number;
  readonly images: number;
  /** Patches wanted. */
  readonly count: number;
}

export interface TopPatches {
  /** The strongest first; `image` is an index of the test set. */
  readonly patches: readonly inspect.Patch[];
  /** Test images looked at. */
  readonly images: number;
  readonly step: number;
}

/** The strongest activations of a channel among some test images, with what the unit sees there. */
export const topPatches: Lens<TopPatchesParameters, TopPatches> = async (
  { run },
  { path, channel, first, images, count },
) => {
  const { test } = run.sets;
  const length = Math.max(0, Math.min(images, test.count - first));
  if (length === 0) return { patches: [], images: 0, step: run.step };
  const some = data.subset(
    test,
    Array.from({ length }, (_, i) => first + i),
  );
  const { crop, scaling } = run.lookOptions;
  const [found] = await inspect.topPatches(run.model, some, {
    path,
    channels: [channel],
    count,
    crop,
    scaling,
  });
  const patches = (found?.patches ?? []).map((patch) => ({ ...patch, image: first + patch.image }));
  return { patches, images: length, step: run.step };
};
