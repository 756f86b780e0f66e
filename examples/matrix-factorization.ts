import { compile, inspect, nn, optim, random, type Tensor, Variable } from "gradus";
import { defineExample, type ExampleContext } from "gradus/example";
import { rowsOf } from "./kit/digits.js";
import { first } from "./kit/fit.js";
import { squaredError } from "./kit/reconstruct.js";

const pixels = 28 * 28;
/** After the sixth component the variance falls clearly, so that the subspace is well defined. */
const rank = 6;

/** The squared error of rows, in the mean. */
const lossOf = (output: Tensor, rows: Tensor) => output.subtract(rows).square().sum().divide(rows.shape[0]!);

/** Makes a loss small by Adam, on all data at every step, at a rate that falls to zero. */
async function minimize(
  context: ExampleContext,
  parameters: readonly Variable[],
  loss: () => Tensor,
  label: string,
) {
  const schedule = optim.schedules.cosine({ rate: 0.03, steps: 500 });
  const optimizer = optim.adam(parameters);
  const step = compile(() => {
    const value = loss();
    optimizer.minimize(value);
    return value;
  });
  for (let at = 0; at < 500; at++) {
    optimizer.learningRate = schedule(at);
    await step().item();
    context.progress(label, at / 500);
  }
}

export default defineExample({
  name: "matrix-factorization",
  topic: "Unsupervised learning",
  rows: ["M37"],
  title: "a linear autoencoder and a factorized matrix find the subspace of the principal components",
  claim:
    "The shallow case of an autoencoder is linear: codes are a matrix times the image, and the image is a matrix times the code. With free " +
    "codes in place of the first matrix it is a factorization of the data's matrix. Gradient descent on the squared error brings " +
    "both to the best linear codes there are: their subspace is that of the principal components, though with other axes in it.",

  async run(context: ExampleContext) {
    const sets = await context.digits();
    const data = await rowsOf(first(sets.train, context.quick ? 2000 : 8000));
    const test = await rowsOf(sets.test);
    const principal = await inspect.pca(data, rank);
    const centred = data.subtract(principal.mean);

    const linear = (units: number) => nn.dense(units, { bias: false, initializer: nn.init.xavierUniform });
    const [encoder, decoder] = [linear(rank), linear(pixels)];
    const autoencoder = nn.sequential([encoder, decoder]);
    autoencoder.build([pixels], { seed: context.seed });
    const loss = () => lossOf(autoencoder.forward(centred), centred);
    await minimize(context, autoencoder.parameters(), loss, "the autoencoder");

    const stream = new random.RandomStream(context.seed, 1);
    const small = (count: number) => Float32Array.from({ length: count }, () => 0.1 * stream.normal());
    const codes = new Variable([data.shape[0]!, rank], small(data.shape[0]! * rank), { name: "codes" });
    const factors = new Variable([rank, pixels], small(rank * pixels), { name: "factors" });
    const product = () => lossOf(codes.value.matmul(factors.value), centred);
    await minimize(context, [codes, factors], product, "the factorization");

    const axes = {
      pca: principal.components,
      autoencoder: decoder.weight.value.transpose(),
      factorization: factors.value,
    };
    const pictures = [];
    for (const rows of Object.values(axes)) {
      const shape = [rank, 1, 28, 28];
      pictures.push(...inspect.imagesOf(await rows.data(), shape, { range: "each", colors: "diverging" }));
    }
    const caption =
      "axes of principal components, of the autoencoder, of the factorization: different, in one subspace";
    await context.picture("axes", inspect.tile(pictures, { columns: rank, scale: 3 }), caption);

    const degrees = async (rows: Tensor) => {
      const angles = await inspect.principalAngles(rows, principal.components);
      return Math.max(...angles) * (180 / Math.PI);
    };
    const angles = {
      autoencoder: await degrees(axes.autoencoder),
      factorization: await degrees(axes.factorization),
    };
    const away = test.subtract(principal.mean);
    const errors = {
      pca: await squaredError(principal.reconstruct(principal.project(test)), test),
      autoencoder: await squaredError(autoencoder.forward(away), away),
    };
    context.table(
      ["", "greatest angle to the principal subspace", "squared error on digits never seen"],
      [
        ["principal components", "0°", errors.pca.toFixed(3)],
        ["linear autoencoder", `${angles.autoencoder.toFixed(3)}°`, errors.autoencoder.toFixed(3)],
        ["factorization", `${angles.factorization.toFixed(3)}°`, "-"],
      ],
    );
    return {
      measured:
        `With ${rank} numbers for each of ${data.shape[0]} digits, the greatest angle between the principal subspace and that of the linear ` +
        `autoencoder is ${angles.autoencoder.toFixed(3)} degrees, and to that of the factorization ${angles.factorization.toFixed(3)}. On digits ` +
        `never seen the autoencoder's squared error is ${errors.autoencoder.toFixed(3)}, that of the principal components ${errors.pca.toFixed(3)}.`,
      values: { rank, angles, errors },
    };
  },
});
