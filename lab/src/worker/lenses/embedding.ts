import { compile, inspect, random, type Tensor, tensor } from "gradus";
import type { Lens, Subject } from "../lens.js";
import { distancesFrom, type Neighbour, nearest, vote } from "./neighbours.js";

export interface EmbeddingParameters {
  /** Layer; "pixels" for the images themselves. */
  readonly path: string;
  /** Test images, the first ones; all if there are fewer. */
  readonly count: number;
  readonly method: "pca" | "umap";
  /** For UMAP: where it begins, and which pairs it draws. */
  readonly seed: number;
  /** For UMAP: how many neighbours a point shall keep, itself among them. */
  readonly neighbours: number;
  /** Counts beginnings: another number begins afresh, with the weights as they then are. */
  readonly attempt: number;
}

export interface Embedding {
  /** Share of the work that is done. It may take many looks to reach 1. */
  readonly done: number;
  /** `[count, 2]`; those of UMAP move until it is done. */
  readonly points: Float32Array<ArrayBuffer> | undefined;
  readonly labels: Uint8Array<ArrayBuffer>;
  readonly predictions: Uint8Array<ArrayBuffer>;
  /** Numbers for each image before they became two. */
  readonly width: number;
  /** For PCA: shares of the variance. */
  readonly explained: readonly number[] | undefined;
  /** How many images have the class that most of their nearest neighbours have, in the plane and in all dimensions. */
  readonly separation:
    | { readonly plane: number; readonly space: number; readonly neighbours: number }
    | undefined;
  /** The training's step whose weights made it. */
  readonly step: number;
}

/** How long one look may take, about, apart from the first, which runs the network, and PCA. */
const sliceMilliseconds = 25;
const batch = 100;
/** Neighbours that vote. */
const voters = 10;
const epochs = 300;
/** Numbers that are looked at once, at most: 64 MiB. */
const most = 2 ** 24;

/** Where a layer puts the test images, in two dimensions. One at a time: another choice takes the place of the last. */
export const embedding: Lens<EmbeddingParameters, Embedding> = async (subject, parameters) => {
  const memory = subject.once<{ key: string; making: Making | undefined }>("embedding", () => ({
    key: "",
    making: undefined,
  }));
  const key = JSON.stringify(parameters);
  if (memory.making === undefined || memory.key !== key) {
    // Weights of one step for all images, whatever that takes.
    memory.making = await Making.begin(subject, parameters);
    memory.key = key;
    return memory.making.state();
  }
  const { making } = memory;
  await making.goOn(performance.now() + sliceMilliseconds);
  return making.state();
};

interface Seen {
  /** `[count, width]`, row-major. */
  readonly features: Float32Array<ArrayBuffer>;
  readonly width: number;
  readonly labels: Uint8Array<ArrayBuffer>;
  readonly predictions: Uint8Array<ArrayBuffer>;
  readonly step: number;
}

/** An embedding on its way, piece by piece. */
class Making {
  readonly #seen: Seen;
  readonly #parameters: EmbeddingParameters;
  readonly #pieces: AsyncGenerator<number>;
  #done = 0;
  #points: Float32Array<ArrayBuffer> | undefined;
  #explained: readonly number[] | undefined;
  #separation: Embedding["separation"];

  private constructor(seen: Seen, parameters: EmbeddingParameters) {
    this.#seen = seen;
    this.#parameters = parameters;
    this.#pieces = this.#work();
  }

  static async begin(subject: Subject, parameters: EmbeddingParameters): Promise<Making> {
    return new Making(await see(subject, parameters), parameters);
  }

