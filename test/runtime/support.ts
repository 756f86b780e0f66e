import { grad } from "../../src/autodiff/index.js";
import { Generator } from "../../src/random/index.js";
import { compile } from "../../src/runtime/compile.js";
import { Variable } from "../../src/runtime/variable.js";
import { oneHot, tensor } from "../../src/tensor/creation.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { Random } from "../compile/support.js";

/** A small convolutional net with batch normalization and dropout, trained by momentum; all from tensors. */
export function smallNet() {
  const numbers = new Random(5);
  const initial = (size: number, scale: number) =>
    Float32Array.from({ length: size }, () => (numbers.next() - 0.5) * scale);
  const convolution = new Variable([8, 1, 3, 3], initial(72, 1), { name: "convolution" });
  const scale = new Variable([8, 1, 1], 1, { name: "scale" });
  const shift = new Variable([8, 1, 1], 0, { name: "shift" });
  const mean = new Variable([8, 1, 1], 0, { name: "mean", trainable: false });
  const dense = new Variable([8 * 36, 10], initial(2880, 0.3), { name: "dense" });
  const parameters = [convolution, scale, shift, dense];
  const momenta = parameters.map(
    (parameter) => new Variable(parameter.shape, 0, { name: `${parameter.name}.momentum` }),
  );
  const generator = new Generator(11);

  const step = compile((images: Tensor, labels: Tensor) => {
    const x = images.convolution(convolution.value, { padding: "same" });
    const batchMean = x.mean([0, 2, 3], true).reshape([8, 1, 1]);
    mean.assign(mean.value.multiply(0.9).add(batchMean.multiply(0.1)));
    const variance = x.variance([0, 2, 3], { keepDimensions: true }).reshape([8, 1, 1]);
    const normalized = x.subtract(batchMean).divide(variance.add(1e-5).sqrt());
    const active = normalized.multiply(scale.value).add(shift.value).relu();
    const pooled = active.maxPool(2);
    const keep = generator.bernoulli(pooled.shape, 0.8).cast("float32");
    const features = pooled.multiply(keep).multiply(1.25).reshape([images.shape[0]!, -1]);
    const logProbability = features.matmul(dense.value).logSoftmax(1);
    const loss = logProbability.multiply(oneHot(labels, 10).cast("float32")).sum(1).mean().negate();
    const gradients = grad(
      loss,
      parameters.map((parameter) => parameter.value),
    );
    parameters.forEach((parameter, i) => {
      const momentum = momenta[i]!.value.multiply(0.9).add(gradients[i]!);
      momenta[i]!.assign(momentum);
      parameter.assign(parameter.value.subtract(momentum.multiply(0.05)));
    });
    return loss;
  });

  const images = () =>
    tensor(
      Float32Array.from({ length: 16 * 144 }, () => numbers.next()),
      { shape: [16, 1, 12, 12] },
    );
  const labels = () =>
    tensor(
      Int32Array.from({ length: 16 }, () => numbers.integer(0, 9)),
      { dtype: "int32" },
    );
  return { step, images, labels, state: [...parameters, ...momenta, mean] };
}

/** Losses of `steps` steps, and all variables after them. */
export async function train(steps: number): Promise<{ losses: number[]; state: Float32Array[] }> {
  const { step, images, labels, state } = smallNet();
  const losses: number[] = [];
  for (let n = 0; n < steps; n++) losses.push(await step(images(), labels()).item());
  const values: Float32Array[] = [];
  for (const variable of state) values.push(Float32Array.from(await variable.data()));
  return { losses, state: values };
}
