import {
  compile,
  grad,
  inspect,
  linspace,
  losses,
  nn,
  oneHot,
  optim,
  type Tensor,
  tensor,
  Variable,
} from "gradus";
import { defineExample, type ExampleContext } from "gradus/example";
import { unitScaling } from "./kit/digits.js";
import { first, fit } from "./kit/fit.js";

type Loss = (prediction: Tensor, target: Tensor) => Tensor;
type Kinds = Readonly<Record<string, Loss>>;
const single = { reduction: "none" } as const;

/** Of a score whose sign should be the target's: by the margin, score times target. */
const ofMargin: Kinds = {
  perceptron: (score, target) => losses.perceptron(score, target, single),
  hinge: (score, target) => losses.hinge(score, target, single),
  logistic: (score, target) => losses.binaryCrossEntropy(score, target.greater(0).cast("float32"), single),
  "squared error": (score, target) => losses.meanSquaredError(score, target, single),
};

/** Of a number that should be the target: by the residual, prediction minus target. */
const ofResidual: Kinds = {
  "squared error / 2": (x, target) => losses.meanSquaredError(x, target, single).multiply(0.5),
  "absolute error": (x, target) => losses.meanAbsoluteError(x, target, single),
  Huber: (x, target) => losses.huber(x, target, { ...single, delta: 1 }),
};

/** Of a whole classifier. */
const ofClasses: Kinds = {
  "squared error": (scores, labels) => losses.meanSquaredError(scores, oneHot(labels, 10)),
  hinge: (scores, labels) => losses.multiclassHinge(scores, labels),
  "cross-entropy": (scores, labels) => losses.crossEntropy(scores, labels),
};

const penalties: Readonly<Record<string, (weights: Variable[]) => Tensor | number>> = {
  none: () => 0,
  L2: (weights) => losses.l2(weights).multiply(3e-3),
  L1: (weights) => losses.l1(weights).multiply(1e-3),
};

/** Losses and their slopes, from -3 to 3, for one target. */
async function draw({ chart }: ExampleContext, label: string, kinds: Kinds, target: number) {
  const points = linspace(-3, 3, 241);
  const x = await points.data();
  const values = [];
  const slopes = [];
  for (const [kind, loss] of Object.entries(kinds)) {
    const value = loss(points, tensor(x.map(() => target)));
    values.push({ label: kind, x, y: await value.data() });
    slopes.push({ label: kind, x, y: await grad(value.sum(), [points])[0].data() });
  }
  const axis = { label };
  await chart(label, { title: `Losses by ${label}`, x: axis, y: { label: "loss" }, series: values });
  const title = `Gradients of losses by ${label}`;
  await chart(`${label}-gradients`, { title, x: axis, y: { label: "gradient" }, series: slopes });
}

/** The one number that is nearest to all of these, as a loss sees it: found by gradient descent. */
async function nearest(loss: Loss, numbers: Tensor) {
  const guess = new Variable([], 0);
  const optimizer = optim.adam([guess]);
  const step = compile(() => {
    optimizer.minimize(loss(guess.value.broadcastTo(numbers.shape), numbers).mean());
  });
  const rate = optim.schedules.cosine({ rate: 0.5, steps: 1500 });
  for (let i = 0; i < 1500; i++) {
    optimizer.learningRate = rate(i);
    step();
  }
  return guess.value.item();
}

/** Formulas as in the book overflow; the losses, which say the same, do not. */
async function stability() {
  const logits = tensor([[1000, 1001, 1002]]);
  const byFormula = logits.exp().divide(logits.exp().sum()).log().slice([0, 1], [1, 2]).sum().negate();
  const computed = losses.crossEntropy(logits, tensor(Int32Array.of(1)));
  const sure = tensor([-60]);
  const sureByFormula = sure.exp().add(1).log().sum();
  const sureComputed = losses.binaryCrossEntropy(sure, tensor([0]));
  return {
    softmax: [await byFormula.item(), await computed.item(), 1 + Math.log(Math.exp(-2) + Math.exp(-1) + 1)],
    logistic: [await sureByFormula.item(), await sureComputed.item(), Math.log1p(Math.exp(-60))],
  };
}

