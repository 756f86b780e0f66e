import convnetjs from "convnetjs";
import { serve } from "../lib/serve.mjs";
import { readValues } from "../lib/values.mjs";

await serve(async ({ work, values: folder, steps }) => {
  const values = readValues(folder);
  const { network, optimizer, batch } = work;
  const [channels, height, width] = network.inputShape;

  const definitions = [{ type: "input", out_sx: width, out_sy: height, out_depth: channels }];
  const named = [];
  for (const [index, layer] of network.layers.entries()) {
    const activation = network.layers[index + 1]?.type === "relu" ? { activation: "relu" } : {};
    if (layer.type === "conv") {
      const { kernel, filters, stride, padding } = layer;
      definitions.push({ type: "conv", sx: kernel, filters, stride, pad: padding, ...activation });
    } else if (layer.type === "maxPool") {
      definitions.push({ type: "pool", sx: layer.size, stride: layer.size });
    } else if (layer.type === "dense") {
      const last = index === network.layers.length - 1 && work.kind === "train";
      definitions.push(
        last
          ? { type: "softmax", num_classes: layer.units }
          : { type: "fc", num_neurons: layer.units, ...activation },
      );
    }
    if (layer.type === "conv" || layer.type === "dense") named.push(layer);
  }
  const net = new convnetjs.Net();
  net.makeLayers(definitions);

  // Volumes keep channels last: [y][x][channel].
  const own = net.layers.filter((layer) => layer.layer_type === "conv" || layer.layer_type === "fc");
  for (const [index, layer] of named.entries()) {
    const weight = values.floats(`${layer.name}.weight`).data;
    const [depth, rows, columns] =
      layer.type === "conv"
        ? [layer.inputs, layer.kernel, layer.kernel]
        : layer.from.length === 3
          ? layer.from
          : [layer.inputs, 1, 1];
    const size = depth * rows * columns;
    for (const [filter, volume] of own[index].filters.entries()) {
      volume.w.set(channelsLast(weight.subarray(filter * size, (filter + 1) * size), depth, rows, columns));
    }
    own[index].biases.w.set(values.floats(`${layer.name}.bias`).data);
  }

  const inputs = values.floats("inputs").data;
  const size = channels * height * width;
  const examples = Array.from({ length: batch }, (_, index) => {
    const volume = new convnetjs.Vol(width, height, channels, 0);
    volume.w.set(channelsLast(inputs.subarray(index * size, (index + 1) * size), channels, height, width));
    return volume;
  });

  if (work.kind === "infer") {
    const step = () => examples.map((example) => Array.from(net.forward(example, false).w));
    return { results: step().flat(), step };
  }

  const trainer = new convnetjs.Trainer(net, {
    method: optimizer.type,
    ro: optimizer.rho,
    eps: optimizer.epsilon,
    batch_size: batch,
    l2_decay: optimizer.weightDecay * batch,
  });
  const labels = values.labels();
  const step = () => {
    let loss = 0;
    for (const [index, example] of examples.entries())
      loss += trainer.train(example, labels[index]).cost_loss;
    return loss / batch;
  };
  return { results: Array.from({ length: steps }, step), step };
});

function channelsLast(data, channels, height, width) {
  const moved = new Float32Array(data.length);
  for (let channel = 0; channel < channels; channel++) {
    for (let cell = 0; cell < height * width; cell++) {
      moved[cell * channels + channel] = data[channel * height * width + cell];
    }
  }
  return moved;
}
