import { compile, losses, type Tensor, tensor, Variable } from "gradus";
import { History } from "./history.js";
import { type LayerSpec, network, weightsOf } from "./network.js";
import { makeOptimizer, type OptimizerName } from "./optimizers.js";
import { type Curve, type MakePlayground, requireFinite } from "./playground.js";
import { batchIndices } from "./point-batches.js";
import { reach, type ValuePoint } from "./point-sets.js";

/** Where the curve is drawn. */
const places = 241;

export interface RegressionFixed {
  readonly layers: readonly LayerSpec[];
  readonly optimizer: OptimizerName;
  readonly seed: number;
}

export interface RegressionLive {
  readonly points: readonly ValuePoint[];
  readonly learningRate: number;
  readonly decay: number;
  readonly batchSize: number;
  /** Whose neurons' curves are shown. */
  readonly layer: number;
}

export interface RegressionFrame {
  readonly loss: number;
  /** Mean squared error of all points. */
  readonly error: number;
  readonly curve: Curve;
  /** From the left to the right. */
  readonly x: Float32Array<ArrayBuffer>;
  readonly y: Float32Array<ArrayBuffer>;
  /** One curve for each neuron: `[units, places]`. */
  readonly neurons: Float32Array<ArrayBuffer>;
  readonly units: number;
}

/** Points of a function of one number, and a network that bends its curve to them. */
export const regression: MakePlayground<RegressionFixed, RegressionLive, RegressionFrame> = async (
  fixed,
  first,
) => {
  const { layers, seed } = fixed;
  const { model, outputs } = network(1, layers, 1, seed);
  const optimizer = makeOptimizer(fixed.optimizer, model.parameters(), first.learningRate);
  const decay = new Variable([], first.decay, { trainable: false, name: "decay" });
  const history = new History();
  let live = first;
  let steps = 0;

  const train = compile((x: Tensor, target: Tensor, counts: Tensor) => {
    const difference = model.forward(x, { training: true }).subtract(target).multiply(counts);
    const loss = difference.square().sum().divide(counts.sum());
    optimizer.minimize(loss.add(losses.l2(weightsOf(model)).multiply(decay.value)));
    return loss;
  });
  const lookInside = compile((x: Tensor) => outputs(x).map((output) => output.transpose(0, 1)));
  const x = Float32Array.from({ length: places }, (_, i) => reach * ((2 * i) / (places - 1) - 1));

  return {
    change(next) {
      if (next.learningRate !== live.learningRate) optimizer.learningRate = next.learningRate;
      if (next.decay !== live.decay) decay.write([next.decay]);
      live = next;
    },

    async step() {
      const { points, batchSize } = live;
      if (points.length === 0) throw new Error("There are no points to learn. Add some first.");
      // A batch that is not full is filled with points that do not count, so that one program serves all.
      const [inputs, targets, counts] = [0, 1, 2].map(() => new Float32Array(batchSize)) as [
        Float32Array<ArrayBuffer>,
        Float32Array<ArrayBuffer>,
        Float32Array<ArrayBuffer>,
      ];
      batchIndices(seed, points.length, batchSize, steps).forEach((index, row) => {
        const point = points[index] as ValuePoint;
        inputs[row] = point.x;
        targets[row] = point.y;
        counts[row] = 1;
      });
      const shape = [batchSize, 1];
      const loss = await train(
        tensor(inputs, { shape }),
        tensor(targets, { shape }),
        tensor(counts, { shape }),
      ).item();
      requireFinite(loss, steps + 1, live.learningRate);
      steps++;
      history.push(loss);
    },

    async frame() {
      const { points, layer } = live;
      const all = new Float32Array([...x, ...points.map((point) => point.x)]);
      const seen = lookInside(tensor(all, { shape: [all.length, 1] }));
      const y = await (seen.at(-1) as Tensor).data();
      const chosen = seen[Math.min(layer, seen.length - 1)] as Tensor;
      const units = chosen.shape[0] as number;
      const values = await chosen.data();
      const neurons = new Float32Array(units * places);
      for (let unit = 0; unit < units; unit++) {
        neurons.set(values.subarray(unit * all.length, unit * all.length + places), unit * places);
      }
      const errors = points.map((point, i) => ((y[places + i] as number) - point.y) ** 2);
      return {
        loss: history.recent(20),
        error: errors.reduce((sum, error) => sum + error, 0) / errors.length,
        curve: history.curve(),
        x: x.slice(),
        y: Float32Array.from(y.subarray(0, places)),
        neurons,
        units,
      };
    },
  };
};
