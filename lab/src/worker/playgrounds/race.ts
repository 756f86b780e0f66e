import { compile, losses, type Tensor } from "gradus";
import { type Band, type BandKind, bandOf, quantile, trailingMeans } from "./bands.js";
import type { Entry } from "./entries.js";
import { History } from "./history.js";
import { network } from "./network.js";
import { makeOptimizer } from "./optimizers.js";
import type { MakePlayground } from "./playground.js";
import { batchIndices } from "./point-batches.js";
import { makeTask, type Task, type TaskName } from "./race-tasks.js";

export interface RaceFixed {
  readonly task: TaskName;
  readonly entries: readonly Entry[];
  readonly seed: number;
  /** How many times each optimizer runs, with weights and batches of seeds `seed`, `seed + 1`, ... */
  readonly seeds: number;
  readonly batchSize: number;
}

export interface RaceLive {
  readonly band: BandKind;
  /** Steps that a point of a curve is the mean of, at least. */
  readonly smooth: number;
}

export interface RaceRow extends Entry {
  readonly band: Band;
  /** Each seed's loss in the first step: the same for all optimizers. */
  readonly firstLosses: readonly number[];
  /** Medians of the seeds that are still there. */
  readonly loss: number;
  readonly accuracy: number;
  /** Seeds whose loss is no longer finite. */
  readonly lost: number;
}

export interface RaceFrame {
  /** Steps at which the bands' points lie. */
  readonly x: Float64Array<ArrayBuffer>;
  readonly rows: readonly RaceRow[];
}

/** One network with one optimizer. */
class Runner {
  readonly history = new History();
  lost = false;
  first = Number.NaN;
  readonly #train: (x: Tensor, labels: Tensor) => Tensor;
  readonly #accuracy: (x: Tensor, labels: Tensor) => Tensor;

  constructor({ inputs, layers, classes }: Task, { optimizer, learningRate }: Entry, seed: number) {
    // The same seed gives all optimizers the same first weights.
    const { model } = network(inputs, layers, classes, seed);
    const moves = makeOptimizer(optimizer, model.parameters(), learningRate);
    this.#train = compile((x: Tensor, labels: Tensor) => {
      const loss = losses.crossEntropy(model.forward(x, { training: true }), labels);
      moves.minimize(loss);
      return loss;
    });
    this.#accuracy = compile((x: Tensor, labels: Tensor) => losses.accuracy(model.forward(x), labels));
  }

  async step(x: Tensor, labels: Tensor): Promise<void> {
    if (this.lost) return;
    const loss = await this.#train(x, labels).item();
    if (Number.isNaN(this.first)) this.first = loss;
    if (Number.isFinite(loss)) this.history.push(loss);
    else this.lost = true;
  }

  accuracy({ heldOut }: Task): Promise<number> {
    return this.#accuracy(heldOut.x, heldOut.labels).item();
  }
}

/** Optimizers that start from the same weights and see the same batches, for several seeds. */
export const race: MakePlayground<RaceFixed, RaceLive, RaceFrame> = async (fixed, first, { base }) => {
  const { entries, seed, seeds } = fixed;
  if (entries.length === 0) throw new Error("No optimizer is in the race. Choose some.");
  const task = await makeTask(fixed.task, base);
  const lanes = entries.map((entry) => ({
    entry,
    runners: Array.from({ length: seeds }, (_, k) => new Runner(task, entry, seed + k)),
  }));
  // Batches of one size, so that a loss means the same in each step: what is left over at an epoch's end waits.
  const batchSize = Math.min(fixed.batchSize, task.count);
  const usable = task.count - (task.count % batchSize);
  let live = first;
  let steps = 0;

  return {
    change(next) {
      live = next;
    },

    async step() {
      for (let k = 0; k < seeds; k++) {
        const { x, labels } = task.batch(batchIndices(seed + k, usable, batchSize, steps));
        for (const { runners } of lanes) await (runners[k] as Runner).step(x, labels);
      }
      steps++;
      if (lanes.every(({ runners }) => runners.every(({ lost }) => lost))) {
        throw new Error("No optimizer has a finite loss any more. Try smaller learning rates.");
      }
    },

    async frame() {
      const rows: RaceRow[] = [];
      let x = new Float64Array();
      for (const { entry, runners } of lanes) {
        const curves = runners.map(({ history }) => history.curve());
        const longest = curves.reduce((a, b) => (b.x.length > a.x.length ? b : a)).x;
        if (longest.length > x.length) x = longest;
        const window = Math.max(1, Math.round(live.smooth / (longest[0] ?? 1)));
        const running = runners.filter(({ lost }) => !lost);
        const accuracies = [];
        for (const runner of running) accuracies.push(await runner.accuracy(task));
        rows.push({
          ...entry,
          band: bandOf(
            curves.map(({ y }) => trailingMeans(y, window)),
            live.band,
          ),
          firstLosses: runners.map((runner) => runner.first),
          loss: median(running.map(({ history }) => history.recent(50))),
          accuracy: median(accuracies),
          lost: runners.length - running.length,
        });
      }
      return { x, rows };
    },
  };
};

const median = (values: readonly number[]): number =>
  values.length === 0
    ? Number.NaN
    : quantile(
        values.toSorted((a, b) => a - b),
        0.5,
      );
