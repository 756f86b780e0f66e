// A network as an ONNX model: just enough of the format (onnx.proto, IR version 8, operators of version 17) for
// inference. Protocol Buffers: a field is its number and wire type, then a varint, four bytes, or length and bytes.

const FLOAT = 1;
const ATTRIBUTE = { float: 1, int: 2, ints: 7 };

/** @param {number} value not negative */
function varint(value) {
  const bytes = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

/** @param {readonly Uint8Array[]} parts */
const join = (parts) => new Uint8Array(Buffer.concat(parts));
/** @param {number} field @param {number} value */
const integer = (field, value) => join([varint(field * 8), varint(value)]);
/** @param {number} field @param {Uint8Array} bytes */
const block = (field, bytes) => join([varint(field * 8 + 2), varint(bytes.length), bytes]);
/** @param {number} field @param {string} text */
const text = (field, text) => block(field, new TextEncoder().encode(text));
/** @param {number} field @param {number} value */
const float = (field, value) => join([varint(field * 8 + 5), new Uint8Array(Float32Array.of(value).buffer)]);

/** @param {string} name @param {number | { float: number } | readonly number[]} value */
function attribute(name, value) {
  const parts = [text(1, name)];
  if (typeof value === "number") parts.push(integer(3, value), integer(20, ATTRIBUTE.int));
  else if ("float" in value) parts.push(float(2, value.float), integer(20, ATTRIBUTE.float));
  else parts.push(...value.map((item) => integer(8, item)), integer(20, ATTRIBUTE.ints));
  return block(5, join(parts));
}

/** @param {string} name @param {readonly number[]} shape */
function typed(name, shape) {
  const dimensions = join(shape.map((extent) => block(1, integer(1, extent))));
  const tensor = join([integer(1, FLOAT), block(2, dimensions)]);
  return join([text(1, name), block(2, block(1, tensor))]);
}

/**
 * @param {import("./works.mjs").Work} work
 * @param {(name: string) => { shape: readonly number[], data: Float32Array }} floats initial values by name
 * @returns {{ model: Uint8Array, inputs: string[] }} the model, and the names of its inputs; its output is `output`
 */
export function onnxModel(work, floats) {
  /** @type {Uint8Array[]} */
  const graph = [];
  let count = 0;
  /**
   * @param {string} type
   * @param {readonly string[]} inputs
   * @param {Record<string, number | { float: number } | readonly number[]>} [attributes]
   * @param {string} [output]
   */
  const node = (type, inputs, attributes = {}, output = `value${count++}`) => {
    const parts = [...inputs.map((input) => text(1, input)), text(2, output), text(4, type)];
    for (const [name, value] of Object.entries(attributes)) parts.push(attribute(name, value));
    graph.push(block(1, join(parts)));
    return output;
  };
  /** @param {string} name */
  const constant = (name) => {
    const { shape, data } = floats(name);
    const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const dimensions = shape.map((extent) => integer(1, extent));
    graph.push(block(5, join([...dimensions, integer(2, FLOAT), text(8, name), block(9, raw)])));
    return name;
  };
  /** @param {readonly import("./network.mjs").LayerSpec[]} layers @param {string} input @returns {string} */
  const apply = (layers, input) =>
    layers.reduce((x, layer) => {
      if (layer.type === "relu") return node("Relu", [x]);
      if (layer.type === "flatten") return node("Flatten", [x]);
      if (layer.type === "globalAverage") return node("Flatten", [node("GlobalAveragePool", [x])]);
      if (layer.type === "residual") return node("Add", [apply(layer.body, x), apply(layer.shortcut, x)]);
      if (layer.type === "maxPool") {
        const window = [layer.size, layer.size];
        return node("MaxPool", [x], { kernel_shape: window, strides: window });
      }
      const { name } = layer;
      if (layer.type === "conv") {
        const { kernel, stride, padding, bias } = layer;
        return node("Conv", [x, constant(`${name}.weight`), ...(bias ? [constant(`${name}.bias`)] : [])], {
          kernel_shape: [kernel, kernel],
          strides: [stride, stride],
          pads: [padding, padding, padding, padding],
        });
      }
      if (layer.type === "dense") {
        return node("Gemm", [x, constant(`${name}.weight`), constant(`${name}.bias`)], { transB: 1 });
      }
      const statistics = ["weight", "bias", "running_mean", "running_var"];
      return node("BatchNormalization", [x, ...statistics.map((part) => constant(`${name}.${part}`))], {
        epsilon: { float: 1e-5 },
      });
    }, input);

  const inputs = work.kind === "matmul" ? ["a", "b"] : ["inputs"];
  const shapes = inputs.map((name) => floats(name).shape);
  const result = work.network ? apply(work.network.layers, "inputs") : node("MatMul", ["a", "b"]);
  node("Identity", [result], {}, "output");
  graph.push(text(2, "network"));
  for (const [index, name] of inputs.entries()) graph.push(block(11, typed(name, shapes[index] ?? [])));
  const outputShape = work.network ? [work.batch, 10] : (shapes[0] ?? []);
  graph.push(block(12, typed("output", outputShape)));
  const operators = block(8, join([text(1, ""), integer(2, 17)]));
  return { model: join([integer(1, 8), block(7, join(graph)), operators]), inputs };
}
