import { compile, inspect, linspace, losses, nn, optim, stack, tensor } from "gradus";
import { defineExample } from "gradus/example";

const cases = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
];
const inputs = tensor(cases);

/** What each function gives for the four cases. */
const functions = { and: [0, 0, 0, 1], or: [0, 1, 1, 1], xor: [0, 1, 1, 0] };

/**
 * Rosenblatt's rule: wherever the unit is wrong, add the input to its weights, or subtract it. That is gradient descent on the
 * perceptron loss, one example a step, at rate 1.
 * @returns how many mistakes there were in each pass over the four cases
 */
async function perceptron(wanted: readonly number[], passes: number) {
  const unit = nn.dense(1, { initializer: nn.init.zeros });
  unit.build([2]);
  const optimizer = optim.sgd(unit.parameters(), { learningRate: 1 });
  const step = compile((input, target) => {
    const score = unit.forward(input);
    optimizer.minimize(losses.perceptron(score, target));
    return score.multiply(target).lessEqual(0).cast("int32");
  });
  const mistakes = [];
  for (let pass = 0; pass < passes; pass++) {
    let wrong = 0;
    for (const [i, input] of cases.entries()) {
      wrong += await step(tensor([input]), tensor([[2 * wanted[i]! - 1]])).item();
    }
    mistakes.push(wrong);
  }
  return mistakes;
}

/** Trains on all four cases at once, and counts how many come out right. */
async function solve(model: nn.Module, seed: number, steps: number) {
  const targets = tensor(functions.xor.map((target) => [target]));
  model.build([2], { seed });
  const optimizer = optim.adam(model.parameters(), { learningRate: 0.05 });
  const step = compile(() => {
    const loss = losses.binaryCrossEntropy(model.forward(inputs), targets);
    optimizer.minimize(loss);
    return loss;
  });
  const curve = [];
  for (let i = 0; i < steps; i++) curve.push(await step().item());
  const outputs = Array.from(await model.forward(inputs).sigmoid().data());
  const right = outputs.filter((output, i) => Number(output > 0.5) === functions.xor[i]).length;
  return { curve, outputs, right, plane: await planeOf(model) };
}

/** What the model says everywhere around the four cases, 1 red, 0 blue. */
async function planeOf(model: nn.Module) {
  const side = 160;
  const [x, y] = [linspace(-0.5, 1.5, side), linspace(1.5, -0.5, side)];
  const points = stack([x.broadcastTo([side, side]), y.expandDimensions(1).broadcastTo([side, side])], 2);
  const values = await model
    .forward(points.reshape([-1, 2]))
    .sigmoid()
    .subtract(0.5)
    .data();
  return inspect.heatMap(values, { width: side, height: side, colors: "diverging", range: [-0.5, 0.5] });
}

export default defineExample({
  name: "xor",
  topic: "Foundations",
  rows: ["M2"],
  title: "a perceptron fails on exclusive or, two layers solve it",
  claim:
    'One unit divides the plane by one straight line. Rosenblatt\'s rule finds such a line wherever there is one, as for "and" and ' +
    '"or"; but no line parts the two cases of exclusive or that are true from the two that are false, and the rule goes on ' +
    "making mistakes for ever. A layer of hidden units in between bends the plane so that a line does.",

  async run({ seed, quick, say, table, chart, picture }) {
    const passes = quick ? 50 : 1000;
    const and = await perceptron(functions.and, passes);
    const or = await perceptron(functions.or, passes);
    const xor = await perceptron(functions.xor, passes);
    const learntIn = (mistakes: readonly number[]) => mistakes.findLastIndex((count) => count > 0) + 1;
    table(
      ["Rosenblatt's rule", "last mistake in pass", `mistakes in pass ${passes}`],
      [
        ["and", learntIn(and), and.at(-1)!],
        ["or", learntIn(or), or.at(-1)!],
        ["exclusive or", learntIn(xor), xor.at(-1)!],
      ],
    );

    say("");
    const steps = quick ? 300 : 1000;
    const one = await solve(nn.dense(1), seed, steps);
    const two = await solve(nn.sequential([nn.dense(8), nn.tanh(), nn.dense(1)]), seed, steps);
    table(
      ["gradient descent", "one layer", "two layers", "wanted"],
      cases.map(([a, b], i) => [
        `${a} xor ${b}`,
        one.outputs[i]!.toFixed(3),
        two.outputs[i]!.toFixed(3),
        functions.xor[i]!,
      ]),
    );
    await chart("loss", {
      title: "Learning exclusive or",
      x: { label: "step" },
      y: { label: "cross-entropy" },
      series: [
        { label: "one layer", y: one.curve },
        { label: "two layers", y: two.curve },
      ],
    });
    await picture(
      "planes",
      inspect.tile([one.plane, two.plane], { gap: 8 }),
      "what one layer and two layers say about each point from -0.5 to 1.5: red is true, blue false",
    );
    return {
      measured:
        `Rosenblatt's rule makes its last mistake with "and" in pass ${learntIn(and)}, with "or" in pass ${learntIn(or)}; with exclusive or ` +
        `it makes ${xor.at(-1)} mistakes in pass ${passes} still. After ${steps} steps of gradient descent one layer gets ${one.right} of ` +
        `4 cases right, with a loss of ${one.curve.at(-1)!.toFixed(4)} (log 2 = ${Math.LN2.toFixed(4)} is that of a guess); two layers ` +
        `get ${two.right}, with a loss of ${two.curve.at(-1)!.toFixed(4)}.`,
      values: {
        perceptron: { and: and.at(-1)!, or: or.at(-1)!, xor: xor.at(-1)! },
        oneLayer: { right: one.right, loss: one.curve.at(-1)! },
        twoLayers: { right: two.right, loss: two.curve.at(-1)! },
      },
    };
  },
});
