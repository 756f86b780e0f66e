import { inspect, losses, nn, oneHot, optim, type Tensor } from "gradus";
import { defineExample } from "gradus/example";
import { first, fit } from "./kit/fit.js";

/** 1 for the right class, 0 for the nine others. */
const indicators = (labels: Tensor) => oneHot(labels, 10);

/** One model for all, ten weighted sums of pixels; what they differ in is what they take for wrong. */
const models = {
  perceptron: (scores: Tensor, labels: Tensor) =>
    losses.perceptron(scores, indicators(labels).multiply(2).subtract(1)),
  "linear regression": (scores: Tensor, labels: Tensor) =>
    losses.meanSquaredError(scores, indicators(labels)),
  "logistic regression": (scores: Tensor, labels: Tensor) =>
    losses.binaryCrossEntropy(scores, indicators(labels)),
  "softmax regression": (scores: Tensor, labels: Tensor) => losses.crossEntropy(scores, labels),
};

export default defineExample({
  name: "linear-models",
  topic: "Foundations",
  rows: ["M2"],
  title: "perceptron, linear, logistic and softmax regression on the raw pixels of digits",
  claim:
    "The simplest classifier gives each class a weighted sum of the pixels and chooses the greatest. The perceptron corrects wrong " +
    "signs only, linear regression wants exactly 1 or 0, logistic regression wants a probability for each class, and softmax " +
    "regression one for all classes together. On raw pixels softmax regression gets about 80 percent of the digits right.",

  async run(context) {
    const { quick, seed } = context;
    const digits = await context.digits();
    const sets = { train: first(digits.train, quick ? 4000 : 8000), test: digits.test };

    const rows = [];
    const templates = [];
    const accuracies: Record<string, number> = {};
    for (const [name, loss] of Object.entries(models)) {
      const units = nn.dense(10, { initializer: nn.init.zeros });
      const model = nn.sequential([nn.flatten(), units]);
      model.build([1, 28, 28], { seed });
      const optimizer = optim.adam(model.parameters(), { learningRate: 3e-3, weightDecay: 1e-3 });
      const epochs = quick ? 8 : 40;
      const schedule = optim.schedules.cosine({
        rate: 3e-3,
        steps: epochs * Math.floor(sets.train.count / 32),
      });
      const { evaluation, losses: curve } = await fit(context, model, sets, {
        optimizer,
        schedule,
        loss,
        epochs,
        label: name,
      });
      accuracies[name] = evaluation.accuracy;
      rows.push([name, curve[0]!, curve.at(-1)!, `${(100 * evaluation.accuracy).toFixed(2)} %`]);
      const weights = await units.weight.data();
      templates.push(...inspect.imagesOf(weights, [10, 1, 28, 28], { colors: "diverging", range: "each" }));
    }
    context.table(["7,850 weights", "loss at first", "loss at last", "right on test digits"], rows);
    await context.picture(
      "weights",
      inspect.tile(templates, { columns: 10, scale: 2 }),
      `the weights of the digits 0 to 9, red for ink that speaks for the digit, blue for ink that speaks against it; row by row ${Object.keys(models).join(", ")}`,
    );

    const percent = (name: keyof typeof models) => `${(100 * accuracies[name]!).toFixed(1)} percent`;
    return {
      measured:
        `Of ${sets.test.count} test digits softmax regression gets ${percent("softmax regression")} right, after training on ` +
        `${sets.train.count}; the lecture's figure is about 80. Logistic regression gets ${percent("logistic regression")}, linear ` +
        `regression ${percent("linear regression")}, the perceptron ${percent("perceptron")}.`,
      values: { accuracies, trainExamples: sets.train.count },
    };
  },
});
