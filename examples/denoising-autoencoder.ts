import { inspect, nn, random, type Tensor, tensor } from "gradus";
import { defineExample, type ExampleContext } from "gradus/example";
import { rowsOf } from "./kit/digits.js";
import { learnToReconstruct, squaredError } from "./kit/reconstruct.js";

/** Standard deviation of the noise, where black is 0 and white is 1. */
const noiseLevel = 0.5;
const shown = 12;

const fullyConnected = (units: number) =>
  nn.sequential([
    nn.flatten(),
    nn.dense(4 * units),
    nn.relu(),
    nn.dense(units),
    nn.relu(),
    nn.dense(4 * units),
    nn.relu(),
    nn.dense(784),
  ]);

/** Two convolutions that halve the picture, and two transposed ones that double it again. */
const convolutional = (filters: number) =>
  nn.sequential([
    nn.conv2d(filters, 4, { stride: 2, padding: 1 }),
    nn.relu(),
    nn.conv2d(2 * filters, 4, { stride: 2, padding: 1 }),
    nn.relu(),
    nn.convTranspose2d(filters, 4, { stride: 2, padding: 1 }),
    nn.relu(),
    nn.convTranspose2d(1, 4, { stride: 2, padding: 1 }),
  ]);

export default defineExample({
  name: "denoising-autoencoder",
  topic: "Unsupervised learning",
  rows: ["M37"],
  title: "autoencoders that get noisy digits and must give clean ones learn what digits look like",
  claim:
    "An autoencoder that gets a spoiled image and must give the clean one cannot copy; it has to know what images look like, and takes " +
    "noise away that it has never seen. With convolutions and transposed convolutions it does so with few weights, for what it " +
    "learns at one place holds at all.",

  async run(context: ExampleContext) {
    const { quick, seed } = context;
    const sets = await context.digits();
    const clean = (await rowsOf(sets.test)).reshape([-1, 1, 28, 28]);
    const spoilWith = (generator: random.Generator) => (images: Tensor) =>
      images.add(generator.normal(images.shape).multiply(noiseLevel)).clip(0, 1);
    const noisy = tensor(await spoilWith(new random.Generator(seed, 1))(clean).data(), {
      shape: clean.shape,
    });

    const models = [
      { name: "fully connected", model: fullyConnected(quick ? 64 : 128) },
      { name: "convolutional", model: convolutional(quick ? 8 : 16) },
    ];
    const results = [];
    for (const { name, model } of models) {
      model.build([1, 28, 28], { seed });
      await learnToReconstruct(context, model, sets.train, {
        epochs: quick ? 3 : 15,
        learningRate: 2e-3,
        spoil: spoilWith(new random.Generator(seed, 2)),
        label: name,
      });
      const output = model.forward(noisy).sigmoid().reshape(clean.shape);
      const parameters = model.parameters().reduce((sum, { size }) => sum + size, 0);
      results.push({ name, output, parameters, error: await squaredError(output, clean) });
    }
    const noisyError = await squaredError(noisy, clean);

    const pictures = [];
    for (const images of [clean, noisy, ...results.map(({ output }) => output)]) {
      const values = await images.slice([0], [shown]).data();
      pictures.push(...inspect.imagesOf(values, [shown, 1, 28, 28], { range: [0, 1] }));
    }
    const caption =
      "digits never seen; with noise; cleaned by the fully connected autoencoder, and by the convolutional one";
    await context.picture("cleaned", inspect.tile(pictures, { columns: shown, scale: 2 }), caption);
    context.table(
      ["", "parameters", "squared error of an image"],
      [
        ["the noisy images", "-", noisyError.toFixed(2)],
        ...results.map(({ name, parameters, error }) => [name, parameters, error.toFixed(2)]),
      ],
    );
    const [dense, convolution] = results;
    return {
      measured:
        `Noise puts ${sets.test.count} digits never seen at a squared error of ${noisyError.toFixed(2)} an image. The fully connected ` +
        `autoencoder, with ${dense!.parameters} parameters, brings that down to ${dense!.error.toFixed(2)}, the convolutional one, with ` +
        `${convolution!.parameters}, to ${convolution!.error.toFixed(2)}.`,
      values: {
        noisy: noisyError,
        fullyConnected: { error: dense!.error, parameters: dense!.parameters },
        convolutional: { error: convolution!.error, parameters: convolution!.parameters },
      },
    };
  },
});
