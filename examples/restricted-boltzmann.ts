import { compile, inspect, nn, random, type Tensor, tensor, Variable } from "gradus";
import { defineExample, type ExampleContext } from "gradus/example";
import { learnContrastively } from "./kit/contrastive.js";
import { digitJudge, rowsOf } from "./kit/digits.js";

const side = 28;
const chains = 100;

/** Black or white: the machine's units know nothing in between. */
async function inBlackAndWhite(rows: Tensor): Promise<Tensor> {
  return tensor(await rows.greater(0.5).cast("float32").data(), { shape: rows.shape });
}

/** Biases with which visible units, without any hidden ones, are on as often as each pixel in the data. */
async function visibleBiases(rows: Tensor): Promise<Float32Array> {
  const rates = rows.mean(0).clip(0.01, 0.99);
  return Float32Array.from(await rates.divide(rates.negate().add(1)).log().data());
}

/** Chains of samples that begin at noise; gives the probabilities of the pixels at their end. */
async function dream(machine: nn.Rbm, sweeps: number, seed: number): Promise<Tensor> {
  const noise = new random.Generator(seed, 1).bernoulli([chains, side * side], 0.5).cast("float32");
  const state = new Variable([chains, side * side], await noise.data(), { trainable: false });
  const sweep = compile(() => {
    state.assign(machine.gibbs(state.value, 10));
    return machine.visible(machine.hidden(state.value));
  });
  let pixels = sweep();
  for (let done = 10; done < sweeps; done += 10) pixels = sweep();
  return pixels;
}

export default defineExample({
  name: "restricted-boltzmann",
  topic: "Unsupervised learning",
  rows: ["M38"],
  title: "a restricted Boltzmann machine learns what digits look like, without labels",
  claim:
    "A restricted Boltzmann machine gives every image an energy. Contrastive divergence lowers it for the data and raises it for " +
    "what the machine makes of the data in one step of Gibbs sampling. Hidden units become detectors of strokes, images can be " +
    "reconstructed from them, and digits come to have a much lower free energy than noise. Long chains of samples show what the " +
    "machine believes in: chains of samples that persist from step to step find and remove its false beliefs far from the " +
    "data, which samples of one step never see.",

  async run(context: ExampleContext) {
    const { quick, seed } = context;
    const digits = await context.digits();
    const train = await inBlackAndWhite(await rowsOf(digits.train));
    const test = await inBlackAndWhite(await rowsOf(digits.test));
    const biases = await visibleBiases(train);
    // Each pixel is white as often as in the digits, but whatever the others are.
    const chances = await new random.Generator(seed, 2).uniform(test.shape).data();
    const noise = await inBlackAndWhite(
      train
        .mean(0)
        .subtract(tensor(chances, { shape: test.shape }))
        .add(0.5),
    );
    const { judge } = await digitJudge(context, digits);

    const results = [];
    for (const persistent of [false, true]) {
      const [name, slug] = persistent ? ["persistent chains", "persistent"] : ["one step", "one-step"];
      const machine = nn.rbm(quick ? 200 : 500, { visibleBiasInitializer: () => biases });
      machine.build([side * side], { seed });
      const measure = compile(() => ({
        error: machine.visible(machine.hidden(test)).subtract(test).square().sum(1).mean(),
        gap: machine.freeEnergy(noise).mean().subtract(machine.freeEnergy(test).mean()),
      }));
      const errors: number[] = [];
      const gaps: number[] = [];
      const look = async () => {
        const { error, gap } = measure();
        errors.push(await error.item());
        gaps.push(await gap.item());
      };
      await look();
      await learnContrastively(context, machine, train, {
        epochs: quick ? 5 : 30,
        learningRate: 0.1,
        persistent,
        label: `learning with ${name}`,
        onEpoch: look,
      });

      const pixels = await dream(machine, quick ? 500 : 2000, seed);
      const dreams = inspect.imagesOf(await pixels.data(), [chains, 1, side, side], { range: [0, 1] });
      await context.picture(
        `samples-${slug}`,
        inspect.tile(dreams, { scale: 2 }),
        `samples, learnt with ${name}`,
      );
      const weights = await machine.weight.value.slice([0], [100]).data();
      const filters = inspect.imagesOf(weights, [100, 1, side, side], { range: "each" });
      await context.picture(
        `filters-${slug}`,
        inspect.tile(filters, { scale: 2 }),
        `hidden units, learnt with ${name}`,
      );
      results.push({ name, errors, gaps, ...(await judge(pixels)) });
    }

    await context.chart("reconstruction", {
      title: "Reconstruction of digits never seen",
      x: { label: "epoch" },
      y: { label: "squared error of an image" },
      series: results.map(({ name, errors }) => ({ label: name, y: errors })),
    });
    await context.chart("free-energy", {
      title: "Free energy of noise, above that of digits never seen",
      x: { label: "epoch" },
      y: { label: "nats" },
      series: results.map(({ name, gaps }) => ({ label: name, y: gaps })),
    });
    context.table(
      [
        "samples in learning",
        "error",
        "before",
        "noise above digits",
        "clear digits in dreams",
        "evenness of classes",
      ],
      results.map(({ name, errors, gaps, sure, evenness }) => [
        name,
        errors.at(-1)!.toFixed(1),
        errors[0]!.toFixed(1),
        `${gaps.at(-1)!.toFixed(0)} nats`,
        `${(100 * sure).toFixed(0)} %`,
        evenness.toFixed(2),
      ]),
    );
    const [one, many] = results.map(({ errors, gaps, sure, evenness }) => ({
      errorBefore: errors[0]!,
      error: errors.at(-1)!,
      gap: gaps.at(-1)!,
      sure,
      evenness,
    }));
    const verdict = many!.evenness > one!.evenness ? "more evenly" : "less evenly";
    return {
      measured:
        `On digits never seen, the squared error of the reconstruction fell from ${one!.errorBefore.toFixed(1)} to ` +
        `${one!.error.toFixed(1)} with samples of one step, and to ${many!.error.toFixed(1)} with persistent chains; noise lies ` +
        `${one!.gap.toFixed(0)} and ${many!.gap.toFixed(0)} nats of free energy above digits. Of ${chains} chains that began at noise, a ` +
        `classifier is sure of a digit for ${(100 * one!.sure).toFixed(0)} % and ${(100 * many!.sure).toFixed(0)} %; their classes occur ` +
        `${verdict} with persistent chains (${many!.evenness.toFixed(2)} against ${one!.evenness.toFixed(2)}, where 1 is all ten equally often).`,
      values: { oneStep: one!, persistent: many! },
    };
  },
});
