import { compile, data, inspect, models, type nn, optim, type Tensor } from "gradus";
import { defineExample, type ExampleContext } from "gradus/example";
import { fit } from "./kit/fit.js";

/** As in the paper: the background is -0.1 and the foreground 1.175, so that inputs have about mean 0 and variance 1. */
const scaling: data.Scaling = { scale: 1.275 / 255, offset: -0.1 };

/** Digits are shifted by up to a pixel: each time this much of their 28 x 28 is seen, and a border put around it. */
const crop = 26;

/** The layers of figure 2, with the connections that the paper counts: one a multiplication, and one a unit's bias. */
function layersOf(network: nn.Module) {
  const rows = network.describe().filter((row) => /^(c\d|s\d|f\d|output)$/.test(row.path));
  return rows.map(({ path, outputShape, parameters, multiplyAdds }) => {
    const biases = path === "output" ? 0 : outputShape.reduce((product, extent) => product * extent, 1);
    return { path, outputShape, parameters, connections: multiplyAdds + biases };
  });
}

/** What the layers up to the fourth make of one image: figure 2 with its maps filled in. */
async function drawMaps({ picture }: ExampleContext, network: nn.Module, image: Tensor): Promise<void> {
  const paths = ["border", "c1", "s2", "c3", "s4"];
  const look = compile((x: Tensor) => inspect.activations(network, x, { paths }).outputs);
  const rows = [];
  for (const map of Object.values(look(image))) {
    const maps = inspect.imagesOf(await map.data(), map.shape, { range: "each" });
    const scale = Math.floor(32 / maps[0]!.width);
    rows.push(inspect.tile(maps, { columns: maps.length, scale }));
  }
  await picture(
    "maps",
    inspect.tile(rows, { columns: 1, gap: 6 }),
    "A digit, and what C1, S2, C3 and S4 make of it",
  );
}

export default defineExample({
  name: "lenet5",
  topic: "Named networks",
  rows: ["M19"],
  title: "LeNet-5 of 1998, with its table of connections, on MNIST",
  claim:
    "LeNet-5 has 340,908 connections but only 60,000 weights, because the units of a map share theirs. Convolutions that see " +
    "only some of the maps before them are forced to find different things. It reads handwritten digits with about one error " +
    "in a hundred; a network of its sizes with today's layers (ReLU, maximum pooling, full connections) does no worse.",

  async run(context) {
    const { quick, seed, table, chart, say } = context;
    const sets = quick ? await context.digits() : await context.mnist();
    const epochs = quick ? 1 : 12;

    const original = models.lenet5({ background: scaling.offset });
    const modern = models.lenet();
    for (const network of [original, modern]) network.build([1, crop, crop], { seed });
    const layers = layersOf(original);
    table(
      ["layer", "maps or units", "weights", "connections"],
      layers.map((layer) => [
        layer.path.toUpperCase(),
        layer.outputShape.join(" x "),
        layer.parameters,
        layer.connections,
      ]),
    );
    const parameters = layers.reduce((sum, layer) => sum + layer.parameters, 0);
    const connections = layers.reduce((sum, layer) => sum + layer.connections, 0);

    const train = async (network: nn.Module, label: string) => {
      const steps = epochs * Math.floor(sets.train.count / 32);
      const fitted = await fit(context, network, sets, {
        label,
        epochs,
        optimizer: optim.adam(network.parameters(), { learningRate: 2e-3 }),
        schedule: optim.schedules.cosine({ rate: 2e-3, steps }),
        batches: { size: 32, seed, scaling, crop, augment: { crop: true } },
      });
      say(`${label}: ${percent(fitted.evaluation.accuracy)} after ${fitted.seconds.toFixed(0)} s`);
      return fitted;
    };
    const first = await train(original, "LeNet-5 of 1998");
    const second = await train(modern, "with today's layers");

    const { images } = new data.Batches(sets.test, { size: 1, seed, shuffle: false, scaling, crop }).batch(
      0,
      0,
    );
    await drawMaps(context, original, images);
    await chart("learning", {
      title: "LeNet-5 on handwritten digits",
      x: { label: "stretch of training (twenty an epoch)" },
      y: { label: "cross-entropy", scale: "log" },
      series: [
        { label: "1998", y: first.losses },
        { label: "today's layers", y: second.losses },
      ],
    });
    const [old, recent] = [first.evaluation, second.evaluation];
    return {
      measured:
        `The network has ${parameters.toLocaleString("en")} weights for ${connections.toLocaleString("en")} connections. ` +
        `After ${epochs} pass${epochs > 1 ? "es" : ""} over ${sets.train.count.toLocaleString("en")} digits it reads ` +
        `${percent(old.accuracy)} of ${old.count.toLocaleString("en")} others right, ` +
        `the one with today's layers ${percent(recent.accuracy)}.`,
      values: {
        parameters,
        connections,
        accuracy: old.accuracy,
        modernAccuracy: recent.accuracy,
        trainingSeconds: first.seconds,
        modernTrainingSeconds: second.seconds,
      },
    };
  },
});

const percent = (share: number) => `${(100 * share).toFixed(2)}%`;