  async goOn(until: number): Promise<void> {
    do {
      const { done, value } = await this.#pieces.next();
      this.#done = done ? 1 : value;
    } while (this.#done < 1 && performance.now() < until);
  }

  state(): Embedding {
    const { labels, predictions, width, step } = this.#seen;
    return {
      done: this.#done,
      points: this.#points?.slice(),
      labels: labels.slice(),
      predictions: predictions.slice(),
      width,
      explained: this.#explained,
      separation: this.#separation,
      step,
    };
  }

  /** Yields the share that is done after each bounded piece. */
  async *#work(): AsyncGenerator<number> {
    const { features, labels, width } = this.#seen;
    const count = labels.length;
    const data = tensor(features, { shape: [count, width] });
    const neighbours = yield* this.#neighbours(data);
    if (this.#parameters.method === "pca") {
      const pca = await inspect.pca(data, 2);
      this.#points = Float32Array.from(await pca.project(data).data());
      this.#explained = pca.explained;
      yield 0.95;
    } else {
      yield* this.#umap(neighbours);
    }
    const points = this.#points as Float32Array;
    const voting = Math.min(voters, count - 1);
    const right = (near: (i: number) => readonly Neighbour[]) =>
      labels.filter((label, i) => vote(near(i), labels) === label).length / count;
    this.#separation = {
      plane: right((i) => nearest(distancesFrom(points, i), i, voting)),
      space: right((i) => (neighbours[i] as Neighbour[]).slice(0, voting)),
      neighbours: voting,
    };
  }

  /** Of each image by all its numbers, as many as are needed later. */
  async *#neighbours(data: Tensor): AsyncGenerator<number, Neighbour[][]> {
    const [count, width] = data.shape as [number, number];
    const squares = compile(
      (some: Tensor, all: Tensor) =>
        some
          .square()
          .sum(1, true)
          .add(all.square().sum(1).reshape([1, count]))
          .subtract(some.matmul(all.transpose()).multiply(2)),
      { name: "distances" },
    );
    const rows = Math.max(1, Math.min(count, Math.floor(1e8 / (count * width))));
    const found: Neighbour[][] = [];
    for (let first = 0; first < count; first += rows) {
      const here = Math.min(rows, count - first);
      const some = this.#seen.features.slice(first * width, (first + here) * width);
      const distances = await squares(tensor(some, { shape: [here, width] }), data).data();
      for (let i = 0; i < here; i++) {
        const row = Float32Array.from(distances.subarray(i * count, (i + 1) * count), (square) =>
          Math.sqrt(Math.max(0, square)),
        );
        found.push(nearest(row, first + i, Math.max(voters, this.#parameters.neighbours - 1)));
      }
      yield (0.3 * found.length) / count;
    }
    return found;
  }

  async *#umap(neighbours: readonly Neighbour[][]): AsyncGenerator<number> {
    const { UMAP } = await import("umap-js");
    const count = neighbours.length;
    const nNeighbors = Math.min(this.#parameters.neighbours, count - 1);
    const stream = new random.RandomStream(this.#parameters.seed);
    const umap = new UMAP({ nEpochs: epochs, nNeighbors, random: () => stream.uniform() });
    // A point's first neighbour is itself.
    const near = neighbours.map((list, i) => [{ index: i, distance: 0 }, ...list].slice(0, nNeighbors));
    umap.setPrecomputedKNN(
      near.map((list) => list.map(({ index }) => index)),
      near.map((list) => list.map(({ distance }) => distance)),
    );
    // The neighbours say everything about the points; of these only the number is needed.
    umap.initializeFit(near.map(() => [0]));
    for (let epoch = 0; epoch < epochs; epoch++) {
      yield 0.3 + (0.65 * epoch) / epochs;
      umap.step();
      this.#points = Float32Array.from(umap.getEmbedding().flat());
    }
    yield 0.95;
  }
}

/** Runs the network on the images. */
async function see({ run, once }: Subject, { path, count: wanted }: EmbeddingParameters): Promise<Seen> {
  const { test } = run.sets;
  const count = Math.min(wanted, test.count);
  if (count < 4) throw new RangeError(`an embedding needs at least 4 images, but there are ${count}`);
  const look = once(`embedding ${path}`, () =>
    compile(
      (images: Tensor) => {
        const paths = path === "pixels" ? [""] : [path, ""];
        const { outputs } = inspect.activations(run.model, images, { paths });
        const features = path === "pixels" ? images : (outputs[path] as Tensor);
        return {
          features: features.reshape([images.shape[0] as number, -1]),
          seen: (outputs[""] as Tensor).argmax(1),
        };
      },
      { name: "embedding" },
    ),
  );
  let features = new Float32Array(0);
  let width = 0;
  const predictions = new Uint8Array(count);
  for (let first = 0; first < count; first += batch) {
    const indices = Array.from({ length: Math.min(batch, count - first) }, (_, i) => first + i);
    const result = look(run.batchOf(test, indices).images);
    if (first === 0) {
      width = result.features.shape[1] as number;
      if (count * width > most) {
        const room = Math.floor(most / width);
        throw new RangeError(
          `${count} images of ${width} numbers each are too many; choose another layer, or at most ${room} images`,
        );
      }
      features = new Float32Array(count * width);
    }
    features.set(await result.features.data(), first * width);
    predictions.set(await result.seen.data(), first);
  }
  return {
    features,
    width,
    labels: Uint8Array.from(test.labels.subarray(0, count)),
    predictions,
    step: run.step,
  };
}
