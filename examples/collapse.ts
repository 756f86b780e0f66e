import { data, inspect, linspace, nn, optim, stack, type Tensor, tensor } from "gradus";
import { defineExample } from "gradus/example";
import { fit } from "./kit/fit.js";

const depths = [1, 2, 4];

/** Dense layers, 100 units wide, with the transfer function between them if there is one. */
function network(depth: number, transfer?: () => nn.Module) {
  const hidden = Array.from({ length: depth - 1 }, () => [nn.dense(100), ...(transfer ? [transfer()] : [])]);
  return nn.sequential([nn.flatten(), ...hidden.flat(), nn.dense(10)]);
}

/** The one linear map that layers without a transfer function make up: the product of their matrices, last times first. */
function product(model: nn.Sequential) {
  const layers = model.layers.filter((layer) => layer instanceof nn.Dense);
  return layers.slice(1).reduce(
    ({ weight, bias }, layer) => ({
      weight: layer.weight.value.matmul(weight),
      bias: layer.weight.value.matmul(bias).add(layer.bias!.value),
    }),
    { weight: layers[0]!.weight.value, bias: layers[0]!.bias!.value },
  );
}

/** Positive on one side of a line through the plane, which lies `distance` from the centre. */
function halfPlane(plane: Tensor, degrees: number, distance: number): Tensor {
  const angle = (degrees * Math.PI) / 180;
  return plane.matmul(tensor([Math.cos(angle), Math.sin(angle)])).add(distance);
}

/** Smaller and greater of two numbers, made of weighted sums and a rectifier. */
const and = (a: Tensor, b: Tensor) => a.subtract(a.subtract(b).relu());
const or = (a: Tensor, b: Tensor) => b.add(a.subtract(b).relu());

export default defineExample({
  name: "collapse",
  topic: "Foundations",
  rows: ["M4"],
  title: "without transfer functions a deep network is one linear map",
  claim:
    "A linear map of a linear map is a linear map: however many layers are stacked, without something nonlinear between them the " +
    "network can do no more than one layer, whose matrix is the product of all. With transfer functions layers gain in power: units " +
    'that part the plane by lines, joined by "and", the minimum, cut out any convex shape, and shapes joined by "or", the maximum, make any shape.',

  async run(context) {
    const { quick, seed, say, table } = context;
    const sets = await context.digits();
    const epochs = quick ? 4 : 20;
    const train = async (depth: number, transfer?: () => nn.Module) => {
      const model = network(depth, transfer);
      model.build([1, 28, 28], { seed });
      const optimizer = optim.adam(model.parameters());
      const schedule = optim.schedules.cosine({
        rate: 2e-3,
        steps: epochs * Math.floor(sets.train.count / 32),
      });
      const label = `${depth} layers${transfer ? ", rectified" : ""}`;
      const { evaluation } = await fit(context, model, sets, { optimizer, schedule, epochs, label });
      return { model, accuracy: evaluation.accuracy };
    };

    const { images } = new data.Batches(sets.test, { size: sets.test.count, seed: 0, shuffle: false }).batch(
      0,
      0,
    );
    const [linear, rectified, differences]: [number[], number[], number[]] = [[], [], []];
    for (const depth of depths) {
      const plain = await train(depth);
      const { weight, bias } = product(plain.model);
      const outputs = plain.model.forward(images);
      const byProduct = images.reshape([sets.test.count, -1]).matmul(weight.transpose()).add(bias);
      const greatest = await outputs.abs().max().item();
      differences.push((await outputs.subtract(byProduct).abs().max().item()) / greatest);
      linear.push(plain.accuracy);
      // A single layer has nothing between layers.
      rectified.push(depth === 1 ? plain.accuracy : (await train(depth, nn.relu)).accuracy);
    }
    const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
    table(
      ["layers", "without transfer function", "network minus product of its matrices", "with rectifiers"],
      depths.map((depth, i) => [
        depth,
        percent(linear[i]!),
        differences[i]!.toExponential(1),
        percent(rectified[i]!),
      ]),
    );

    // Gates: on truth values, thresholds and minimum agree; between them, minimum and maximum go on.
    const [a, b] = [tensor([0, 0, 1, 1, 0.3]), tensor([0, 1, 0, 1, 0.8])];
    const step = (x: Tensor) => x.greater(0).cast("float32");
    const gates = [a, b, step(a.add(b).subtract(1.5)), and(a, b), step(a.add(b).subtract(0.5)), or(a, b)];
    const truth = await Promise.all(gates.map(async (gate) => Array.from(await gate.data())));
    say("");
    table(
      ["a", "b", "and: a + b > 1.5", "minimum", "or: a + b > 0.5", "maximum"],
      Array.from({ length: 5 }, (_, i) => truth.map((values) => Number(values[i]!.toFixed(3)))),
    );

    // Three lines and "and" make a triangle, two triangles and "or" a star.
    const side = 240;
    const at = linspace(-1.5, 1.5, side);
    const plane = stack(
      [at.broadcastTo([side, side]), at.negate().expandDimensions(1).broadcastTo([side, side])],
      2,
    );
    const triangle = (turned: number) =>
      [90, 210, 330].map((degrees) => halfPlane(plane, degrees + turned, 0.5)).reduce(and);
    const shapes = [halfPlane(plane, 90, 0.5), triangle(0), triangle(180), or(triangle(0), triangle(180))];
    const drawn = await Promise.all(shapes.map((shape) => shape.clip(-0.1, 0.1).data()));
    await context.picture(
      "shapes",
      inspect.tile(
        drawn.map((values) => inspect.heatMap(values, { width: side, height: side, colors: "diverging" })),
        { columns: 4, gap: 4 },
      ),
      'one line; three lines and "and"; the same turned; both triangles and "or": red is inside',
    );
    const cover = drawn.map((values) => values.filter((value) => value > 0).length / side ** 2);
    const star = (4 * Math.sqrt(3) * 0.5 ** 2) / 9;

    const worst = Math.max(...differences);
    const spread = Math.max(...linear) - Math.min(...linear);
    return {
      measured:
        `Without a transfer function, networks of ${depths.join(", ")} layers equal the products of their matrices to ${worst.toExponential(1)} of ` +
        `their greatest output, and get ${linear.map(percent).join(", ")} of the digits right: depth changes ${percent(spread)}. With rectifiers ` +
        `the same layers get ${rectified.map(percent).join(", ")}. Six lines, two minima and a maximum cover ${percent(cover[3]!)} of the plane; the star ` +
        `has ${percent(star)}.`,
      values: { depths, linear, rectified, worstDifference: worst, starCover: cover[3]!, starExact: star },
    };
  },
});
