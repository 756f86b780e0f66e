import { compile, data, inspect, linspace, nn, optim, random, type Tensor, tensor } from "gradus";
import { defineExample, type ExampleContext } from "gradus/example";
import { playRound } from "./kit/adversarial.js";
import { digitJudge, rowsOf, unitScaling } from "./kit/digits.js";

const noiseSize = 32;
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
      penalty: 1,
    };
    const step = compile((images: Tensor) => playRound(players, images));

    const ideas = tensor(await noise.normal([shown, noiseSize]).data(), { shape: [shown, noiseSize] });
    const draw = compile(() => generator.forward(ideas));
    const history: { step: number; sure: number; evenness: number }[] = [];
    const look = async (at: number) => {
      const { sure, evenness } = await judge(draw());
      history.push({ step: at, sure, evenness });
    };
    await look(0);
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
      if ((at + 1) % (steps / 10) === 0) await look(at + 1);
    }

    const drawings = inspect.imagesOf(await draw().data(), [shown, 1, 28, 28], { range: [0, 1] });
    await context.picture(
      "drawn",
      inspect.tile(drawings, { scale: 2 }),
      "drawn by the generator, none of them chosen",
    );
    const [from, to] = [ideas.slice([0], [5]), ideas.slice([5], [10])].map((ends) =>
      ends.expandDimensions(1),
    );
    const ways = from!.add(to!.subtract(from!).multiply(linspace(0, 1, 10).reshape([1, 10, 1])));
    const between = await generator.forward(ways.reshape([50, noiseSize])).data();
    const rows = inspect.imagesOf(between, [50, 1, 28, 28], { range: [0, 1] });
    await context.picture(
      "between",
      inspect.tile(rows, { columns: 10, scale: 2 }),
      "from one idea to another, in equal steps",
    );
    await context.chart("quality", {
      title: "What a classifier of real digits says about the drawings",
      x: { label: "steps" },
      y: { label: "share" },
      series: [
        { label: "sure of a digit", x: history.map(({ step }) => step), y: history.map(({ sure }) => sure) },
        {
          label: "evenness of classes",
          x: history.map(({ step }) => step),
          y: history.map(({ evenness }) => evenness),
        },
      ],
    });

    const real = await judge(await rowsOf(digits.test));
    const [before, after] = [history[0]!, await judge(draw())];
    const found = new Set(after.classes.filter((_, i) => after.confidences[i]! >= 0.9)).size;
    const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
    context.table(
      ["", "sure of a digit", "evenness of classes"],
      [
        ["before the game", percent(before.sure), before.evenness.toFixed(2)],
        ["drawn", percent(after.sure), after.evenness.toFixed(2)],
        ["real", percent(real.sure), real.evenness.toFixed(2)],
      ],
    );
    return {
      measured:
        `After ${steps} steps, a classifier that is right for ${(100 * accuracy).toFixed(1)} % of real digits is sure of what it sees in ` +
        `${percent(after.sure)} of ${shown} drawings, none of them chosen; before the game in ${percent(before.sure)}, for real digits in ` +
        `${percent(real.sure)}. ${found} of 10 classes occur among those, and all drawings spread over the classes with an evenness of ` +
        `${after.evenness.toFixed(2)} (1 is all equally often).`,
      values: {
        steps,
        accuracy,
        sure: after.sure,
        sureBefore: before.sure,
        sureOfReal: real.sure,
        evenness: after.evenness,
        classes: found,
      },
    };
  },
});
