import { compile, losses, nn, optim, random, type Tensor, tensor, type Variable } from "gradus";
import { defineExample } from "gradus/example";
import { handwritten, type Phrase, sentences, wordsOf } from "./kit/sentences.js";

/** Scores from -2 to 2. */
const classes = 5;
const units = 24;
const batchSize = 25;

/** The cell that knows nothing of order: a phrase is the sum of its words. */
class Sum extends nn.Module {
  readonly kind = "sum";
  protected override compute(children: Tensor) {
    return children.reshape([children.shape[0]!, 2, -1]).sum(1);
  }
}

/** Scores of phrases from the states of their trees' nodes, which a cell makes of those of the words. */
class Sentiment {
  readonly words: nn.Embedding;
  readonly cell: nn.Module;
  readonly output: nn.Module;
  readonly parameters: readonly Variable[];

  constructor(
    cell: nn.Module,
    state: number,
    hidden: readonly nn.Module[],
    vocabulary: number,
    seed: number,
  ) {
    this.words = nn.embedding(vocabulary, state, { initializer: nn.init.normal(0, 0.3) });
    this.cell = cell;
    this.output = nn.sequential([...hidden, nn.dense(classes)]);
    this.words.build([], { seed });
    this.cell.build([2 * state], { seed });
    this.output.build([state], { seed });
    this.parameters = [this.words, this.cell, this.output].flatMap((part) => part.parameters());
  }

  /** `[rows, classes]` for all rows of a forest. A word that is not in the vocabulary is a zero. */
  logits(words: Tensor, levels: readonly Tensor[]): Tensor {
    return this.output.forward(nn.recurse(this.cell, this.words.forward(words), levels));
  }
}

/** Sentences as a forest, with the words of its leaves and the class of each node; -1 where there is none. */
function pack(trees: readonly Phrase[], vocabulary: readonly string[]) {
  const forest = nn.packTrees(trees);
  const leaves = forest.nodes.slice(0, forest.leaves);
  const words = tensor(Int32Array.from(leaves, (leaf) => vocabulary.indexOf(leaf?.word ?? "")));
  const labels = tensor(Int32Array.from(forest.nodes, (node) => (node ? node.score + 2 : -1)));
  return { ...forest, words, labels };
}

const same = (a: number, b: number) => a === b;
const sameSide = (a: number, b: number) => Math.sign(a) === Math.sign(b);
const having = (sentences: readonly Phrase[], ...words: readonly string[]) =>
  sentences.filter((sentence) => wordsOf(sentence).some((word) => words.includes(word)));

