import { checkGradients, grad, linspace, nn, optim, tensor } from "gradus";
import { defineExample } from "gradus/example";
import { first, fit } from "./kit/fit.js";

/** Whole layers, because some of them learn: PReLU has a slope, and maxout chooses between two weighted sums. */
const functions: Readonly<Record<string, () => nn.Module>> = {
  step: () => nn.step(),
  sigmoid: () => nn.sigmoid(),
  tanh: () => nn.tanh(),
  ReLU: () => nn.relu(),
  "leaky ReLU": () => nn.leakyRelu(0.1),
  PReLU: () => nn.prelu(),
  ELU: () => nn.elu(),
  GELU: () => nn.gelu(),
  softplus: () => nn.softplus(),
  maxout: () => nn.maxout(2),
};

const curves = {
  saturating: ["step", "sigmoid", "tanh"],
  rectifying: ["ReLU", "leaky ReLU", "PReLU", "ELU", "GELU", "softplus"],
};

/** A function's values and exact derivatives at some points. */
async function along(name: string, points: readonly number[]) {
  const layer = functions[name]!();
  layer.build([1]);
  const x = tensor(points.map((point) => [point]));
  const y = layer.forward(x);
  return { values: await y.data(), slopes: await grad(y.sum(), [x])[0].data() };
}

/** The greatest difference between gradients and finite differences, of the inputs and of what the layer learns. */
async function gradientError(name: string) {
  const layer = functions[name]!();
  layer.build([4]);
  const points = tensor([[-2.5, -1.2, 0.7, 3.1]]);
  const { worst } = await checkGradients((x) => layer.forward(x), [points], {
    parameters: layer.parameters(),
  });
  return worst!.relativeError;
}

export default defineExample({
  name: "transfer-functions",
  topic: "Foundations",
  rows: ["M5"],
  title:
    "step, sigmoid, tanh and the family of rectifiers: curves, derivatives, and what they do for learning",
  claim:
    "What stands between the layers decides how well they learn. A step has no slope to follow, sigmoid and tanh are flat on both " +
    "sides, rectifiers keep their slope. Where a function has a kink, any slope between those of the two sides will do, and by " +
    "convention ReLU takes 0.",

  async run(context) {
    const { quick, seed } = context;
    const x = Array.from(await linspace(-4, 4, 401).data());
    for (const [kind, names] of Object.entries(curves)) {
      const drawn = await Promise.all(
        names.map(async (name) => ({ label: name, ...(await along(name, x)) })),
      );
      const axes = (label: string) => ({ x: { label: "x" }, y: { label } });
      await context.chart(kind, {
        title: `Transfer functions, ${kind}`,
        ...axes("f(x)"),
        series: drawn.map(({ label, values }) => ({ label, x, y: values })),
      });
      await context.chart(`${kind}-slopes`, {
        title: `Transfer functions, ${kind}: derivatives`,
        ...axes("f'(x)"),
        series: drawn.map(({ label, slopes }) => ({ label, x, y: slopes })),
      });
    }

    const digits = await context.digits();
    const sets = { train: first(digits.train, quick ? 3000 : 8000), test: digits.test };
    const epochs = quick ? 4 : 15;
    const rows = [];
    const errors: Record<string, number> = {};
    const accuracies: Record<string, number> = {};
    const slopesAtZero: Record<string, number> = {};
    const learntSlopes: number[] = [];
    for (const [name, transfer] of Object.entries(functions)) {
      const width = name === "maxout" ? 128 : 64;
      const hidden = () => [nn.dense(width), transfer()];
      const model = nn.sequential([nn.flatten(), ...hidden(), ...hidden(), nn.dense(10)]);
      model.build([1, 28, 28], { seed });
      const steps = epochs * Math.floor(sets.train.count / 32);
      const { evaluation } = await fit(context, model, sets, {
        optimizer: optim.adam(model.parameters()),
        schedule: optim.schedules.cosine({ rate: 3e-3, steps }),
        epochs,
        label: name,
      });
      accuracies[name] = evaluation.accuracy;
      errors[name] = await gradientError(name);
      for (const layer of model.layers) {
        if (layer instanceof nn.PRelu) learntSlopes.push(await layer.weight.value.item());
      }
      const row = [errors[name].toExponential(0), `${(100 * evaluation.accuracy).toFixed(1)} %`];
      if (name === "maxout")
        rows.push([name, "", "", "", ...row]); // its kinks are wherever its two sums meet
      else {
        const slopes = Array.from((await along(name, [-1e-4, 0, 1e-4])).slopes);
        slopesAtZero[name] = slopes[1]!;
        rows.push([name, ...slopes.map((slope) => slope.toFixed(3)), ...row]);
      }
    }
    context.table(["", "slope left of 0", "at 0", "right of 0", "gradient error", "digits right"], rows);

    const percent = (share: number) => `${(100 * share).toFixed(1)} percent`;
    const [worst, ...learning] = Object.keys(accuracies).sort((a, b) => accuracies[a]! - accuracies[b]!);
    const [least, most] = [learning[0]!, learning.at(-1)!];
    return {
      measured:
        `All derivatives agree with finite differences to ${Math.max(...Object.values(errors)).toExponential(0)}. At its kink the slope of ReLU is taken as ` +
        `${slopesAtZero.ReLU!.toFixed(0)}, that of leaky ReLU and PReLU as on the left. Between the layers of one network ${worst} gives ` +
        `${percent(accuracies[worst!]!)} of the test digits, all others from ${percent(accuracies[least]!)} (${least}) to ${percent(accuracies[most]!)} ` +
        `(${most}). PReLU's slopes began at 0.25 and were learnt to be ${learntSlopes.map((slope) => slope.toFixed(2)).join(" and ")}.`,
      values: { accuracies, errors, slopesAtZero, learntSlopes },
    };
  },
});
