import { compile, data, inspect, losses, nn, optim, random, type Tensor } from "gradus";
import { defineExample, type ExampleContext, type TrainAndTest } from "gradus/example";
import { first, fit } from "./kit/fit.js";
import { labelsOf, pixelsOf } from "./kit/pixels.js";

const convolutional = () =>
  nn.sequential([
    ...[nn.conv2d(12, 5, { stride: 2, padding: "same" }), nn.relu()],
    ...[nn.conv2d(24, 5, { stride: 2, padding: "same" }), nn.relu()],
    ...[nn.flatten(), nn.dense(64), nn.relu(), nn.dense(10)],
  ]);
const dense = () =>
  nn.sequential([nn.flatten(), nn.dense(200), nn.relu(), nn.dense(100), nn.relu(), nn.dense(10)]);

/** Intensities go from -0.5 to 0.5, so these are parts of the whole range. */
const epsilons = { quick: [0, 0.05, 0.15, 0.3], full: [0, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3] } as const;
/** What the network is trained against. */
const trainedEpsilon = 0.15;

/** Trains as usual, or half on what the fast gradient sign method makes of each batch against the network as it is then. */
async function train(context: ExampleContext, model: nn.Module, sets: TrainAndTest, against?: number) {
  const { quick, seed } = context;
  model.build([1, 28, 28], { seed });
  const optimizer = optim.adam(model.parameters(), { learningRate: 2e-3 });
  const epochs = quick ? 2 : 6;
  if (against === undefined) {
    await fit(context, model, sets, { optimizer, epochs });
    return;
  }
  const step = compile((images: Tensor, labels: Tensor) => {
    const loss = inspect.adversarialLoss(model, images, labels, { epsilon: against });
    optimizer.minimize(loss);
    return loss;
  });
  const options = { size: 32, seed, dropLast: true, epochs: 2 * epochs };
  for await (const { images, labels, epoch, step: at } of data.batches(sets.train, options)) {
    context.progress("adversarial training", (epoch + (at * 32) / sets.train.count) / (2 * epochs));
    await step(images, labels).item();
  }
}

/** Accuracies on digits that were changed by up to epsilon. */
interface Row {
  readonly epsilon: number;
  readonly fgsm: number;
  readonly pgd: number;
  /** Of the other network, on what was made against the first. */
  readonly transferred: number;
  /** Of the other network, on changes of the same size by chance. */
  readonly noise: number;
  /** Of the network that was trained against it. */
  readonly hardened: number;
}

const accuracyOf = (model: nn.Module, images: Tensor, labels: Tensor) =>
  losses.accuracy(model.forward(images), labels).item();
const percent = (share: number) => `${(100 * share).toFixed(1)}`;

