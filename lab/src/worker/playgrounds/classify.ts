import { compile, losses, type Tensor, tensor, Variable } from "gradus";
import { History } from "./history.js";
import { lattice } from "./lattice.js";
import { type LayerSpec, network, weightsOf } from "./network.js";
import { makeOptimizer, type OptimizerName } from "./optimizers.js";
import { type Curve, type MakePlayground, requireFinite } from "./playground.js";
import { batchIndices } from "./point-batches.js";
import { type ClassPoint, reach } from "./point-sets.js";

/** Places along a side where the network is asked for its decision. */
const regions = 72;
/** Lines of the warped grid, in each direction. */
export const gridLines = 25;

export interface ClassifyFixed {
  readonly classes: number;
  readonly layers: readonly LayerSpec[];
  readonly optimizer: OptimizerName;
  readonly seed: number;
}

export interface ClassifyLive {
  readonly points: readonly ClassPoint[];
  readonly learningRate: number;
  readonly decay: number;
  readonly batchSize: number;
  /** Which layer's neurons are looked at; the last is the output. */
  readonly layer: number;
  readonly neurons: readonly [number, number];
}

export interface ClassifyFrame {
  readonly loss: number;
  readonly accuracy: number;
  readonly curve: Curve;
  /** `[size, size, classes]`, rows from the top. */
  readonly probabilities: Float32Array<ArrayBuffer>;
  readonly size: number;
  /** Values of the two neurons on the grid's crossings, `[gridLines, gridLines, 2]`, and at the points. */
  readonly warped: Float32Array<ArrayBuffer>;
  readonly warpedPoints: Float32Array<ArrayBuffer>;
}

/** Points of classes in the plane, and a network that learns to tell them apart. */
export const classify: MakePlayground<ClassifyFixed, ClassifyLive, ClassifyFrame> = async (fixed, first) => {
  const { classes, layers, seed } = fixed;
  const { model, outputs } = network(2, layers, classes, seed);
  const optimizer = makeOptimizer(fixed.optimizer, model.parameters(), first.learningRate);
  const decay = new Variable([], first.decay, { trainable: false, name: "decay" });
  const history = new History();
  let live = first;
  let steps = 0;

  const train = compile((x: Tensor, labels: Tensor) => {
    const loss = losses.crossEntropy(model.forward(x, { training: true }), labels, { ignoreIndex: -1 });
    optimizer.minimize(loss.add(losses.l2(weightsOf(model)).multiply(decay.value)));
    return loss;
  });
  const decide = compile((x: Tensor) => model.forward(x).softmax(1));
  const lookInside = compile((x: Tensor) => outputs(x));

  return {
    change(next) {
      if (next.learningRate !== live.learningRate) optimizer.learningRate = next.learningRate;
      if (next.decay !== live.decay) decay.write([next.decay]);
      live = next;
    },

    async step() {
      const { points, batchSize } = live;
      if (points.length === 0) throw new Error("There are no points to learn. Add some first.");
      // A batch that is not full is filled with examples of no class, so that one program serves all.
      const places = new Float32Array(2 * batchSize);
      const labels = new Int32Array(batchSize).fill(-1);
      batchIndices(seed, points.length, batchSize, steps).forEach((index, row) => {
        const { x, y, label } = points[index] as ClassPoint;
        places.set([x, y], 2 * row);
        labels[row] = label;
      });
      const loss = await train(tensor(places, { shape: [batchSize, 2] }), tensor(labels)).item();
      requireFinite(loss, steps + 1, live.learningRate);
      steps++;
      history.push(loss);
    },

    async frame() {
      const { points, layer, neurons } = live;
      const region = decide(tensor(lattice(regions, reach), { shape: [regions * regions, 2] }));
      const crossings = lattice(gridLines, reach);
      const places = new Float32Array([...crossings, ...points.flatMap(({ x, y }) => [x, y])]);
      const seen = lookInside(tensor(places, { shape: [places.length / 2, 2] }));
      const chosen = seen[Math.min(layer, seen.length - 1)] as Tensor;
      const units = chosen.shape[1] as number;
      const values = await chosen.data();
      const pair = (row: number) => neurons.map((unit) => values[row * units + (unit % units)] as number);
      const rows = gridLines * gridLines;
      const logits = await (seen.at(-1) as Tensor).data();
      const right = points.filter(
        ({ label }, i) => greatest(logits, (rows + i) * classes, classes) === label,
      );
      return {
        loss: history.recent(20),
        accuracy: points.length === 0 ? Number.NaN : right.length / points.length,
        curve: history.curve(),
        probabilities: Float32Array.from(await region.data()),
        size: regions,
        warped: Float32Array.from(Array.from({ length: rows }, (_, i) => pair(i)).flat()),
        warpedPoints: Float32Array.from(points.flatMap((_, i) => pair(rows + i))),
      };
    },
  };
};

/** Which of `count` values from `start` on is the greatest. */
function greatest(values: ArrayLike<number>, start: number, count: number): number {
  let best = 0;
  for (let i = 1; i < count; i++) {
    if ((values[start + i] as number) > (values[start + best] as number)) best = i;
  }
  return best;
}
