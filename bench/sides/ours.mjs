import { pathToFileURL } from "node:url";
import { serve } from "../lib/serve.mjs";
import { readValues, sample } from "../lib/values.mjs";

await serve(async ({ work, values: folder, threads, dist, steps }) => {
  const { compile, losses, nn, optim, tensor, useDevice } = await import(
    pathToFileURL(`${dist}/index.js`).href
  );
  useDevice({ backend: "wasm", threads });
  const values = readValues(folder);
  const asTensor = (name) => {
    const { data, shape } = values.floats(name);
    return tensor(data, { shape });
  };

  if (work.kind === "matmul") {
    const product = compile((a, b) => a.matmul(b));
    const a = asTensor("a");
    const b = asTensor("b");
    const step = async () => await product(a, b).data();
    return { results: sample(await step()), step };
  }

  class Residual extends nn.Module {
    kind = "residual";
    constructor(body, shortcut) {
      super();
      this.body = body;
      if (shortcut.length > 0) this.shortcut = nn.sequential(shortcut);
    }
    compute(x, options) {
      const y = this.body.forward(x, options);
      return y.add(this.shortcut ? this.shortcut.forward(x, options) : x);
    }
  }

  const named = [];
  const makeLayer = (layer) => {
    if (layer.type === "relu") return nn.relu();
    if (layer.type === "flatten") return nn.flatten();
    if (layer.type === "maxPool") return nn.maxPool2d(layer.size);
    if (layer.type === "globalAverage") return nn.globalAveragePool();
    if (layer.type === "residual") {
      return new Residual(nn.sequential(layer.body.map(makeLayer)), layer.shortcut.map(makeLayer));
    }
    const { stride, padding, bias } = layer;
    const module =
      layer.type === "conv"
        ? nn.conv2d(layer.filters, layer.kernel, { stride, padding, bias })
        : layer.type === "dense"
          ? nn.dense(layer.units)
          : nn.batchNorm();
    named.push([layer.name, module]);
    return module;
  };
  // `globalAveragePool` may keep the spatial axes; flattening what is flat changes nothing.
  const model = nn.sequential(
    work.network.layers.flatMap((layer) =>
      layer.type === "globalAverage" ? [makeLayer(layer), nn.flatten()] : [makeLayer(layer)],
    ),
  );
  model.build(work.network.inputShape, { seed: 1 });
  for (const [name, module] of named) {
    module.weight.write(values.floats(`${name}.weight`).data);
    module.bias?.write(values.floats(`${name}.bias`).data);
    module.runningMean?.write(values.floats(`${name}.running_mean`).data);
    module.runningVariance?.write(values.floats(`${name}.running_var`).data);
  }
  const inputs = asTensor("inputs");

  if (work.kind === "infer") {
    const run = compile((x) => model.forward(x));
    const step = async () => await run(inputs).data();
    return { results: [...(await step())], step };
  }

  const labels = tensor(values.labels(), { shape: [work.batch], dtype: "int32" });
  const { type, ...options } = work.optimizer;
  const optimizer = optim[type](model.parameters(), {
    ...options,
    decays: (parameter) => parameter.shape.length > 1,
  });
  const train = compile((x, y) => {
    const loss = losses.crossEntropy(model.forward(x, { training: true }), y);
    optimizer.minimize(loss);
    return loss;
  });
  const step = async () => await train(inputs, labels).item();
  const results = [];
  for (let index = 0; index < steps; index++) results.push(await step());
  return { results, step };
});
