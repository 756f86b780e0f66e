import { data, einsum, inspect, linspace, nn, optim, type Tensor } from "gradus";
import { defineExample } from "gradus/example";
import { unitScaling } from "./kit/digits.js";
import { fit } from "./kit/fit.js";

/** A layer that somebody thought out and nobody trains. */
class Features extends nn.Module {
  readonly kind = "features";
  readonly #extract: (images: Tensor) => Tensor;

  constructor(extract: (images: Tensor) => Tensor) {
    super();
    this.#extract = extract;
  }

  protected override compute(images: Tensor): Tensor {
    return this.#extract(images);
  }
}

/** What comes before the ten weighted sums, and how fast all of it learns. The first three layers have no weights of their own. */
const models: Readonly<Record<string, { layers: () => nn.Module[]; learningRate: number }>> = {
  pixels: { layers: () => [], learningRate: 2e-3 },
  "blurred, directed edges": {
    layers: () => [new Features((x) => data.blurredEdges(x))],
    learningRate: 0.03,
  },
  "histograms of gradients": {
    layers: () => [new Features((x) => data.hog(x, { cellSize: 4 }))],
    learningRate: 0.01,
  },
  "convolutional network": {
    layers: () => [
      ...[nn.conv2d(8, 5, { padding: "same" }), nn.relu(), nn.maxPool2d(2)],
      ...[nn.conv2d(16, 5, { padding: "same" }), nn.relu(), nn.maxPool2d(2)],
    ],
    learningRate: 3e-3,
  },
};

/** The first image of each of four classes, with its edges by direction, and drawn anew as strokes by cell. */
async function drawings(set: data.LabelledImages) {
  const chosen = data.subset(
    set,
    [0, 3, 5, 8].map((digit) => set.labels.indexOf(digit)),
  );
  const { images } = new data.Batches(chosen, { size: 4, seed: 0, shuffle: false }).batch(0, 0);
  const picturesOf = async (x: Tensor) => inspect.imagesOf(await x.data(), x.shape, { range: "each" });
  const digits = await picturesOf(images);
  const edges = data.orientedGradients(images, { bins: 8, signed: true });
  const maps = await picturesOf(edges);

  // Each cell is the sum of nine pens, each as dark as the cell's edges in its direction. Edges run across their gradient.
  const [bins, side] = [9, 16];
  const angles = linspace(0, Math.PI, bins + 1).slice([0], [bins]);
  const at = linspace(-1, 1, side);
  const off = angles.cos().outer(at).expandDimensions(1).add(angles.sin().outer(at).expandDimensions(2));
  const pens = off.abs().less(0.1).cast("float32");
  const cells = data.blurredEdges(images, { bins, signed: false });
  const strokes = einsum("nkrc,kyx->nrycx", cells, pens)
    .sqrt()
    .reshape([4, 1, 7 * side, 7 * side]);
  return {
    edges: inspect.tile(
      digits.flatMap((digit, i) => [digit, ...maps.slice(8 * i, 8 * i + 8)]),
      { columns: 9, scale: 3 },
    ),
    strokes: inspect.tile(
      [...digits.map((digit) => inspect.enlarge(digit, 4)), ...(await picturesOf(strokes))],
      { columns: 4 },
    ),
  };
}

export default defineExample({
  name: "features",
  topic: "Foundations",
  rows: ["M3"],
  title: "features made by hand beat pixels, and learnt ones beat both",
  claim:
    "Before networks learnt their features, people designed them: blurred edges by direction, or histograms of oriented gradients. " +
    "The same softmax regression that gets about 80 percent of the digits right from raw pixels gets about 90 percent from such " +
    "features; a convolutional network, which finds its own features, does better still.",

  async run(context) {
    const { quick, seed } = context;
    const sets = await context.digits();
    const { edges, strokes } = await drawings(sets.test);
    await context.picture(
      "edges",
      edges,
      "digits, and where brightness rises to the right, to the lower right, down, ...",
    );
    await context.picture(
      "histograms",
      strokes,
      "digits, and the directions of their edges in cells of 4 x 4 pixels",
    );

    // Random crops: digits are no longer at the same place in every image, which is what pixels cannot bear.
    const batches = { size: 32, seed, crop: 24, augment: { crop: true }, scaling: unitScaling };
    const epochs = quick ? 4 : 20;
    const rows = [];
    const accuracies: Record<string, number> = {};
    for (const [name, { layers, learningRate }] of Object.entries(models)) {
      const model = nn.sequential([...layers(), nn.flatten(), nn.dense(10)]);
      model.build([1, 24, 24], { seed });
      const steps = epochs * Math.floor(sets.train.count / batches.size);
      const { evaluation } = await fit(context, model, sets, {
        optimizer: optim.adam(model.parameters()),
        schedule: optim.schedules.cosine({ rate: learningRate, steps }),
        epochs,
        batches,
        label: name,
      });
      accuracies[name] = evaluation.accuracy;
      const last = model.describe().at(-1)!;
      const weights = model.parameters().reduce((sum, { size }) => sum + size, 0);
      rows.push([
        name,
        last.inputShape[0]!,
        weights,
        evaluation.mistakes.length,
        `${(100 * evaluation.accuracy).toFixed(2)} %`,
      ]);
    }
    context.table(["softmax regression on", "features", "weights", "mistakes", "right"], rows);

    const right = (name: string) => `${(100 * accuracies[name]!).toFixed(1)} percent`;
    const [pixels, blurred, hog, learnt] = Object.keys(models) as [string, string, string, string];
    const order = Object.keys(models).sort((a, b) => accuracies[a]! - accuracies[b]!);
    return {
      measured:
        `Trained on ${sets.train.count} digits, each time cut out at another place, the same classifier gets ${right(pixels)} of ` +
        `${sets.test.count} test digits right from pixels, ${right(blurred)} from blurred, directed edges, ${right(hog)} from histograms of ` +
        `oriented gradients, and ${right(learnt)} as the last layer of a convolutional network (lecture: about 80 and 90). From worst to ` +
        `best: ${order.join(" < ")}.`,
      values: { accuracies, order, epochs },
    };
  },
});
