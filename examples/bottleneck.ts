import { inspect, linspace, nn, stack, type Tensor, tensor } from "gradus";
import { defineExample, type ExampleContext } from "gradus/example";
import { rowsOf } from "./kit/digits.js";
import { labelsOf } from "./kit/pixels.js";
import { learnToReconstruct, squaredError } from "./kit/reconstruct.js";

const pixels = 28 * 28;
/** Places on each side of the map that is drawn from codes. */
const places = 16;

/** Share of codes whose nearest neighbour among the known ones has the same label. */
async function neighboursAgree(
  codes: Tensor,
  labels: Tensor,
  known: Tensor,
  knownLabels: Tensor,
): Promise<number> {
  // |a - b|^2 = |a|^2 - 2 a b + |b|^2, and |a|^2 is the same for all neighbours.
  const nearness = codes.matmul(known.transpose()).multiply(2).subtract(known.square().sum(1));
  return knownLabels.gather(nearness.argmax(1)).equal(labels).cast("float32").mean().item();
}

export default defineExample({
  name: "bottleneck",
  topic: "Unsupervised learning",
  rows: ["M37", "M43"],
  title: "an autoencoder lays digits out on a plane: two numbers for each",
  claim:
    "An autoencoder whose narrowest layer has two units must say everything about a digit in two numbers. Its codes make a map: digits " +
    "of a class lie together, although no label was used, and every place of the map can be drawn. ConvNetJS shows such a net, " +
    "with 50, 50, 2, 50 and 50 units. Two principal components mix the classes more.",

  async run(context: ExampleContext) {
    const { quick, seed } = context;
    const sets = await context.digits();
    const hidden = (sizes: readonly number[]) => sizes.flatMap((size) => [nn.dense(size), nn.relu()]);
    const sizes = quick ? [50, 50] : [200, 100];
    const encoder = nn.sequential([nn.flatten(), ...hidden(sizes), nn.dense(2)]);
    const decoder = nn.sequential([...hidden(sizes.toReversed()), nn.dense(pixels)]);
    const model = nn.sequential([encoder, decoder]);
    model.build([1, 28, 28], { seed });
    await learnToReconstruct(context, model, sets.train, {
      epochs: quick ? 10 : 60,
      learningRate: quick ? 5e-3 : 2e-3,
      label: "training",
    });

    const [train, test] = [await rowsOf(sets.train), await rowsOf(sets.test)];
    const encode = async (rows: Tensor) =>
      tensor(await encoder.forward(rows.reshape([-1, 1, 28, 28])).data(), { shape: [rows.shape[0]!, 2] });
    const [trainCodes, testCodes] = [await encode(train), await encode(test)];
    const error = await squaredError(decoder.forward(testCodes).sigmoid(), test);
    const principal = await inspect.pca(train, 2);
    const pcaError = await squaredError(principal.reconstruct(principal.project(test)), test);
    const [trainLabels, testLabels] = [labelsOf(sets.train), labelsOf(sets.test)];
    const agreement = {
      codes: await neighboursAgree(testCodes, testLabels, trainCodes, trainLabels),
      pca: await neighboursAgree(principal.project(test), testLabels, principal.project(train), trainLabels),
    };

    const values = await testCodes.data();
    await context.chart("codes", {
      title: "Codes of digits never seen",
      x: { label: "first unit" },
      y: { label: "second unit" },
      series: sets.test.classes.map((label, digit) => {
        const members = Array.from(sets.test.labels.keys()).filter((i) => sets.test.labels[i] === digit);
        return {
          label,
          x: members.map((i) => values[2 * i]!),
          y: members.map((i) => values[2 * i + 1]!),
          mark: "points",
        };
      }),
    });
    // A grid over the middle of the map, two standard deviations to each side.
    const [mean, spread] = [testCodes.mean(0), testCodes.standardDeviation(0).multiply(2)];
    const steps = linspace(-1, 1, places);
    const across = steps.reshape([1, places]).broadcastTo([places, places]);
    const up = steps.negate().reshape([places, 1]).broadcastTo([places, places]);
    const grid = stack([across, up], 2).multiply(spread).add(mean).reshape([-1, 2]);
    const drawn = inspect.imagesOf(await decoder.forward(grid).sigmoid().data(), [places ** 2, 1, 28, 28], {
      range: [0, 1],
    });
    await context.picture(
      "map",
      inspect.tile(drawn, { columns: places, gap: 0 }),
      "what the decoder draws at places of the map",
    );

    const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
    context.table(
      ["two numbers", "squared error of an image", "nearest neighbour is of the same class"],
      [
        ["autoencoder", error.toFixed(2), percent(agreement.codes)],
        ["principal components", pcaError.toFixed(2), percent(agreement.pca)],
      ],
    );
    return {
      measured:
        `With two numbers for each digit never seen, the autoencoder's squared error is ${error.toFixed(2)} an image, that of two principal ` +
        `components ${pcaError.toFixed(2)}. The nearest neighbour among the training digits' codes is of the same class for ` +
        `${percent(agreement.codes)}, on the plane of the principal components for ${percent(agreement.pca)}.`,
      values: { error, pcaError, neighbours: agreement },
    };
  },
});
