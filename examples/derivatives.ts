import {
  compile,
  type data,
  eye,
  grad,
  hessian,
  hessianVectorProduct,
  jacobian,
  linspace,
  losses,
  random,
  type Tensor,
  tensor,
  useDevice,
  Variable,
} from "gradus";
import { defineExample } from "gradus/example";
import { rowsOf } from "./kit/digits.js";
import { first } from "./kit/fit.js";

/** The lecture's example: J = cos(sin(x^2) + 3 x^2). */
function chain(x: Tensor): Tensor {
  const square = x.multiply(x);
  return square.sin().add(square.multiply(3)).cos();
}

/** Its derivatives of order 0 to 3, worked out by hand: the chain rule for cos(u), u = sin(x^2) + 3 x^2. */
function chainByHand(x: number): number[] {
  const [s, c] = [Math.sin(x * x), Math.cos(x * x)];
  const [u, u1, u2, u3] = [
    s + 3 * x * x,
    2 * x * c + 6 * x,
    2 * c - 4 * x * x * s + 6,
    -12 * x * s - 8 * x ** 3 * c,
  ];
  const [sin, cos] = [Math.sin(u), Math.cos(u)];
  return [cos, -sin * u1, -cos * u1 ** 2 - sin * u2, sin * (u1 ** 3 - u3) - 3 * cos * u1 * u2];
}

/** The calculus quiz: y = exp(xz) + xz / log(x) + sin(log(x)) / (xz). */
function quiz(x: Tensor, z: Tensor): Tensor {
  const [xz, log] = [x.multiply(z), x.log()];
  return xz.exp().add(xz.divide(log)).add(log.sin().divide(xz));
}

/** dy/dx, dy/dz, and the second derivatives by x and x, x and z, z and z, by hand. */
function quizByHand(x: number, z: number): number[] {
  const [l, s, c, e] = [Math.log(x), Math.sin(Math.log(x)), Math.cos(Math.log(x)), Math.exp(x * z)];
  return [
    z * e + z / l - z / l ** 2 + (c - s) / (x * x * z),
    x * e + x / l - s / (x * z * z),
    z * z * e + (z / x) * (2 / l ** 3 - 1 / l ** 2) + (s - 3 * c) / (x ** 3 * z),
    e * (1 + x * z) + 1 / l - 1 / l ** 2 - (c - s) / (x * z) ** 2,
    x * x * e + (2 * s) / (x * z ** 3),
  ];
}

