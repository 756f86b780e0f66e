import { compile, nn, optim, random, type Tensor, tensor } from "gradus";
import { defineExample } from "gradus/example";
import { playRound } from "./kit/adversarial.js";

/** Eight clouds on a ring. */
const modes = 8;
const ringRadius = 2;
const spread = 0.1;
const noiseSize = 16;
const batchSize = 256;
const samples = 2000;

/** The middle of each cloud, `[modes, 2]`. */
const centres = tensor(
  Array.from({ length: modes }, (_, i) => {
    const angle = (2 * Math.PI * i) / modes;
    return [ringRadius * Math.cos(angle), ringRadius * Math.sin(angle)];
  }),
);

/** Points of the mixture, `[count, 2]`. */
function mixture(count: number, generator: random.Generator): Tensor {
  const cloud = generator.bits([count], Math.log2(modes));
  return centres.gather(cloud).add(generator.normal([count, 2]).multiply(spread));
}

/** How many of the points lie in each cloud: within three standard deviations of its middle. */
async function countClouds(points: Tensor): Promise<number[]> {
  const distances = points.expandDimensions(1).subtract(centres).norm(2, 2);
  return Array.from(
    await distances
      .less(3 * spread)
      .cast("int32")
      .sum(0)
      .data(),
  );
}

/** A cloud counts as covered from a tenth of its fair share on. */
const isCovered = (count: number) => count >= samples / modes / 10;

const perceptron = (outputs: number) =>
  nn.sequential([nn.dense(64), nn.relu(), nn.dense(64), nn.relu(), nn.dense(outputs)]);

export default defineExample({
  name: "gan-mixture",
  topic: "Generative networks",
  rows: ["M39"],
  title: "adversarial networks learn eight clouds of points, or collapse to one of them",
  claim:
    "Two networks play against each other: one invents points from noise, the other tells them from real ones, and each learns from " +
    "the other. Where the game comes to rest, inventions are distributed as the data. Played plainly it often does not: the generator " +
    "gives only what fools the discriminator at the moment, and misses most of the clouds. Judging several points together, or " +
    "keeping the discriminator flat around real points, prevents that.",

  async run({ quick, seed, progress, table, chart }) {
    const steps = quick ? 3000 : 20_000;
    const looks = 10;
    const variants = [
      { name: "plain", together: 1, penalty: 0 },
      { name: "four judged together", together: 4, penalty: 0 },
      { name: "gradient penalty", together: 1, penalty: 0.1 },
    ];
    const results = [];
    for (const [at, { name, together, penalty }] of variants.entries()) {
      const noise = new random.Generator(seed);
      const [generator, discriminator] = [perceptron(2), perceptron(1)];
      generator.build([noiseSize], { seed });
      discriminator.build([2 * together], { seed });
      const options = { learningRate: quick ? 2e-3 : 1e-3, beta1: 0.5 };
      const players = {
        invent: () => generator.forward(noise.normal([batchSize, noiseSize])),
        judge: (points: Tensor) => discriminator.forward(points.reshape([-1, 2 * together])),
        generator: optim.adam(generator.parameters(), options),
        discriminator: optim.adam(discriminator.parameters(), options),
        penalty,
      };
      const step = compile(() => playRound(players, mixture(batchSize, noise)).discriminator);
      const invent = compile(() => generator.forward(noise.normal([samples, noiseSize])));
      const covered: number[] = [];
      for (let i = 1; i <= steps; i++) {
        const rate = options.learningRate * (1 - i / steps);
        players.generator.learningRate = rate;
        players.discriminator.learningRate = rate;
        await step().item();
        progress(name, (at + i / steps) / variants.length);
        if (i % (steps / looks) === 0) covered.push((await countClouds(invent())).filter(isCovered).length);
      }
      const points = invent();
      const counts = await countClouds(points);
      results.push({
        name,
        covered,
        modes: counts.filter(isCovered).length,
        good: counts.reduce((sum, count) => sum + count, 0) / samples,
      });

      const scatter = async (label: string, pairs: Tensor) => {
        const values = await pairs.transpose().data();
        return { label, x: values.slice(0, 500), y: values.slice(500), mark: "points" as const };
      };
      await chart(`points-${at + 1}`, {
        title: `Real points and inventions: ${name}`,
        x: { label: "x" },
        y: { label: "y" },
        series: [
          await scatter("real", mixture(500, noise)),
          await scatter("invented", points.slice([], [500])),
        ],
      });
    }
    await chart("modes", {
      title: "Clouds of eight that the inventions cover",
      x: { label: "steps" },
      y: { label: "clouds" },
      series: results.map(({ name, covered }) => ({
        label: name,
        x: covered.map((_, i) => ((i + 1) * steps) / looks),
        y: covered,
      })),
    });
    const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
    table(
      ["", `clouds covered, of ${modes}`, "inventions within a cloud"],
      results.map(({ name, modes, good }) => [name, modes, percent(good)]),
    );
    const [plain, together, penalized] = results.map(({ modes, good }) => ({ modes, good }));
    const found = ({ modes: count, good }: { modes: number; good: number }) =>
      `${count} of ${modes} clouds, with ${percent(good)} of the points within one`;
    return {
      measured:
        `After ${steps} steps the plain game covers ${found(plain!)}; with four points judged together ${found(together!)}; with a ` +
        `gradient penalty ${found(penalized!)}.`,
      values: { steps, plain: plain!, together: together!, penalized: penalized! },
    };
  },
});
