import { compile, data, inspect, linspace, nn, optim, random, type Tensor, tensor } from "gradus";
import { defineExample, type ExampleContext } from "gradus/example";
import { playRound } from "./kit/adversarial.js";
import { digitJudge, rowsOf, unitScaling } from "./kit/digits.js";

const noiseSize = 32;
/** Drawings that are judged; a part of them is shown. */
const judged = 500;
const shown = 100;

/** Rows of numbers as maps, for the convolutions that follow. */
class Maps extends nn.Module {
  readonly kind = "maps";
  readonly shape: readonly number[];

  constructor(...shape: readonly number[]) {
    super();
    this.shape = shape;
  }

  protected override compute(x: Tensor) {
    return x.reshape([x.shape[0]!, ...this.shape]);
  }
}

/** From noise to a digit: 7 x 7 maps, doubled twice by transposed convolutions. */
const generatorOf = (filters: number) =>
  nn.sequential([
    nn.dense(16 * filters),
    nn.batchNorm(),
    nn.relu(),
    nn.dense(2 * filters * 7 * 7),
    nn.batchNorm(),
    nn.relu(),
    new Maps(2 * filters, 7, 7),
    nn.convTranspose2d(filters, 4, { stride: 2, padding: 1 }),
    nn.batchNorm(),
    nn.relu(),
    nn.convTranspose2d(1, 4, { stride: 2, padding: 1 }),
    nn.sigmoid(),
  ]);

/** From a digit to one logit, the way back. */
const discriminatorOf = (filters: number) =>
  nn.sequential([
    nn.conv2d(filters, 4, { stride: 2, padding: 1 }),
    nn.leakyRelu(0.2),
    nn.conv2d(2 * filters, 4, { stride: 2, padding: 1 }),
    nn.leakyRelu(0.2),
    nn.flatten(),
    nn.dense(16 * filters),
    nn.leakyRelu(0.2),
    nn.dense(1),
  ]);

export default defineExample({
  name: "gan-digits",
  topic: "Generative networks",
  rows: ["M39"],
  title: "a convolutional generator learns to draw digits that fool its adversary",
  claim:
    "A generator of transposed convolutions, which never sees a digit, learns to draw them from the gradient of a discriminator that " +
    "tells drawn digits from real ones. In the end the drawings look written, and every class occurs among them, although nobody " +
    "told either network that there are classes.",

  async run(context: ExampleContext) {
    const { quick, seed, progress } = context;
    const digits = await context.digits();
    const { judge, accuracy } = await digitJudge(context, digits);

    const filters = quick ? 8 : 16;
    const [generator, discriminator] = [generatorOf(filters), discriminatorOf(filters)];
    generator.build([noiseSize], { seed });
    discriminator.build([1, 28, 28], { seed });
    const batchSize = quick ? 32 : 64;
    const learningRate = quick ? 4e-3 : 2e-3;
    const noise = new random.Generator(seed);
    const players = {
      invent: () => generator.forward(noise.normal([batchSize, noiseSize]), { training: true }),
      judge: (images: Tensor) => discriminator.forward(images),
      generator: optim.adam(generator.parameters(), { learningRate, beta1: 0.5 }),
      discriminator: optim.adam(discriminator.parameters(), { learningRate, beta1: 0.5 }),
      penalty: 0.3,
    };
    const step = compile((images: Tensor) => playRound(players, images));

    const ideas = tensor(await noise.normal([judged, noiseSize]).data(), { shape: [judged, noiseSize] });
    const draw = compile(() => generator.forward(ideas));
    const before = await judge(draw());
    const scores = [before.score];
    const steps = quick ? 600 : 2500;
    const batches = new data.Batches(digits.train, {
      size: batchSize,
      seed,
      scaling: unitScaling,
      dropLast: true,
    });
    for (let at = 0; at < steps; at++) {
      const rate = learningRate * (1 - (0.9 * at) / steps);
      players.generator.learningRate = rate;
      players.discriminator.learningRate = rate;
      const { images } = batches.batch(Math.floor(at / batches.perEpoch), at % batches.perEpoch);
      await step(images).discriminator.item();
      progress("playing", at / steps);
      if ((at + 1) % (steps / 10) === 0) scores.push((await judge(draw())).score);
    }

    const drawings = draw();
    const pictures = inspect.imagesOf(await drawings.slice([], [shown]).data(), [shown, 1, 28, 28], {
      range: [0, 1],
    });
    await context.picture(
      "drawn",
      inspect.tile(pictures, { scale: 2 }),
      "drawn by the generator, none of them chosen",
    );
    // From one idea to another, in equal steps.
    const [from, to] = [ideas.slice([0], [5]), ideas.slice([5], [10])].map((ends) =>
      ends.expandDimensions(1),
    );
    const ways = from!.add(to!.subtract(from!).multiply(linspace(0, 1, 10).reshape([1, 10, 1])));
    const between = await generator.forward(ways.reshape([50, noiseSize])).data();
    const series = inspect.imagesOf(between, [50, 1, 28, 28], { range: [0, 1] });
    await context.picture(
      "between",
      inspect.tile(series, { columns: 10, scale: 2 }),
      "from one idea to another, in equal steps",
    );
    const real = await judge(await rowsOf(digits.test));
    await context.chart("score", {
      title: "Inception score of the drawings, by a classifier of real digits",
      x: { label: "steps" },
      y: { label: "score" },
      series: [
        { label: "drawn", x: scores.map((_, i) => (i * steps) / 10), y: scores },
        { label: "real digits", x: [0, steps], y: [real.score, real.score] },
      ],
    });

    const after = await judge(drawings);
    const found = new Set(after.classes.filter((_, i) => after.confidences[i]! >= 0.9)).size;
    const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
    const rows = { "before the game": before, drawn: after, real };
    context.table(
      ["", "inception score", "sure of a digit", "evenness of classes"],
      Object.entries(rows).map(([name, { score, sure, evenness }]) => [
        name,
        score.toFixed(2),
        percent(sure),
        evenness.toFixed(2),
      ]),
    );
    return {
      measured:
        `A classifier that is right for ${(100 * accuracy).toFixed(1)} % of real digits gives ${judged} drawings, none of them chosen, an ` +
        `inception score of ${after.score.toFixed(2)} after ${steps} steps; before the game it was ${before.score.toFixed(2)}, of real digits ` +
        `it is ${real.score.toFixed(2)}, and at most 10. It is sure of what it sees in ${percent(after.sure)} of the drawings (of real digits in ` +
        `${percent(real.sure)}), and ${found} of 10 classes occur among those.`,
      values: {
        steps,
        accuracy,
        score: after.score,
        scoreBefore: before.score,
        scoreOfReal: real.score,
        sure: after.sure,
        evenness: after.evenness,
        classes: found,
      },
    };
  },
});