export default defineExample({
  name: "derivatives",
  topic: "Foundations",
  rows: ["M1"],
  title: "exact derivatives of any expression, of any order, by walking its graph backwards",
  claim:
    "Whatever is computed step by step from elementary operations can be differentiated step by step: going backwards through the " +
    "graph of the computation, the chain rule gives the derivatives by all inputs for little more than the price of the " +
    "computation itself. They are exact, not approximations, and being computed by a graph, too, they have derivatives of their own.",

  async run({ seed, quick, say, table, chart, digits }) {
    const errors: number[] = [];
    // Differences are taken before reading, in the double precision of the reference backend: what is read is float32.
    const compare = async (what: string, value: Tensor, exact: number, byHand = exact.toPrecision(10)) => {
      const error = (await value.subtract(exact).abs().item()) / Math.max(1, Math.abs(exact));
      errors.push(error);
      return [what, byHand, error === 0 ? "0" : error.toExponential(1)];
    };
    useDevice({ backend: "reference" });
    const input = (value: number, name: string) => tensor(Float32Array.of(value), { shape: [], name });

    const x = input(2, "x");
    const J = chain(x);
    const program = compile(() => [J, grad(J, [x])[0]]);
    await program()[0]!.item();
    say("The graph of J = cos(sin(x^2) + 3 x^2) and of dJ/dx. (%0 is the first line, and so on.)\n");
    say(`${program.explain().split("\n").slice(1).join("\n")}\n`);

    const orders = [J];
    for (let order = 1; order <= 3; order++) orders.push(grad(orders.at(-1)!, [x])[0]);
    const rows = [];
    for (const [order, exact] of chainByHand(2).entries()) {
      rows.push(await compare(["J", "dJ/dx", "d2J/dx2", "d3J/dx3"][order]!, orders[order]!, exact));
    }

    const [a, b] = [input(2, "x"), input(3, "z")];
    const y = quiz(a, b);
    const [byX, byZ] = grad(y, [a, b]) as [Tensor, Tensor];
    const [xx, xz] = grad(byX, [a, b]) as [Tensor, Tensor];
    const [zz] = grad(byZ, [b]) as [Tensor];
    for (const [i, exact] of quizByHand(2, 3).entries()) {
      const name = ["dy/dx", "dy/dz", "d2y/dx2", "d2y/dx dz", "d2y/dz2"][i]!;
      rows.push(await compare(`quiz: ${name}`, [byX, byZ, xx, xz, zz][i]!, exact));
    }

    // The Jacobian of softmax is diag(p) - p p^T; log(sum(exp)) has softmax for its gradient, so that is its Hessian.
    const scores = tensor([0.5, -1, 2, 0]);
    const p = scores.softmax();
    const matrix = eye(4).multiply(p).subtract(p.outer(p));
    const furthest = (found: Tensor) => found.subtract(matrix).abs().max();
    const jacobianError = furthest(jacobian(p, scores));
    const hessianError = furthest(hessian(scores.logSumExp(), scores));
    rows.push(await compare("Jacobian of softmax", jacobianError, 0, "diag(p) - p p^T"));
    rows.push(await compare("Hessian of log-sum-exp", hessianError, 0, "diag(p) - p p^T"));
    table(["", "by hand", "relative error"], rows);
    useDevice({ backend: "wasm" });

    const curvature = await greatestCurvature((await digits()).train, quick ? 200 : 1000, seed);
    say(
      `\nSoftmax regression on ${curvature.images} digits has ${curvature.weights} weights, so its Hessian has ${(curvature.weights ** 2 / 1e6).toFixed(0)} million entries. ` +
        `Twenty products with it, none of which forms it, find its greatest eigenvalue: ${curvature.found.toFixed(4)} (known: ${curvature.known.toFixed(4)}).\n`,
    );

    const at = linspace(0, 2, 401);
    const curves = [chain(at)];
    for (let order = 1; order <= 2; order++) curves.push(grad(curves.at(-1)!.sum(), [at])[0]);
    await chart("derivatives", {
      title: "J = cos(sin(x^2) + 3 x^2), and what its graph gives as derivatives",
      x: { label: "x" },
      y: { label: "value" },
      series: [
        { label: "J", x: await at.data(), y: await curves[0]!.data() },
        { label: "dJ/dx / 10", x: await at.data(), y: await curves[1]!.divide(10).data() },
        { label: "d2J/dx2 / 200", x: await at.data(), y: await curves[2]!.divide(200).data() },
      ],
    });

    const worst = Math.max(...errors);
    return {
      measured:
        `All ${errors.length} results, derivatives of the first to the third order among them, agree with those worked out by hand to ${worst.toExponential(1)} ` +
        `(double precision ends at 1.1e-16). Products with the Hessian of ${curvature.weights} weights give its greatest eigenvalue as ` +
        `${curvature.found.toFixed(4)}, where theory has ${curvature.known.toFixed(4)}.`,
      values: { compared: errors.length, worstError: worst, curvature },
    };
  },
});

/**
 * The greatest eigenvalue of the Hessian of softmax regression at zero weights, by power iteration: a vector that is multiplied by a
 * matrix again and again turns to its first eigenvector. There, all classes being equally probable, the Hessian is the
 * Kronecker product of X^T X / N and (I - 1/10) / 10, so theory has a tenth of the greatest eigenvalue of X^T X / N.
 */
async function greatestCurvature(set: data.LabelledImages, count: number, seed: number) {
  const images = await rowsOf(first(set, count));
  const labels = tensor(Int32Array.from(set.labels.subarray(0, images.shape[0])));
  const powerIteration = async (shape: readonly number[], product: (v: Tensor) => Tensor) => {
    const stream = new random.RandomStream(seed);
    const size = shape.reduce((a, b) => a * b);
    let vector = tensor(
      Float32Array.from({ length: size }, () => stream.normal()),
      { shape },
    );
    const step = compile((v: Tensor) => {
      const w = product(v);
      return { next: w.divide(w.norm()), length: w.norm() };
    });
    let length = 0;
    for (let i = 0; i < 20; i++) {
      const result = step(vector);
      vector = result.next;
      length = await result.length.item();
    }
    return length;
  };
  const [inputs, classes] = [images.shape[1]!, 10];
  const weights = new Variable([inputs, classes], 0);
  const found = await powerIteration([inputs, classes], (v) => {
    const loss = losses.crossEntropy(images.matmul(weights.value), labels);
    return hessianVectorProduct(loss, [weights.value], [v])[0];
  });
  const known = await powerIteration([inputs], (v) =>
    images.matmul(v).matmul(images).divide(images.shape[0]!),
  );
  return { images: images.shape[0]!, weights: inputs * classes, found, known: known / 10 };
}
