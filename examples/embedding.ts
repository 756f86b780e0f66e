import { arange, compile, type data, inspect, nn, oneHot, optim, random, type Tensor, tensor } from "gradus";
import { defineExample, type ExampleContext } from "gradus/example";
import { UMAP } from "umap-js";
import { first, fit } from "./kit/fit.js";
import { labelsOf } from "./kit/pixels.js";

const neighbours = 5;

/**
 * Share of points whose nearest neighbours have their class, by majority: points `[N, D]`, labels `[N]`. A point is
 * not its own neighbour.
 */
const neighbourAccuracy = compile((points: Tensor, labels: Tensor) => {
  const count = points.shape[0]!;
  const lengths = points.square().sum(1);
  const distances = lengths
    .expandDimensions(1)
    .add(lengths)
    .subtract(points.matmul(points.transpose()).multiply(2));
  let nearness = arange(count).expandDimensions(1).equal(arange(count)).where(-1e30, distances.negate());
  let votes = oneHot(labels, 10).multiply(0);
  for (let i = 0; i < neighbours; i++) {
    const nearest = nearness.argmax(1);
    // The nearest first: it decides where there is no majority.
    votes = votes.add(oneHot(labels.gather(nearest), 10).multiply(1 - 0.01 * i));
    nearness = nearest.expandDimensions(1).equal(arange(count)).where(-1e30, nearness);
  }
  return votes.argmax(1).equal(labels).cast("float32").mean();
});

/** UMAP to the plane, after PCA to 30 dimensions, which takes away noise and time. */
async function umap(context: ExampleContext, features: Tensor, label: string): Promise<Tensor> {
  const pca = await inspect.pca(features, Math.min(30, features.shape[1]! - 1));
  const rows = (await pca.project(features).array()) as number[][];
  const stream = new random.RandomStream(context.seed, 33);
  const method = new UMAP({ nNeighbors: 15, minDist: 0.1, random: () => stream.uniform() });
  const epochs = method.initializeFit(rows);
  for (let epoch = 0; epoch < epochs; epoch++) {
    method.step();
    context.progress(`UMAP of ${label}`, (epoch + 1) / epochs);
  }
  return tensor(method.getEmbedding());
}

export default defineExample({
  name: "embedding",
  topic: "Seeing inside",
  rows: ["M33"],
  title: "digits as points in the plane: raw pixels against a hidden layer, PCA against UMAP",
  claim:
    "To see how a network sees, lay out its activations in the plane so that what is near to each other stays near. Principal " +
    "components are the best that a linear map can do; UMAP keeps neighbourhoods instead of distances. In raw pixels the classes overlap; " +
    "the last hidden layer of a trained network has pulled them apart.",

  async run(context) {
    const { quick, seed } = context;
    const digits = await context.digits();
    const sets = {
      train: first(digits.train, quick ? 2000 : 8000),
      test: first(digits.test, quick ? 300 : 1500),
    };
    const network = nn.sequential([
      ...[nn.conv2d(12, 5, { stride: 2, padding: "same" }), nn.relu()],
      ...[nn.conv2d(24, 5, { stride: 2, padding: "same" }), nn.relu()],
      ...[nn.flatten(), nn.dense(64), nn.relu(), nn.dense(10)],
    ]);
    const pixels = nn.sequential([nn.flatten()]);
    for (const model of [network, pixels]) model.build([1, 28, 28], { seed });
    const optimizer = optim.adam(network.parameters(), { learningRate: 2e-3 });
    const { evaluation } = await fit(context, network, sets, { optimizer, epochs: quick ? 2 : 6 });

    const labels = labelsOf(sets.test);
    const sources = {
      pixels: await inspect.features(pixels, sets.test),
      "hidden layer": await inspect.features(network, sets.test, { path: "6" }),
    };
    const rows: { name: string; whole: number; pca: number; umap: number; explained: number }[] = [];
    for (const [name, features] of Object.entries(sources)) {
      const pca = await inspect.pca(features, 2);
      const planes = { PCA: pca.project(features), UMAP: await umap(context, features, name) };
      for (const [method, plane] of Object.entries(planes)) {
        await context.chart(`${name} ${method}`.toLowerCase().replaceAll(" ", "-"), {
          title: `${name}, ${method}`,
          x: { label: "first" },
          y: { label: "second" },
          series: await scatter(plane, sets.test),
        });
      }
      const accuracy = (points: Tensor) => neighbourAccuracy(points, labels).item();
      rows.push({
        name,
        whole: await accuracy(features),
        pca: await accuracy(planes.PCA),
        umap: await accuracy(planes.UMAP),
        explained: pca.explained[0]! + pca.explained[1]!,
      });
    }

    const percent = (share: number) => (100 * share).toFixed(1);
    context.table(
      [
        `${neighbours} nearest neighbours right, percent`,
        "all dimensions",
        "PCA, 2",
        "UMAP, 2",
        "variance in 2",
      ],
      rows.map(({ name, whole, pca, umap: plane, explained }) => [
        name,
        ...[whole, pca, plane, explained].map(percent),
      ]),
    );
    const [raw, hidden] = rows as [(typeof rows)[number], (typeof rows)[number]];
    return {
      measured:
        `Judged by their ${neighbours} nearest neighbours, ${percent(raw.whole)} percent of ${sets.test.count} test digits have the right class among ` +
        `pixels and ${percent(hidden.whole)} in the hidden layer of a network that gets ${percent(evaluation.accuracy)} right. In the plane, ` +
        `PCA keeps ${percent(raw.pca)} and ${percent(hidden.pca)}, with ${percent(raw.explained)} and ${percent(hidden.explained)} percent of ` +
        `the variance; UMAP keeps ${percent(raw.umap)} and ${percent(hidden.umap)}.`,
      values: {
        accuracy: evaluation.accuracy,
        points: sets.test.count,
        embeddings: rows.map((row) => ({ ...row })),
      },
    };
  },
});

/** Points by class. */
async function scatter(plane: Tensor, set: data.LabelledImages) {
  const points = (await plane.array()) as number[][];
  return set.classes.map((name, label) => {
    const own = points.filter((_, i) => set.labels[i] === label);
    return { label: name, mark: "points" as const, x: own.map(([x]) => x!), y: own.map(([, y]) => y!) };
  });
}
