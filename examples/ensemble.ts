import { nn, optim, train } from "gradus";
import { defineExample } from "gradus/example";
import { first, fit } from "./kit/fit.js";

const network = () =>
  nn.sequential([
    nn.conv2d(8, 5, { stride: 2, padding: "same" }),
    nn.relu(),
    nn.conv2d(16, 5, { stride: 2, padding: "same" }),
    nn.relu(),
    nn.flatten(),
    nn.dense(10),
  ]);

export default defineExample({
  name: "ensemble",
  topic: "Training",
  rows: ["M25"],
  title: "networks that decide together err less than the best of them",
  claim:
    "Networks that started from different weights make different mistakes. The mean of their probabilities " +
    "errs less often than each of them, even than the best: the cheapest way to a better result is to train several.",

  async run(context) {
    const { quick, seed } = context;
    const digits = await context.digits();
    const sets = { train: first(digits.train, quick ? 2000 : 8000), test: digits.test };
    const members: nn.Module[] = [];
    const evaluations: train.Evaluation[] = [];
    for (let i = 0; i < (quick ? 4 : 8); i++) {
      const model = network();
      model.build([1, 28, 28], { seed: seed + i });
      const optimizer = optim.adam(model.parameters(), { learningRate: 2e-3 });
      const trained = await fit({ ...context, seed: seed + i }, model, sets, {
        optimizer,
        epochs: quick ? 2 : 5,
        label: `network ${i + 1}`,
      });
      members.push(model);
      evaluations.push(trained.evaluation);
    }

    const errors = evaluations.map(({ mistakes }) => mistakes.length);
    const growing = [];
    for (let size = 1; size <= members.length; size++) {
      const together = nn.ensemble(members.slice(0, size));
      together.build([1, 28, 28]);
      const evaluator = new train.Evaluator(together);
      growing.push(await evaluator.evaluate(sets.test));
    }
    const errorsTogether = growing.map(({ mistakes }) => mistakes.length);
    context.table(
      ["networks", "mistakes of the last", "mistakes together", "loss together"],
      growing.map(({ mistakes, loss }, i) => [i + 1, errors[i]!, mistakes.length, loss.toFixed(4)]),
    );
    const share = (count: number) => (100 * count) / sets.test.count;
    await context.chart("ensemble", {
      title: "Test error by the size of the ensemble",
      x: { label: "networks" },
      y: { label: "error in percent" },
      series: [
        { label: "together", x: errors.map((_, i) => i + 1), y: errorsTogether.map(share) },
        { label: "each alone", mark: "points", x: errors.map((_, i) => i + 1), y: errors.map(share) },
      ],
    });

    const best = Math.min(...errors);
    const together = errorsTogether.at(-1)!;
    // Digits that every network gets wrong cannot be saved by any vote.
    const shared = sets.test.labels.reduce((count, _, index) => {
      const missedByAll = evaluations.every(({ mistakes }) => mistakes.some((one) => one.index === index));
      return count + Number(missedByAll);
    }, 0);
    return {
      measured:
        `${members.length} networks make ${best} to ${Math.max(...errors)} mistakes on ${sets.test.count} test digits, together ` +
        `${together}: ${together < best ? `${best - together} fewer than` : "no fewer than"} the best. All of them err on ${shared} digits.`,
      values: { errors, together: errorsTogether, best, shared, testExamples: sets.test.count },
    };
  },
});
