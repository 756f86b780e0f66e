import { data, inspect, losses, nn, optim } from "gradus";
import { defineExample, type ExampleContext, type TrainAndTest } from "gradus/example";
import { first, fit } from "./kit/fit.js";
import { letters } from "./kit/letters.js";
import { labelsOf } from "./kit/pixels.js";

/** Layers whose activations are taken as features, by their paths. */
const layers = {
  "after the first pooling": "2",
  "after the second pooling": "5",
  "dense layer": "8",
} as const;
const best = "after the second pooling";

function network(classes: number): nn.Sequential {
  return nn.sequential([
    ...[nn.conv2d(12, 5, { padding: "same" }), nn.relu(), nn.maxPool2d(2)],
    ...[nn.conv2d(24, 5, { padding: "same" }), nn.relu(), nn.maxPool2d(2)],
    ...[nn.flatten(), nn.dense(100), nn.relu(), nn.dense(classes)],
  ]);
}

/** The images of some classes, of each as many. */
function perClass(set: data.LabelledImages, classes: readonly number[], count: number): data.LabelledImages {
  const seen = new Map<number, number>();
  const chosen = Array.from(set.labels.keys()).filter((i) => {
    const label = set.labels[i]!;
    seen.set(label, (seen.get(label) ?? 0) + 1);
    return classes.includes(label) && seen.get(label)! <= count;
  });
  return data.subset(set, chosen);
}

/** A layer of a network: where features come from. */
interface Source {
  readonly model: nn.Module;
  readonly path: string;
}

/** Accuracy of linear support vector machines on features of a new task, learned from a few labels of each class. */
async function carryOver(
  context: ExampleContext,
  sources: ReadonlyMap<string, Source>,
  task: {
    name: string;
    classes: number;
    few: (count: number) => Promise<data.LabelledImages>;
    test: data.LabelledImages;
  },
  counts: readonly number[],
) {
  const rows: { count: number; accuracies: Record<string, number> }[] = counts.map((count) => ({
    count,
    accuracies: {},
  }));
  for (const [name, { model, path }] of sources) {
    const unseen = await inspect.features(model, task.test, { path });
    for (const row of rows) {
      const set = await task.few(row.count);
      const known = await inspect.features(model, set, { path });
      const svm = await inspect.linearSvm(known, labelsOf(set), { classes: task.classes });
      row.accuracies[name] = await losses.accuracy(svm.forward(unseen), labelsOf(task.test)).item();
    }
    context.progress(task.name, 1);
  }
  const names = [...sources.keys()];
  context.say(`${task.name}: percent right, by the number of labels a class`);
  context.table(
    ["features", ...counts.map(String)],
    names.map((name) => [name, ...rows.map(({ accuracies }) => (100 * accuracies[name]!).toFixed(1))]),
  );
  await context.chart(task.name.replaceAll(" ", "-"), {
    title: `Linear classifier of ${task.name}`,
    x: { label: "labels of each class", scale: "log" },
    y: { label: "percent right" },
    series: names.map((label) => ({
      label,
      x: counts,
      y: rows.map(({ accuracies }) => 100 * accuracies[label]!),
    })),
  });
  return rows;
}

export default defineExample({
  name: "hidden-features",
  topic: "Seeing inside",
  rows: ["M32"],
  title: "what a network learned on digits helps to learn letters from a few examples",
  claim:
    "The hidden layers of a trained network are features: take their activations, train a linear support vector machine on them, and it " +
    "needs few labels, even for another data set, because edges and strokes are useful wherever there is writing. The last layers know " +
    "too much about their own task to be of use to another.",
  options: {
    other: {
      description:
        "the data set carried over to: letters that are drawn here, or the files in the folder given with --data, in MNIST's format (Fashion-MNIST, for instance)",
      value: "letters|files",
      default: "letters",
    },
  },

  async run(context) {
    const { quick, seed } = context;
    const digits = await context.digits();
    const trainOn = async (sets: TrainAndTest, label: string) => {
      const model = network(10);
      model.build([1, 28, 28], { seed });
      const optimizer = optim.adam(model.parameters(), { learningRate: 2e-3 });
      const { evaluation } = await fit(context, model, sets, { optimizer, epochs: quick ? 2 : 5, label });
      return { model, accuracy: evaluation.accuracy };
    };
    const pixels = nn.sequential([]);
    const untrained = network(10);
    for (const model of [pixels, untrained]) model.build([1, 28, 28], { seed });
    const sourcesOf = (model: nn.Module) =>
      new Map<string, Source>([
        ["raw pixels", { model: pixels, path: "" }],
        ["untrained network", { model: untrained, path: layers[best] }],
        ...Object.entries(layers).map(([name, path]) => [name, { model, path }] as const),
      ]);

    const all = await trainOn(
      { train: first(digits.train, quick ? 1500 : 8000), test: digits.test },
      "on all digits",
    );
    const isFiles = context.option("other") === "files";
    const files = isFiles ? await context.mnist() : undefined;
    const everyClass = Array.from({ length: 10 }, (_, i) => i);
    const other = files
      ? {
          name: "the other data set",
          classes: files.train.classes.length,
          few: async (count: number) => perClass(files.train, everyClass, count),
          test: first(files.test, 1000),
        }
      : {
          name: "letters",
          classes: 26,
          few: (count: number) => letters(count, seed),
          test: await letters(quick ? 20 : 100, seed + 1),
        };
    const counts = quick ? [1, 5, 20] : [1, 2, 5, 10, 20, 50];
    const carried = await carryOver(context, sourcesOf(all.model), other, counts);

    // Digits that the network has never seen, by one that knows the others only.
    const [known, unknown] = [everyClass.slice(0, 5), everyClass.slice(5)];
    const some = await trainOn(
      { train: perClass(digits.train, known, quick ? 200 : 1000), test: perClass(digits.test, known, 1000) },
      "on 0 to 4",
    );
    const task = {
      name: "digits 5 to 9",
      classes: 10,
      few: async (count: number) => perClass(digits.train, unknown, count),
      test: perClass(digits.test, unknown, quick ? 100 : 1000),
    };
    const unseen = await carryOver(context, sourcesOf(some.model), task, counts);

    if (!files) {
      const sheet = await letters(6, seed);
      const images = inspect.imagesOf(sheet.pixels, [sheet.count, 1, 28, 28], { range: [0, 255] });
      await context.picture(
        "letters",
        inspect.tile(images, { columns: 26 }),
        "letters drawn for this example",
      );
    }
    const percent = (share: number) => (100 * share).toFixed(1);
    const isFew = ({ count }: { readonly count: number }) => count === 1 || count === 5;
    const compare = ({ count, accuracies }: (typeof carried)[number]) =>
      `with ${count} ${count === 1 ? "label" : "labels"} a class ${percent(accuracies[best]!)} percent (raw pixels ` +
      `${percent(accuracies["raw pixels"]!)}, untrained network ${percent(accuracies["untrained network"]!)}, dense layer ` +
      `${percent(accuracies["dense layer"]!)})`;
    return {
      measured:
        `A network that gets ${percent(all.accuracy)} percent of digits right, and a linear classifier of ${other.name} on its second pooling ` +
        `layer: ${carried.filter(isFew).map(compare).join("; ")}. One that was trained on 0 to 4 alone, carried over to 5 to 9: ` +
        `${unseen.filter(isFew).map(compare).join("; ")}.`,
      values: {
        digitAccuracy: all.accuracy,
        other: carried.map((row) => ({ ...row })),
        unseenDigits: unseen.map((row) => ({ ...row })),
      },
    };
  },
});