export default defineExample({
  name: "sentiment-trees",
  topic: "Recurrent and recursive networks",
  rows: ["M41"],
  title: "recursive networks on parse trees understand a negation, a bag of words does not",
  claim:
    "A recursive network makes the meaning of a phrase from those of its two parts, along the tree of the sentence, with one cell for " +
    'all. So it learns what a negation does to what stands in its scope, and that after "but" comes what counts. A sum of words ' +
    "knows neither order nor scope. The sentences are this project's own: most by a small grammar with a score at every node, " +
    "some by hand; none that is tested was trained on.",

  async run({ quick, seed, table, say, file, progress }) {
    const train = sentences(quick ? 1000 : 4000, seed, handwritten());
    const test = sentences(1000, seed + 1, train);
    const vocabulary = [...new Set(train.flatMap(wordsOf))];
    const batches = Array.from({ length: train.length / batchSize }, (_, i) =>
      pack(train.slice(i * batchSize, (i + 1) * batchSize), vocabulary),
    );
    const hidden = [nn.dense(4 * units), nn.relu()];
    const plain = nn.sequential([nn.dense(units, { initializer: nn.init.xavierUniform }), nn.tanh()]);
    const bag = new Sentiment(new Sum(), units, [], vocabulary.length, seed);
    const deepBag = new Sentiment(new Sum(), units, hidden, vocabulary.length, seed);
    const recursive = new Sentiment(plain, units, [], vocabulary.length, seed);
    const treeLstm = new Sentiment(nn.treeLstm(units), 2 * units, [], vocabulary.length, seed);
    const models = { bag, deepBag, recursive, treeLstm };
    const titles = ["bag of words", "with a hidden layer", "recursive network", "Tree-LSTM"];
    const tests = {
      fiveScores: { title: "five scores", trees: test, right: same },
      side: { title: "negative or positive", trees: test, right: sameSide },
      negation: { title: "with a negation", trees: having(test, "not", "never", "hardly"), right: sameSide },
      contrast: {
        title: 'with "but" or "although"',
        trees: having(test, "but", "although"),
        right: sameSide,
      },
      byHand: { title: "by hand", trees: handwritten(), right: sameSide },
    };

    const programs = new Set<string>();
    const results: Record<string, number>[] = [];
    for (const [at, model] of Object.values(models).entries()) {
      const optimizer = optim.adam(model.parameters, { learningRate: 5e-3 });
      const step = compile((words: Tensor, labels: Tensor, ...levels: Tensor[]) => {
        const every = losses.crossEntropy(model.logits(words, levels), labels, { reduction: "sum" });
        const loss = every.divide(labels.greaterEqual(0).cast("float32").sum());
        optimizer.minimize(loss);
        return loss;
      });
      const epochs = quick ? 12 : 30;
      for (let epoch = 0; epoch < epochs; epoch++) {
        optimizer.learningRate = 5e-3 * (1 - epoch / epochs);
        progress(`training: ${titles[at]}`, (at + epoch / epochs) / 4);
        for (const i of new random.RandomStream(seed, epoch).permutation(batches.length)) {
          const { words, labels, levels } = batches[i]!;
          await step(words, labels, ...levels).item();
          programs.add(`${words.shape} ${levels.length}`);
        }
      }
      const accuracy = async (trees: readonly Phrase[], right: (a: number, b: number) => boolean) => {
        const { words, levels, roots } = pack(trees, vocabulary);
        const scores = await model.logits(words, levels).argmax(1).data();
        return trees.filter((tree, i) => right(tree.score, scores[roots[i]!]! - 2)).length / trees.length;
      };
      const accuracies: Record<string, number> = {};
      for (const [name, { trees, right }] of Object.entries(tests))
        accuracies[name] = await accuracy(trees, right);
      results.push(accuracies);
    }

    const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
    table(
      ["", ...Object.values(tests).map(({ title }) => title)],
      results.map((row, i) => [titles[i]!, ...Object.values(row).map(percent)]),
    );
    const drawn = await brackets(treeLstm, handwritten(), vocabulary);
    say(`The Tree-LSTM's scores of phrases:\n${drawn.filter((_, i) => i % 6 === 5).join("\n")}`);
    await file("by-hand.txt", `${drawn.join("\n")}\n`);

    const [bags, deep, plainly, lstm] = results.map(
      (row) => [percent(row.negation!), percent(row.contrast!)] as const,
    );
    return {
      measured:
        `Of ${tests.negation.trees.length} sentences with a negation that no network had seen, a bag of words tells ${bags![0]} to be negative, ` +
        `positive or neither as they are, and ${deep![0]} with a hidden layer over the sum; the recursive network ${plainly![0]}, the ` +
        `Tree-LSTM ${lstm![0]}. With "but" or "although" it is ${bags![1]}, ${deep![1]}, ${plainly![1]} and ${lstm![1]}. All ` +
        `${batches.length} batches of trees, of every shape, ran as ${programs.size} program${programs.size === 1 ? "" : "s"} for each network.`,
      values: {
        ...Object.fromEntries(Object.keys(models).map((name, i) => [name, results[i]!])),
        programs: programs.size,
      },
    };
  },
});

/** Each sentence in brackets, with the model's score of each phrase. */
async function brackets(
  model: Sentiment,
  trees: readonly Phrase[],
  vocabulary: readonly string[],
): Promise<string[]> {
  const { words, levels, nodes, roots } = pack(trees, vocabulary);
  const scores = await model.logits(words, levels).argmax(1).data();
  const draw = (row: number): string => {
    const { word, children } = nodes[row]!;
    const score = scores[row]! - 2;
    const sign = score > 0 ? "+" : "";
    if (!children) return score === 0 ? word! : `${word} ${sign}${score}`;
    return `[${children.map((child) => draw(nodes.indexOf(child))).join(" ")}] ${sign}${score}`;
  };
  return roots.map(draw);
}
