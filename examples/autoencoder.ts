import { inspect, nn } from "gradus";
import { defineExample, type ExampleContext } from "gradus/example";
import { rowsOf } from "./kit/digits.js";
import { learnToReconstruct, squaredError } from "./kit/reconstruct.js";

const pixels = 28 * 28;
/** Numbers that are left of an image. */
const codeSize = 30;
const shown = 12;

/** Layers of these sizes, with ReLU between them. */
const layers = (...sizes: readonly number[]) =>
  sizes.flatMap((size, i) => (i === 0 ? [nn.dense(size)] : [nn.relu(), nn.dense(size)]));

export default defineExample({
  name: "autoencoder",
  topic: "Unsupervised learning",
  rows: ["M37"],
  title: "a deep autoencoder keeps more of a digit in 30 numbers than 30 principal components do",
  claim:
    "An autoencoder of layers with 784, 1000, 500, 250 and 30 units, and the same back, learns codes of 30 numbers from which digits " +
    "can be drawn again. Principal components of the same number are the best that a linear map can do; the deep network, which is " +
    "not linear, reconstructs digits that it has never seen with a much smaller error.",
  options: { set: { description: "digits, or mnist for the full set", value: "name", default: "digits" } },

  async run(context: ExampleContext) {
    const { quick, seed } = context;
    const full = context.option("set") === "mnist";
    const sets = full ? await context.mnist() : await context.digits();
    const hidden = quick ? [256, 128] : [1000, 500, 250];
    const model = nn.sequential([
      nn.flatten(),
      ...layers(...hidden, codeSize),
      ...layers(...hidden.toReversed(), pixels),
    ]);
    model.build([1, 28, 28], { seed });
    const epochs = quick ? 5 : full ? 10 : 30;
    const learningRate = quick ? 2e-3 : 1e-3;
    await learnToReconstruct(context, model, sets.train, { epochs, learningRate, label: "training" });
    const [train, test] = [await rowsOf(sets.train), await rowsOf(sets.test)];
    const drawn = model.forward(test.reshape([-1, 1, 28, 28])).sigmoid();
    const error = await squaredError(drawn, test);

    const principal = await inspect.pca(train, codeSize, { tolerance: 1e-3 });
    const projected = principal.reconstruct(principal.project(test));
    const pcaError = await squaredError(projected, test);

    const pictures = [];
    for (const rows of [test, drawn, projected]) {
      const values = await rows.slice([0], [shown]).data();
      pictures.push(...inspect.imagesOf(values, [shown, 1, 28, 28], { range: [0, 1] }));
    }
    const sheet = inspect.tile(pictures, { columns: shown, scale: 2 });
    await context.picture(
      "digits",
      sheet,
      `digits never seen; by the autoencoder; by ${codeSize} principal components`,
    );
    context.table(
      [`${codeSize} numbers from ${pixels}`, "squared error of an image"],
      [
        ["autoencoder", error.toFixed(2)],
        ["principal components", pcaError.toFixed(2)],
      ],
    );
    return {
      measured:
        `An autoencoder with ${[pixels, ...hidden, codeSize].join("-")} units and back, trained on ${sets.train.count} digits, ` +
        `reconstructs ${sets.test.count} others with a squared error of ${error.toFixed(2)} an image; ${codeSize} principal components ` +
        `have ${pcaError.toFixed(2)}, ${(pcaError / error).toFixed(2)} times that.`,
      values: { error, pcaError },
    };
  },
});
