// Networks as plain data, which every side turns into its own layers. Names of values are those of PyTorch.

/**
 * @typedef {{ type: "conv", name: string, inputs: number, filters: number, kernel: number, stride: number, padding: number, bias: boolean }} ConvSpec
 * @typedef {{ type: "dense", name: string, inputs: number, units: number, from: readonly number[] }} DenseSpec
 *   `from` is the shape before flattening, for sides whose channels come last.
 * @typedef {{ type: "norm", name: string, channels: number }} NormSpec
 * @typedef {{ type: "relu" | "flatten" | "globalAverage" }} PlainSpec
 * @typedef {{ type: "maxPool", size: number }} PoolSpec
 * @typedef {{ type: "residual", body: readonly LayerSpec[], shortcut: readonly LayerSpec[] }} ResidualSpec
 * @typedef {ConvSpec | DenseSpec | NormSpec | PlainSpec | PoolSpec | ResidualSpec} LayerSpec
 * @typedef {{ inputShape: readonly number[], layers: readonly LayerSpec[], multiplyAdds: number }} NetworkSpec
 * @typedef {{ name: string, shape: readonly number[], from: number, to: number }} ValueSpec uniform in `from .. to`
 */

/** Writes a network down layer by layer, and keeps track of shapes and of the work that one example takes. */
export class NetworkBuilder {
  /** @type {LayerSpec[]} */
  layers = [];
  multiplyAdds = 0;

  /**
   * @param {readonly number[]} inputShape of one example: channels, height, width; or features
   * @param {string} prefix of names
   */
  constructor(inputShape, prefix = "") {
    this.inputShape = inputShape;
    this.shape = inputShape;
    this.prefix = prefix;
  }

  #name() {
    return `${this.prefix}${this.layers.length}`;
  }

  /**
   * @param {number} filters
   * @param {number} kernel
   * @param {{ stride?: number, padding?: number, bias?: boolean }} [options] by default as many outputs as inputs
   */
  conv(filters, kernel, { stride = 1, padding = kernel >> 1, bias = true } = {}) {
    const [inputs = 0, height = 0, width = 0] = this.shape;
    this.layers.push({ type: "conv", name: this.#name(), inputs, filters, kernel, stride, padding, bias });
    const extent = (/** @type {number} */ size) => Math.floor((size + 2 * padding - kernel) / stride) + 1;
    this.shape = [filters, extent(height), extent(width)];
    this.multiplyAdds += filters * extent(height) * extent(width) * inputs * kernel * kernel;
    return this;
  }

  norm() {
    this.layers.push({ type: "norm", name: this.#name(), channels: this.shape[0] ?? 0 });
    return this;
  }

  relu() {
    this.layers.push({ type: "relu" });
    return this;
  }

  /** @param {number} size of the window, and the distance between windows; must tile the input */
  maxPool(size) {
    const [channels = 0, height = 0, width = 0] = this.shape;
    this.layers.push({ type: "maxPool", size });
    this.shape = [channels, height / size, width / size];
    return this;
  }

  globalAverage() {
    this.layers.push({ type: "globalAverage" });
    this.shape = [this.shape[0] ?? 0];
    return this;
  }

  /** @param {number} units */
  dense(units) {
    if (this.shape.length > 1) this.layers.push({ type: "flatten" });
    const inputs = this.shape.reduce((product, extent) => product * extent, 1);
    this.layers.push({ type: "dense", name: this.#name(), inputs, units, from: this.shape });
    this.shape = [units];
    this.multiplyAdds += inputs * units;
    return this;
  }

  /**
   * The basic block of He et al., "Deep residual learning for image recognition", 2016, with a projection where
   * shapes differ.
   * @param {number} channels
   * @param {number} stride
   */
  residual(channels, stride) {
    const name = this.#name();
    const body = new NetworkBuilder(this.shape, `${name}.body.`);
    body.conv(channels, 3, { stride, bias: false }).norm().relu().conv(channels, 3, { bias: false }).norm();
    const shortcut = new NetworkBuilder(this.shape, `${name}.shortcut.`);
    if (stride !== 1 || this.shape[0] !== channels) {
      shortcut.conv(channels, 1, { stride, bias: false }).norm();
    }
    this.layers.push({ type: "residual", body: body.layers, shortcut: shortcut.layers });
    this.shape = body.shape;
    this.multiplyAdds += body.multiplyAdds + shortcut.multiplyAdds;
    return this.relu();
  }

  /** @returns {NetworkSpec} */
  finish() {
    return { inputShape: this.inputShape, layers: this.layers, multiplyAdds: this.multiplyAdds };
  }
}

/**
 * Every parameter and running statistic, with the range of its first values: He et al., "Delving deep into
 * rectifiers", 2015, for weights; small but not zero for the rest, so that a value in the wrong place is noticed.
 * @param {readonly LayerSpec[]} layers
 * @returns {ValueSpec[]}
 */
export function valuesOf(layers) {
  return layers.flatMap((layer) => {
    if (layer.type === "residual") return [...valuesOf(layer.body), ...valuesOf(layer.shortcut)];
    const value = (/** @type {string} */ suffix, /** @type {number[]} */ shape, from = -0.1, to = 0.1) => ({
      name: `${"name" in layer ? layer.name : ""}.${suffix}`,
      shape,
      from,
      to,
    });
    if (layer.type === "conv") {
      const { inputs, filters, kernel } = layer;
      const bound = Math.sqrt(6 / (inputs * kernel * kernel));
      const weight = value("weight", [filters, inputs, kernel, kernel], -bound, bound);
      return layer.bias ? [weight, value("bias", [filters])] : [weight];
    }
    if (layer.type === "dense") {
      const bound = Math.sqrt(6 / layer.inputs);
      return [value("weight", [layer.units, layer.inputs], -bound, bound), value("bias", [layer.units])];
    }
    if (layer.type === "norm") {
      const shape = [layer.channels];
      return [
        value("weight", shape, 0.9, 1.1),
        value("bias", shape),
        value("running_mean", shape),
        value("running_var", shape, 0.5, 1.5),
      ];
    }
    return [];
  });
}
