import { inspect, nn, optim, type train } from "gradus";
import { defineExample } from "gradus/example";
import { first, fit } from "./kit/fit.js";

const networks = {
  "softmax regression": () => nn.sequential([nn.flatten(), nn.dense(10)]),
  "convolutional network": () =>
    nn.sequential([
      ...[nn.conv2d(12, 5, { stride: 2, padding: "same" }), nn.relu()],
      ...[nn.conv2d(24, 5, { stride: 2, padding: "same" }), nn.relu()],
      ...[nn.flatten(), nn.dense(64), nn.relu(), nn.dense(10)],
    ]),
} as const;

/** The digits of which the lecture says that they are taken for each other. */
const alike = [3, 5, 8];
const isAlike = ({ label, predicted }: train.Mistake) => alike.includes(label) && alike.includes(predicted);

/** Pairs of classes by how often either is taken for the other, the most often first. */
function pairsOf(confusion: train.Evaluation["confusion"]): { pair: string; count: number }[] {
  return confusion
    .flatMap((row, i) =>
      row.slice(0, i).map((n, j) => ({ pair: `${j} and ${i}`, count: n + confusion[j]![i]! })),
    )
    .sort((a, b) => b.count - a.count);
}

export default defineExample({
  name: "mistakes",
  topic: "Seeing inside",
  rows: ["M36"],
  title: "which digits are taken for which, and what the mistakes look like",
  claim:
    "An accuracy says how often a classifier errs, its confusion matrix says how: most mistakes are between few pairs of classes, those that " +
    "look alike, such as eights with threes and fives. Many of the mistakes that remain would be hard for people too.",

  async run(context) {
    const { quick, seed } = context;
    const digits = await context.digits();
    const sets = { train: first(digits.train, quick ? 2500 : 8000), test: digits.test };
    const results: { name: string; evaluation: train.Evaluation }[] = [];
    for (const [name, network] of Object.entries(networks)) {
      const model = network();
      model.build([1, 28, 28], { seed });
      const optimizer = optim.adam(model.parameters(), { learningRate: 2e-3 });
      const epochs = quick ? 3 : 8;
      const { evaluation } = await fit(context, model, sets, { optimizer, epochs, label: name });
      results.push({ name, evaluation });
      await context.picture(
        `confusion-${name.replaceAll(" ", "-")}`,
        inspect.confusionPicture(evaluation.confusion, sets.test.classes),
        `${name}: labels in rows, predictions in columns`,
      );
    }

    const last = results.at(-1)!.evaluation;
    const shown = { columns: 8, scale: 3 };
    await context.picture(
      "surest",
      inspect.judgedPicture(sets.test, last.mistakes.slice(0, 32), shown),
      "the mistakes of which the convolutional network is surest: label, prediction, probability",
    );
    // Both networks' mistakes, so that there are enough to look at; each digit once.
    const threeFiveEight = results.flatMap(({ evaluation }) => evaluation.mistakes.filter(isAlike));
    const once = [...new Map(threeFiveEight.map((mistake) => [mistake.index, mistake])).values()];
    if (once.length > 0) {
      await context.picture(
        "threes-fives-eights",
        inspect.judgedPicture(sets.test, once.slice(0, 32), shown),
        "threes, fives and eights that are taken for each other",
      );
    }

    const figures = results.map(({ name, evaluation: { accuracy, mistakes, confusion } }) => ({
      name,
      accuracy,
      mistakes: mistakes.length,
      among358: mistakes.filter(isAlike).length,
      pairs: pairsOf(confusion).slice(0, 8),
    }));
    context.table(
      ["", ...figures[0]!.pairs.map((_, i) => `${i + 1}.`)],
      figures.map(({ name, pairs }) => [name, ...pairs.map(({ pair, count }) => `${pair}: ${count}`)]),
    );
    const sentence = ({ name, accuracy, mistakes, among358, pairs }: (typeof figures)[number]) =>
      `The ${name} gets ${(100 * accuracy).toFixed(1)} percent right; of its ${mistakes} mistakes ${among358} ` +
      `(${((100 * among358) / Math.max(1, mistakes)).toFixed(0)} percent) are among 3, 5 and 8, which are 3 of 45 pairs (7 percent). ` +
      `Most often confused are ${pairs
        .slice(0, 3)
        .map(({ pair, count }) => `${pair} (${count})`)
        .join(", ")}.`;
    return {
      measured: figures.map(sentence).join(" "),
      values: { networks: figures },
    };
  },
});