export default defineExample({
  name: "adversarial",
  topic: "Seeing inside",
  rows: ["M31"],
  title: "changes that nobody sees, and that change what a network sees",
  claim:
    "An image that a network recognizes can be changed so little that people hardly see it, and the network takes it for something else. " +
    "L-BFGS finds the smallest such change, one step along the sign of the gradient is nearly as good, and many projected steps are " +
    "better. The same images also fool networks of another architecture. A network that is trained on " +
    "them as well withstands them.",

  async run(context) {
    const { quick } = context;
    const digits = await context.digits();
    const sets = { train: first(digits.train, quick ? 2000 : 8000), test: digits.test };
    const chosen = first(digits.test, quick ? 200 : 500);
    const [images, labels] = [pixelsOf(chosen), labelsOf(chosen)];
    const [network, other, hardened] = [convolutional(), dense(), convolutional()];
    await train(context, network, sets);
    await train(context, other, sets);
    await train(context, hardened, sets, trainedEpsilon);

    const clean = await Promise.all(
      [network, other, hardened].map((model) => accuracyOf(model, images, labels)),
    );
    const rows: Row[] = [];
    const sizes = quick ? epsilons.quick : epsilons.full;
    for (const epsilon of sizes) {
      const attack = async (model: nn.Module) => {
        if (epsilon === 0) return [images, images] as const;
        const fast = compile((x: Tensor, y: Tensor) => inspect.fgsm(model, x, y, { epsilon }))(
          images,
          labels,
        );
        return [fast, await inspect.pgd(model, images, labels, { epsilon, steps: quick ? 10 : 20 })] as const;
      };
      const [fast, strong] = await attack(network);
      const [, strongOnHardened] = await attack(hardened);
      const chance = new random.Generator(context.seed).bernoulli(images.shape, 0.5).where(epsilon, -epsilon);
      rows.push({
        epsilon,
        fgsm: await accuracyOf(network, fast, labels),
        pgd: await accuracyOf(network, strong, labels),
        transferred: await accuracyOf(other, fast, labels),
        noise: await accuracyOf(other, images.add(chance).clip(-0.5, 0.5), labels),
        hardened: await accuracyOf(hardened, strongOnHardened, labels),
      });
      context.progress("attacks", rows.length / sizes.length);
    }
    context.table(
      ["epsilon", "FGSM", "PGD", "dense: FGSM's", "dense: noise", "hardened: PGD"],
      rows.map((row) => [
        row.epsilon,
        ...[row.fgsm, row.pgd, row.transferred, row.noise, row.hardened].map(percent),
      ]),
    );
    const line = (label: string, of: (row: Row) => number) => ({
      label,
      x: sizes,
      y: rows.map((row) => 100 * of(row)),
    });
    await context.chart("accuracy", {
      title: "Accuracy on attacked digits",
      x: { label: "epsilon, of an intensity range of 1" },
      y: { label: "percent" },
      series: [
        line("FGSM", ({ fgsm }) => fgsm),
        line("PGD", ({ pgd }) => pgd),
        line("another network, the same FGSM", ({ transferred }) => transferred),
        line("another network, noise", ({ noise }) => noise),
        line("PGD, trained against it", (row) => row.hardened),
      ],
    });

    // The smallest changes: each of some digits that are right shall be taken for the next class.
    const predicted = await network.forward(images).argmax(1).data();
    const right = Array.from(predicted.keys()).filter((i) => predicted[i] === chosen.labels[i]);
    const few = data.subset(chosen, right.slice(0, quick ? 8 : 32));
    const targets = labelsOf({ ...few, labels: few.labels.map((label) => (label + 1) % 10) });
    const smallest = await inspect.lbfgsAttack(
      network,
      pixelsOf(few),
      targets,
      quick ? { searches: 6, iterations: 25 } : {},
    );
    const succeeded = smallest.found.filter(Boolean).length;
    const distortion = smallest.distortion.reduce((sum, value) => sum + value, 0) / Math.max(1, succeeded);
    const onOther = await other.forward(smallest.images).argmax(1).data();
    const fooled = onOther.filter((label, i) => smallest.found[i] && label !== few.labels[i]).length;

    const shown = 8;
    const original = pixelsOf(first(few, shown));
    const attacked = smallest.images.slice([0], [shown]);
    const signs = inspect.fgsm(network, original, labelsOf(first(few, shown)), { epsilon: 0.15 });
    const planes = async (x: Tensor, colors: "grey" | "diverging", range: readonly [number, number]) =>
      inspect.imagesOf(await x.data(), x.shape, { colors, range });
    const names = async (x: Tensor, pictures: data.PixelImage[]) => {
      const seen = await network.forward(x).argmax(1).data();
      return pictures.map((picture, i) =>
        inspect.captioned(inspect.enlarge(picture, 3), `taken for ${seen[i]}`),
      );
    };
    const range = [-0.5, 0.5] as const;
    const large = (pictures: data.PixelImage[]) => pictures.map((picture) => inspect.enlarge(picture, 3));
    await context.picture(
      "examples",
      inspect.tile(
        [
          ...(await names(original, await planes(original, "grey", range))),
          ...large(await planes(attacked.subtract(original), "diverging", [-0.3, 0.3])),
          ...(await names(attacked, await planes(attacked, "grey", range))),
          ...large(await planes(signs.subtract(original), "diverging", [-0.3, 0.3])),
          ...(await names(signs, await planes(signs, "grey", range))),
        ],
        { columns: shown, gap: 4, background: 255 },
      ),
      "digits; the smallest change that L-BFGS finds, and the result; the same for FGSM with epsilon 0.15",
    );

    const at = rows.find(({ epsilon }) => epsilon === trainedEpsilon)!;
    return {
      measured:
        `The network gets ${percent(clean[0]!)} percent of the digits right. With changes of at most ${trainedEpsilon} it gets ${percent(at.fgsm)} ` +
        `percent after FGSM and ${percent(at.pgd)} after PGD. FGSM's images, made against it, leave the dense network ` +
        `${percent(at.transferred)} of its ${percent(clean[1]!)} percent, random changes of that size ${percent(at.noise)}. L-BFGS has ${succeeded} of ${few.count} digits taken for the next ` +
        `class, with a mean change of ${distortion.toFixed(3)} a pixel (root mean square); ${fooled} of them fool the dense network. ` +
        `Trained against FGSM, the network gets ${percent(clean[2]!)} percent of the clean digits right and ` +
        `${percent(at.hardened)} percent after PGD.`,
      values: {
        clean: { network: clean[0]!, other: clean[1]!, hardened: clean[2]! },
        attacks: rows.map((row) => ({ ...row })),
        lbfgs: { attacked: few.count, succeeded, distortion, fooled },
      },
    };
  },
});
