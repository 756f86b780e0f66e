import { arange, checkGradients, data, grad, losses, nn, stopGradient, type Tensor, tensor } from "gradus";
import { defineExample } from "gradus/example";

/** The value of one expression with the gradient of another: what a backward pass written by hand might get wrong. */
function withGradientOf(value: Tensor, other: Tensor): Tensor {
  return stopGradient(value.subtract(other)).add(other);
}

/** Networks of the same kind with one layer exchanged. Their outputs are right; it is their gradients that may not be. */
const layers: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  "as it should be": (x) => x.tanh(),
  // The derivative of tanh is 1 - y^2 for its result y; taken from its input x, it is that of x - x^3 / 3.
  "1 - x^2 instead of 1 - y^2": (x) => withGradientOf(x.tanh(), x.subtract(x.power(3).divide(3))),
  // Normalization: the mean depends on every input, too.
  "mean taken for a constant": (x) => x.subtract(stopGradient(x.mean(1, true))).tanh(),
  "last channel forgotten": (x) => {
    const channels = x.shape[1]!;
    const isLast = arange(channels)
      .equal(channels - 1)
      .reshape([channels, 1, 1]);
    return isLast.where(stopGradient(x), x).tanh();
  },
};

class Hidden extends nn.Module {
  readonly kind = "hidden";
  readonly #transfer: (x: Tensor) => Tensor;

  constructor(transfer: (x: Tensor) => Tensor) {
    super();
    this.#transfer = transfer;
  }

  protected override compute(x: Tensor): Tensor {
    return this.#transfer(x);
  }
}

/** Something without kinks whose derivatives are neither all alike nor tiny. */
const wave = (x: Tensor) => x.sin().multiply(x.exp()).sum();
const points = tensor([0.3, 1.1, 2.2]);

/** The same comparison on the default device, in single precision. */
async function singlePrecisionError(step: number) {
  let worst = 0;
  const exact = await grad(wave(points), [points])[0].data();
  for (const [i, slope] of exact.entries()) {
    const shift = tensor(Array.from(exact, (_, j) => (i === j ? step : 0)));
    const difference = wave(points.add(shift)).subtract(wave(points.subtract(shift)));
    const error = Math.abs((await difference.item()) / (2 * step) - slope);
    worst = Math.max(worst, error / Math.max(1, Math.abs(slope)));
  }
  return worst;
}

export default defineExample({
  name: "gradient-check",
  topic: "Foundations",
  rows: ["M7"],
  title: "finite differences find a wrong gradient, and name where it is",
  claim:
    "A network with a wrong gradient still learns, only worse, so nobody notices. Comparing each derivative with the difference " +
    "quotient (f(x + h) - f(x - h)) / 2h finds the error. h must be small, for the curve between the two points to be " +
    "nearly straight, but not too small, for the difference to have digits left: so it is done in double precision.",

  async run(context) {
    const { quick, seed, say, table } = context;
    const digits = (await context.digits()).test;
    const [channels, crop] = quick ? [4, 8] : [8, 10];
    const { images, labels } = new data.Batches(digits, { size: 2, seed, crop }).batch(0, 0);

    const rows = [];
    const reports: Record<string, { agree: boolean; worst: string; error: number }> = {};
    for (const [name, layer] of Object.entries(layers)) {
      const model = nn.sequential([
        nn.conv2d(channels, 3),
        new Hidden(layer),
        nn.averagePool2d(2),
        nn.flatten(),
        nn.dense(10),
      ]);
      model.build([1, crop, crop], { seed });
      const loss = (x: Tensor) => losses.crossEntropy(model.forward(x), labels);
      const report = await checkGradients(loss, [images], { parameters: model.parameters() });
      const worst = report.worst!;
      const place = `${worst.name} [${worst.index}]`;
      reports[name] = { agree: report.ok, worst: place, error: worst.relativeError };
      const numbers = [worst.analytic, worst.numeric].map((value) => value.toPrecision(5));
      rows.push([
        name,
        report.ok ? "agree" : "differ",
        place,
        ...numbers,
        worst.relativeError.toExponential(1),
      ]);
      if (!report.ok) say(`${name}: ${report}\n`);
    }
    table(["hidden layer", "gradients", "worst entry", "gradient", "difference", "error"], rows);

    const steps = Array.from({ length: 25 }, (_, i) => 10 ** (-i / 2));
    const double = [];
    const single = [];
    for (const step of steps) {
      double.push((await checkGradients(wave, [points], { step })).worst!.relativeError);
      single.push(await singlePrecisionError(step));
    }
    const best = (errors: number[]) => ({
      error: Math.min(...errors),
      step: steps[errors.indexOf(Math.min(...errors))]!,
    });
    await context.chart("steps", {
      title: "How far difference quotients are from the derivative",
      x: { label: "h", scale: "log" },
      y: { label: "relative error", scale: "log" },
      series: [
        { label: "single precision", x: steps, y: single },
        { label: "double precision", x: steps, y: double },
      ],
    });

    const [right, ...wrong] = Object.entries(reports);
    const found = wrong.filter(([, { agree }]) => !agree);
    return {
      measured:
        `The right network's gradients ${right![1].agree ? "pass" : "fail"}, with a greatest error of ${right![1].error.toExponential(1)}; of ` +
        `${wrong.length} planted bugs ${found.length} are found: ${found.map(([name, { worst }]) => `"${name}" at ${worst}`).join(", ")}. Differences are ` +
        `at their best right to ${best(double).error.toExponential(0)} in double precision, with h = ${best(double).step.toExponential(0)}; in single ` +
        `precision only to ${best(single).error.toExponential(0)}, with h = ${best(single).step.toExponential(0)}.`,
      values: { reports, found: found.length, double: best(double), single: best(single) },
    };
  },
});
