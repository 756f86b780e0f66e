import { data, nn, train } from "gradus";
import { defineExample } from "gradus/example";
import { first } from "./kit/fit.js";
import { network, type Settings, space, type TrialAnswer, type TrialTask } from "./kit/trial.js";

export default defineExample({
  name: "hyperparameters",
  topic: "Training",
  rows: ["M27"],
  title: "random search over folds, on all cores, resumable, with an ensemble of the best",
  claim:
    "Nobody knows the best learning rate, width or regularization beforehand. One draws combinations at random, trains " +
    "each on several folds of the data, keeps those that do best on what they have not seen, and lets the best decide together.",
  options: {
    candidates: { description: "how many combinations to try", value: "number" },
    folds: { description: "how many parts of the data each is tested on", value: "number" },
    workers: { description: "trainings at once, each on a thread of its own", value: "number" },
  },

  async run(context) {
    const { quick, seed, say } = context;
    const count = (name: string, normal: number) => context.count(name) ?? normal;
    const folds = count("folds", quick ? 2 : 3);
    const candidates = train.space.sample(space, count("candidates", quick ? 8 : 16), seed);
    const digits = await context.digits();
    const training = first(digits.train, quick ? 1200 : 6000);
    const splits = data.stratifiedFolds(training.labels, 10, folds, seed);
    const epochs = quick ? 2 : 4;
    const workers = count("workers", 2);
    const pool = new train.WorkerPool<TrialTask, TrialAnswer>(
      new URL("./kit/trial-worker.js", import.meta.url),
      workers,
    );

    // An interrupted search goes on, if it is this one.
    const plan = JSON.stringify({ seed, folds, epochs, examples: training.count, candidates });
    const saved = JSON.parse((await context.saved("trials.json")) ?? "{}");
    const results: train.TrialResult[] = saved.plan === plan ? saved.results : [];
    const trials = candidates.length * folds;
    const before = results.length > 0 ? `; ${results.length} of them were done before` : "";
    say(`${candidates.length} combinations on ${folds} folds: ${trials} trainings${before}`);
    const started = performance.now();
    try {
      const run = async ({ settings, fold }: train.Trial<Settings>) => {
        const split = splits[fold]!;
        const sets = { train: data.subset(training, split.train), test: data.subset(training, split.test) };
        return (await pool.run({ settings, ...sets, epochs, seed })).accuracy;
      };
      const options = { candidates, folds, run, parallel: workers, done: results, signal: context.signal };
      for await (const result of train.search(options)) {
        results.push(result);
        await context.file("trials.json", JSON.stringify({ plan, results }));
        context.progress("searching", results.length / trials);
      }
      const searchSeconds = (performance.now() - started) / 1000;
      const ranked = train.rank(candidates, results);
      context.table(
        ["accuracy", "+-", ...Object.keys(space)],
        ranked.map(({ mean, deviation, settings }) => [
          Number.isFinite(mean) ? mean.toFixed(4) : "failed",
          deviation.toFixed(4),
          ...Object.values(settings).map((value) =>
            typeof value === "number" && !Number.isInteger(value) ? value.toPrecision(2) : value,
          ),
        ]),
      );
      await context.chart("learning-rate", {
        title: "Accuracy on unseen folds by learning rate",
        x: { label: "learning rate", scale: "log" },
        y: { label: "accuracy" },
        series: ["sgd", "adam"].map((optimizer) => {
          const of = ranked.filter(({ settings }) => settings.optimizer === optimizer);
          return {
            label: optimizer,
            mark: "points",
            x: of.map(({ settings }) => settings.learningRate),
            y: of.map(({ mean }) => mean),
          };
        }),
      });

      // The best, trained again on all of the data, each from other initial weights.
      const best = ranked.slice(0, 3);
      const sets = { train: training, test: digits.test };
      const answers = await Promise.all(
        best.map(({ settings }, i) => pool.run({ settings, ...sets, epochs, seed: seed + i })),
      );
      const together = nn.ensemble(best.map(({ settings }) => network(settings)));
      together.build([1, 28, 28]);
      answers.forEach(({ weights }, i) => {
        for (const [path, values] of weights)
          together.variables().get(`networks.${i}.${path}`)!.write(values);
      });
      const { accuracy } = await new train.Evaluator(together).evaluate(digits.test);
      const members = answers.map((answer) => answer.accuracy);
      const worst = ranked.findLast(({ mean }) => Number.isFinite(mean))!;
      return {
        measured:
          `Of ${candidates.length} combinations the best reached ${percent(ranked[0]!.mean)} on unseen folds, the worst that ` +
          `trained ${percent(worst.mean)}. On the ${digits.test.count} test digits the best ${members.length}, trained on all ` +
          `folds, reach ${members.map(percent).join(", ")}; together ${percent(accuracy)}. The search took ` +
          `${searchSeconds.toFixed(1)} s with ${workers} trainings at once.`,
        values: {
          trials,
          best: { ...ranked[0]!.settings, accuracy: ranked[0]!.mean },
          worst: { ...worst.settings, accuracy: worst.mean },
          members,
          ensemble: accuracy,
          searchSeconds,
        },
      };
    } finally {
      pool.close();
    }
  },
});

const percent = (share: number) => `${(100 * share).toFixed(2)}%`;
