/** A network beside the one that is looked at: the same recipe begun with another seed. */

import { data, losses, type nn, type Tensor, train } from "gradus";
import { batchOptionsOf, buildModel, buildOptimizer } from "gradus/recipe";
import { argmax } from "../../argmax.js";
import type { Lens, Subject } from "../lens.js";
import type { Run } from "../run.js";
import { classifier } from "./probabilities.js";

/** How long one look may train, about. */
const sliceMilliseconds = 25;
/** Test images by which it is judged. */
const judged = 200;

class SecondNetwork {
  readonly seed: number;
  readonly model: nn.Module;
  step = 0;
  readonly #batches: data.Batches;
  readonly #trainStep: ReturnType<typeof train.trainStep>;

  constructor({ recipe: first, inputShape, sets }: Run) {
    const recipe = { ...first, seed: first.seed + 1 };
    this.seed = recipe.seed;
    this.model = buildModel(recipe, inputShape, sets.train);
    this.#trainStep = train.trainStep(this.model, buildOptimizer(recipe, this.model), losses.crossEntropy);
    this.#batches = new data.Batches(sets.train, { ...batchOptionsOf(recipe), dropLast: true });
  }

  async advance(): Promise<void> {
    const { perEpoch } = this.#batches;
    const { images, labels } = this.#batches.batch(Math.floor(this.step / perEpoch), this.step % perEpoch);
    await this.#trainStep(images, labels).loss.item();
    this.step++;
  }
}

/** Where it is kept. It comes to be when it is first trained. */
const place = ({ once }: Subject) =>
  once<{ network: SecondNetwork | undefined }>("second network", () => ({ network: undefined }));

/** What the second network says of images, of all classes for each in turn; undefined if there is none yet. */
export async function probabilitiesBySecond(
  subject: Subject,
  images: Tensor,
): Promise<Float32Array<ArrayBuffer> | undefined> {
  const { network } = place(subject);
  if (network === undefined) return undefined;
  const predict = subject.once("second network's probabilities", () => classifier(network.model));
  return Float32Array.from(await predict(images).data());
}

export interface SecondNetworkParameters {
  /** The step that is wanted. It may take several looks to reach it. */
  readonly until: number;
}

export interface SecondNetworkState {
  readonly step: number;
  readonly seed: number;
  /** Share of the first test images that it recognizes; absent on the way. */
  readonly accuracy?: number;
}

/** Trains the second network, a few steps at each look. It is the same network each time: only its seed is another. */
export const secondNetwork: Lens<SecondNetworkParameters, SecondNetworkState> = async (
  subject,
  { until },
) => {
  const { run } = subject;
  const kept = place(subject);
  kept.network ??= new SecondNetwork(run);
  const { network } = kept;
  const end = performance.now() + sliceMilliseconds;
  while (network.step < until && performance.now() < end) await network.advance();
  const { step, seed } = network;
  if (step < until) return { step, seed };
  const { test } = run.sets;
  const indices = Array.from({ length: Math.min(judged, test.count) }, (_, i) => i);
  const said = await probabilitiesBySecond(subject, run.batchOf(test, indices).images);
  const right = seenIn(said as Float32Array, indices.length).filter((seen, i) => seen === test.labels[i]);
  return { step, seed, accuracy: right.length / indices.length };
};

/** The likeliest class of each of `count` images. */
export function seenIn(probabilities: Float32Array, count: number): number[] {
  const classes = probabilities.length / count;
  return Array.from({ length: count }, (_, i) => {
    const row = probabilities.subarray(i * classes, (i + 1) * classes);
    return argmax(row);
  });
}
