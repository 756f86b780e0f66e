import { type Shape, ShapeError, sizeOf } from "../shape/shape.js";
import { tensor } from "../tensor/creation.js";
import { scatterAdd } from "../tensor/indexing.js";
import { Tensor } from "../tensor/tensor.js";
import type { BuildContext } from "./build-context.js";
import { Conv } from "./conv.js";
import type { ConvLayerOptions } from "./conv-layer.js";
import { heNormal, type Initializer, zeros } from "./init.js";

/** For each filter, the input channels that it sees. */
export type ConnectionTable = readonly (readonly number[])[];

/**
 * Convolution whose filters each see only some of the input channels, as a table says: `Conv` with a kernel for each
 * connection, and none for the others.
 *
 *     y[n, o, p] = bias[o] + sum over c in table[o], over k of x[n, c, p stride + k dilation - padding] weight[(o, c), k]
 *
 * `[N, C, ...S]` -> `[N, filters, ...S']`; `weight` is `[connections, ...kernelSize]`, in the order of the table, and
 * `bias` `[filters]`. It computes the dense convolution, with zeros where there is no connection.
 *
 * Source: LeCun et al., "Gradient-based learning applied to document recognition", 1998, table I (LeNet-5's C3).
 */
export class ConnectedConv extends Conv {
  readonly table: ConnectionTable;
  /** The place of each connection among all pairs of a filter and a channel, int32. */
  #places: Tensor | undefined;

  constructor(
    rank: number,
    table: ConnectionTable,
    kernelSize: number | readonly number[],
    options: ConvLayerOptions = {},
  ) {
    super(rank, table.length, kernelSize, options, `connectedConv${rank}d`);
    for (const [filter, channels] of table.entries()) {
      const valid = (channel: number) => Number.isInteger(channel) && channel >= 0;
      if (channels.length === 0 || !channels.every(valid) || new Set(channels).size < channels.length) {
        throw new ShapeError(
          `${this.kind}: filter ${filter} sees channels [${channels.join(", ")}]; it must see at least one, and each once`,
        );
      }
    }
    this.table = table.map((channels) => [...channels]);
  }

  /** Number of pairs of a filter and a channel that it sees. */
  get connections(): number {
    return this.table.flat().length;
  }

  /** Those of the connections; the zeros between them, which are multiplied too, do not count. */
  override multiplyAdds(_inputShape: Shape, outputShape: Shape): number {
    return sizeOf(outputShape.slice(1)) * this.weight.size;
  }

  protected override createVariables(inputShape: Shape, context: BuildContext): void {
    const channels = this.channelsOf(inputShape);
    for (const [filter, seen] of this.table.entries()) {
      if (seen.some((channel) => channel >= channels)) {
        throw new ShapeError(
          `${this.kind}: filter ${filter} sees channels [${seen.join(", ")}], but the input has only ${channels}`,
        );
      }
    }
    const { bias = true, initializer = heNormal, biasInitializer = zeros } = this.options;
    const cells = sizeOf(this.kernelSize);
    // Filters see different numbers of channels, so each is drawn for itself.
    const eachFilter: Initializer = (_shape, _fanIn, fanOut, stream) =>
      Float32Array.from(
        this.table.flatMap((seen) => [
          ...initializer([seen.length, ...this.kernelSize], seen.length * cells, fanOut, stream),
        ]),
      );
    const shape = [this.connections, ...this.kernelSize];
    const fans = {
      fanIn: (this.connections / this.filters) * cells,
      fanOut: (this.connections / channels) * cells,
    };
    this.weight = context.variable("weight", shape, { initializer: eachFilter, ...fans });
    if (bias) this.bias = context.variable("bias", [this.filters], { initializer: biasInitializer, ...fans });
    const places = this.table.flatMap((seen, filter) => seen.map((channel) => filter * channels + channel));
    this.#places = tensor(Int32Array.from(places));
  }

  protected override denseKernel(): Tensor {
    const [channels] = this.inputShape;
    const dense = scatterAdd(this.weight.value.node, this.#places!.node, 0, this.filters * channels!);
    return new Tensor(dense).reshape([this.filters, channels!, ...this.kernelSize]);
  }
}

/** Convolution over `[N, C, H, W]` with a table of connections between channels; see `ConnectedConv`. */
export function connectedConv2d(
  table: ConnectionTable,
  kernelSize: number | readonly number[],
  options?: ConvLayerOptions,
): ConnectedConv {
  return new ConnectedConv(2, table, kernelSize, options);
}
