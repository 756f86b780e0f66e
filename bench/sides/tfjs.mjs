// TensorFlow.js with channels last, its own layout. The backend's name is the script's argument: cpu or wasm.
import * as tf from "@tensorflow/tfjs";
import { serve } from "../lib/serve.mjs";
import { readValues, sample } from "../lib/values.mjs";

const [backend] = process.argv.slice(2);
if (backend === "wasm") {
  const { setWasmPaths } = await import("@tensorflow/tfjs-backend-wasm");
  const { dirname } = await import("node:path");
  const { createRequire } = await import("node:module");
  setWasmPaths(
    `${dirname(createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm/package.json"))}/dist/`,
  );
}

await serve(async ({ work, values: folder, steps }) => {
  await tf.setBackend(backend);
  await tf.ready();
  if (tf.getBackend() !== backend) throw new Error(`tfjs runs on ${tf.getBackend()} instead of ${backend}`);
  const values = readValues(folder);
  const asTensor = (name) => {
    const { data, shape } = values.floats(name);
    return tf.tensor(data, shape);
  };
  if (work.kind === "matmul") {
    const a = asTensor("a");
    const b = asTensor("b");
    const step = async () => {
      const product = tf.matMul(a, b);
      const data = await product.data();
      product.dispose();
      return data;
    };
    return { results: sample(await step()), step };
  }

  const trainable = new Map();
  const fixed = new Map();
  const load = (layers) => {
    for (const layer of layers) {
      if (layer.type === "residual") {
        load(layer.body);
        load(layer.shortcut);
      }
      for (const suffix of ["weight", "bias", "running_mean", "running_var"]) {
        const name = `${layer.name}.${suffix}`;
        if (!values.has(name)) continue;
        const value = tf.tidy(() => arrange(layer, suffix, asTensor(name)));
        const running = suffix.startsWith("running");
        (running ? fixed : trainable).set(name, tf.variable(value, !running, name));
        value.dispose();
      }
    }
  };
  load(work.network.layers);
  const inputs = tf.tidy(() => {
    const x = asTensor("inputs");
    return x.rank === 4 ? x.transpose([0, 2, 3, 1]) : x;
  });
  const training = work.kind === "train";
  const forward = () => apply(work.network.layers, inputs);

  if (!training) {
    const step = async () => {
      const logits = tf.tidy(forward);
      const data = await logits.data();
      logits.dispose();
      return data;
    };
    return { results: [...(await step())], step };
  }

  const targets = tf.oneHot(tf.tensor1d(values.labels(), "int32"), 10).toFloat();
  const { type, learningRate, ...options } = work.optimizer;
  const variables = [...trainable.values()];
  const lossOf = () => tf.losses.softmaxCrossEntropy(targets, forward());
  const minimize =
    type === "adadelta"
      ? adadelta(variables, work.optimizer)
      : (loss) => {
          const optimizer =
            type === "adam"
              ? tf.train.adam(learningRate, options.beta1, options.beta2, options.epsilon)
              : tf.train.momentum(learningRate, options.momentum);
          return () => optimizer.minimize(loss, true, variables);
        };
  const update = minimize(lossOf);
  const step = async () => {
    const loss = update();
    const [value] = await loss.data();
    loss.dispose();
    return value;
  };
  const results = [];
  for (let index = 0; index < steps; index++) results.push(await step());
  return { results, step };

  function apply(layers, input) {
    let x = input;
    for (const layer of layers) {
      const value = (suffix) =>
        trainable.get(`${layer.name}.${suffix}`) ?? fixed.get(`${layer.name}.${suffix}`);
      if (layer.type === "relu") x = x.relu();
      else if (layer.type === "flatten") x = x.reshape([x.shape[0], -1]);
      else if (layer.type === "maxPool") x = tf.maxPool(x, layer.size, layer.size, "valid");
      else if (layer.type === "globalAverage") x = x.mean([1, 2]);
      else if (layer.type === "residual") x = apply(layer.body, x).add(apply(layer.shortcut, x));
      else if (layer.type === "conv") {
        x = tf.conv2d(x, value("weight"), layer.stride, layer.padding);
        if (layer.bias) x = x.add(value("bias"));
      } else if (layer.type === "dense") x = tf.matMul(x, value("weight")).add(value("bias"));
      else x = normalize(x, value);
    }
    return x;
  }

  function normalize(x, value) {
    if (!training) {
      return tf.batchNorm(
        x,
        value("running_mean"),
        value("running_var"),
        value("bias"),
        value("weight"),
        1e-5,
      );
    }
    const { mean, variance } = tf.moments(x, [0, 1, 2]);
    const count = x.size / mean.size;
    const move = (running, batch) => running.assign(running.mul(0.9).add(batch.mul(0.1)));
    move(value("running_mean"), mean);
    move(value("running_var"), variance.mul(count / (count - 1)));
    return tf.batchNorm(x, mean, variance, value("bias"), value("weight"), 1e-5);
  }
});

/** Kernels to [height, width, inputs, outputs]; matrices to [inputs, outputs], inputs in the order of channels last. */
function arrange(layer, suffix, value) {
  if (suffix !== "weight" || value.rank === 1) return value;
  if (layer.type === "conv") return value.transpose([2, 3, 1, 0]);
  if (layer.from.length === 1) return value.transpose();
  return value
    .reshape([layer.units, ...layer.from])
    .transpose([2, 3, 1, 0])
    .reshape([layer.inputs, layer.units]);
}

/**
 * Adadelta by the paper. The library's own divides by the gradients' average from before the step, so that its first
 * step is the whole gradient, and it has no weight decay.
 */
function adadelta(variables, { rho, epsilon, weightDecay }) {
  const slots = variables.map((variable) => ({
    squares: tf.variable(tf.zerosLike(variable), false),
    updates: tf.variable(tf.zerosLike(variable), false),
  }));
  const average = (slot, value) => slot.assign(slot.mul(rho).add(value.square().mul(1 - rho)));
  return (loss) => () => {
    const { value, grads } = tf.variableGrads(loss, variables);
    tf.tidy(() => {
      for (const [index, variable] of variables.entries()) {
        const { squares, updates } = slots[index];
        const raw = grads[variable.name];
        const gradient = variable.rank > 1 ? raw.add(variable.mul(weightDecay)) : raw;
        average(squares, gradient);
        const direction = updates.add(epsilon).div(squares.add(epsilon)).sqrt().mul(gradient);
        average(updates, direction);
        variable.assign(variable.sub(direction));
      }
    });
    tf.dispose(grads);
    return value;
  };
}