export default defineExample({
  name: "loss-functions",
  topic: "Foundations",
  rows: ["M6"],
  title: "what losses punish, how they pull, and what penalties do to weights",
  claim:
    "The loss decides what a network learns. Squared error punishes even what is too right, and is dragged along by outliers; hinge " +
    "stops caring beyond its margin; the logistic loss never quite does. Softmax must be computed with care, or large values " +
    "overflow. Penalties keep weights small: L2 all of them, while L1 makes most of them zero.",

  async run(context) {
    const { quick, seed, say, table } = context;
    await draw(context, "margin", ofMargin, 1);
    await draw(context, "residual", ofResidual, 0);

    const numbers = tensor([1, 2.5, 3, 4, 100]);
    const centres: Record<string, number> = {};
    for (const [kind, loss] of Object.entries(ofResidual)) centres[kind] = await nearest(loss, numbers);
    say("What is nearest to 1, 2.5, 3, 4 and 100? (Their mean is 22.1, their median 3.)");
    table(["loss", "nearest"], Object.entries(centres));

    const { softmax, logistic } = await stability();
    say("");
    table(
      ["", "by the formula", "as computed", "exact"],
      [
        ["-log softmax of [1000, 1001, 1002] at 1001", ...softmax],
        ["log(1 + exp(-60))", ...logistic],
      ],
    );

    const digits = await context.digits();
    const sets = { train: first(digits.train, quick ? 3000 : 8000), test: digits.test };
    const epochs = quick ? 5 : 20;
    const train = async (layers: nn.Module[], label: string, loss: Loss) => {
      const model = nn.sequential(layers);
      model.build([1, 28, 28], { seed });
      const { evaluation } = await fit(context, model, sets, {
        optimizer: optim.adam(model.parameters()),
        schedule: optim.schedules.cosine({ rate: 3e-3, steps: epochs * Math.floor(sets.train.count / 32) }),
        loss,
        epochs,
        batches: { size: 32, seed, scaling: unitScaling },
        label,
      });
      return evaluation.accuracy;
    };
    const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

    const accuracies: Record<string, number> = {};
    for (const [kind, loss] of Object.entries(ofClasses)) {
      accuracies[kind] = await train([nn.flatten(), nn.dense(64), nn.relu(), nn.dense(10)], kind, loss);
    }
    say("");
    table(
      ["two layers, trained with", "digits right"],
      Object.entries(accuracies).map(([kind, share]) => [kind, percent(share)]),
    );

    const small: Record<string, number> = {};
    const rows = [];
    const templates = [];
    for (const [name, penalty] of Object.entries(penalties)) {
      const units = nn.dense(10);
      const accuracy = await train([nn.flatten(), units], `penalty ${name}`, (scores, labels) =>
        losses.crossEntropy(scores, labels).add(penalty([units.weight])),
      );
      const weights = units.weight.value;
      const nothing = weights.abs().less(weights.abs().max().multiply(0.01));
      small[name] = await nothing.cast("float32").mean().item();
      rows.push([name, percent(small[name]), percent(accuracy)]);
      const options = { colors: "diverging", range: "each" } as const;
      templates.push(...inspect.imagesOf(await weights.data(), [10, 1, 28, 28], options));
    }
    say("");
    table(["softmax regression, penalty", "weights below 1 % of the greatest", "digits right"], rows);
    await context.picture(
      "penalties",
      inspect.tile(templates, { columns: 10, scale: 2 }),
      `weights for the digits 0 to 9; penalties, row by row: ${Object.keys(penalties).join(", ")}`,
    );

    const listed = Object.entries(accuracies).map(([kind, share]) => `${percent(share)} with ${kind}`);
    return {
      measured:
        `One outlier moves the best guess of squared error to ${centres["squared error / 2"]!.toFixed(2)}, that of absolute error to ` +
        `${centres["absolute error"]!.toFixed(2)}, of Huber's loss to ${centres.Huber!.toFixed(2)}. At logits of 1000 the formula of softmax gives ` +
        `${softmax[0]}, the loss ${softmax[1]!.toFixed(5)} (exact: ${softmax[2]!.toFixed(5)}). Two layers get ${listed.join(", ")} of the digits right. ` +
        `Weights below a hundredth of the greatest are ${percent(small.none!)} without a penalty, ${percent(small.L2!)} with L2, ` +
        `${percent(small.L1!)} with L1.`,
      values: { centres, softmax, logistic, accuracies, small },
    };
  },
});
