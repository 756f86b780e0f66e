// jax-js on its WebAssembly device, each step under jit. Every use of an array but the last goes through `.ref`.
import { defaultDevice, init, jit, lax, nn, numpy as np, tree, valueAndGrad } from "@jax-js/jax";
import { serve } from "../lib/serve.mjs";
import { readValues, sample } from "../lib/values.mjs";

/** Optimizers, written with the library's operations: it has none of its own. */
const rules = {
  adam: ({ learningRate, beta1, beta2, epsilon }) => ({
    slots: ["m", "v"],
    corrections: (count) => [1 / (1 - beta1 ** count), 1 / (1 - beta2 ** count)],
    update: (parameter, gradient, [m, v], correction) => {
      const average = m.mul(beta1).add(gradient.ref.mul(1 - beta1));
      const square = v.mul(beta2).add(np.square(gradient).mul(1 - beta2));
      const [first, second] = [correction.ref.slice(0), correction.ref.slice(1)];
      const root = np.sqrt(square.ref.mul(second)).add(epsilon);
      return [parameter.sub(average.ref.mul(first).div(root).mul(learningRate)), [average, square]];
    },
  }),
  adadelta: ({ rho, epsilon, weightDecay }) => ({
    slots: ["squares", "updates"],
    corrections: () => [1],
    update: (parameter, raw, [squares, updates]) => {
      const gradient = parameter.shape.length > 1 ? raw.add(parameter.ref.mul(weightDecay)) : raw;
      const square = squares.mul(rho).add(np.square(gradient.ref).mul(1 - rho));
      const direction = np
        .sqrt(updates.ref.add(epsilon))
        .div(np.sqrt(square.ref.add(epsilon)))
        .mul(gradient);
      const update = updates.mul(rho).add(np.square(direction.ref).mul(1 - rho));
      return [parameter.sub(direction), [square, update]];
    },
  }),
};

await serve(async ({ work, values: folder, steps }) => {
  await init("wasm");
  defaultDevice("wasm");
  const values = readValues(folder);
  const asArray = (name) => {
    const { data, shape } = values.floats(name);
    return np.array(data).reshape(shape);
  };
  if (work.kind === "matmul") {
    const a = asArray("a");
    const b = asArray("b");
    const product = jit((x, y) => np.matmul(x, y));
    const step = async () => await product(a.ref, b.ref).data();
    return { results: sample(await step()), step };
  }

  const { layers } = work.network;
  let parameters = {};
  for (const layer of layers) {
    for (const suffix of ["weight", "bias"]) {
      const name = `${layer.name}.${suffix}`;
      if (values.has(name)) parameters[name] = asArray(name);
    }
  }
  const forward = (p, input) => {
    let x = input;
    for (const layer of layers) {
      if (layer.type === "relu") x = nn.relu(x);
      else if (layer.type === "flatten") x = x.reshape([x.shape[0], -1]);
      else if (layer.type === "maxPool") {
        const [batch, channels, height, width] = x.shape;
        const { size } = layer;
        x = np.max(x.reshape([batch, channels, height / size, size, width / size, size]), [3, 5]);
      } else if (layer.type === "conv") {
        const pad = [layer.padding, layer.padding];
        x = lax.convGeneralDilated(x, p[`${layer.name}.weight`], [layer.stride, layer.stride], [pad, pad]);
        x = x.add(p[`${layer.name}.bias`].reshape([1, layer.filters, 1, 1]));
      } else if (layer.type === "dense") {
        x = np.matmul(x, p[`${layer.name}.weight`].transpose()).add(p[`${layer.name}.bias`]);
      } else throw new Error(`no ${layer.type} here`);
    }
    return x;
  };
  const inputs = asArray("inputs");

  if (work.kind === "infer") {
    const run = jit(forward);
    const step = async () => await run(tree.ref(parameters), inputs.ref).data();
    return { results: [...(await step())], step };
  }

  const targets = nn.oneHot(np.array(values.labels()), 10);
  const lossOf = (p, x, y) =>
    nn
      .logSoftmax(forward(p, x), 1)
      .mul(y)
      .sum()
      .mul(-1 / work.batch);
  const rule = rules[work.optimizer.type](work.optimizer);
  let slots = rule.slots.map(() => Object.fromEntries(Object.keys(parameters).map((name) => [name, null])));
  for (const slot of slots)
    for (const name of Object.keys(slot)) slot[name] = np.zeros(parameters[name].shape);
  const train = jit((p, state, correction, x, y) => {
    const [loss, gradients] = valueAndGrad(lossOf)(tree.ref(p), x, y);
    const updated = {};
    const nextState = state.map(() => ({}));
    for (const name of Object.keys(p)) {
      const [parameter, next] = rule.update(
        p[name],
        gradients[name],
        state.map((slot) => slot[name]),
        correction,
      );
      updated[name] = parameter;
      for (const [index, value] of next.entries()) nextState[index][name] = value;
    }
    correction.dispose();
    return [loss, updated, nextState];
  });
  let count = 0;
  const step = async () => {
    count++;
    const [loss, next, nextSlots] = train(
      parameters,
      slots,
      np.array(new Float32Array(rule.corrections(count))),
      inputs.ref,
      targets.ref,
    );
    parameters = next;
    slots = nextSlots;
    return (await loss.data())[0];
  };
  const results = [];
  for (let index = 0; index < steps; index++) results.push(await step());
  return { results, step };
});
