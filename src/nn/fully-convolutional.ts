import type { Variable } from "../runtime/variable.js";
import { formatShape, type Shape, ShapeError } from "../shape/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { Activation } from "./activations.js";
import { Dense } from "./dense.js";
import { Flatten } from "./flatten.js";
import { GlobalAveragePool, GlobalMaxPool } from "./global-pool.js";
import { Module } from "./module.js";
import { AveragePool, MaxPool } from "./pool.js";
import type { LayerWindow } from "./receptive-field.js";
import { Sequential } from "./sequential.js";

/** A dense layer that reads boxes of `[channels, ...extents]`, wherever they are: a convolution with the dense layer's weights. */
class SlidingDense extends Module {
  readonly kind = "slidingDense";
  readonly extents: Shape;
  readonly weight: Variable;
  readonly bias: Variable | undefined;

  constructor({ weight, bias }: Dense, extents: Shape) {
    super();
    this.extents = extents;
    this.weight = weight;
    this.bias = bias;
  }

  override reach(): LayerWindow {
    return {
      kernel: this.extents,
      strides: this.extents.map(() => 1),
      padding: this.extents.map(() => [0, 0]),
      dilation: this.extents.map(() => 1),
    };
  }

  override multiplyAdds(_inputShape: Shape, outputShape: Shape): number {
    return outputShape.slice(1).reduce((product, extent) => product * extent, this.weight.size);
  }

  protected override compute(x: Tensor): Tensor {
    const units = this.weight.shape[0]!;
    const y = x.convolution(this.weight.value.reshape([units, x.shape[1]!, ...this.extents]));
    return this.bias ? y.add(this.bias.value.reshape([units, ...this.extents.map(() => 1)])) : y;
  }
}

/**
 * A classifier as a network that slides over inputs of any size from the one on for which it was built: dense layers
 * become convolutions as large as the features that they read, global pooling becomes pooling of that size. The result
 * is `[N, units, ...places]`, one place for every position that the features before can be at; on an input of the
 * classifier's own size there is one.
 *
 * The layers and variables are the classifier's own, so training either changes both. Where nothing before is padded, each
 * place has the value that the classifier gives for the input cut out there; with padding they differ, because a cut
 * has zeros around it where the whole has its neighbours.
 *
 * @param model built for inputs `[channels, ...spatial]`: layers that keep positions, then `flatten` or global pooling, then
 *   dense layers and what works on each value or channel by itself
 * @throws if the model is not built; ShapeError naming the layer that cannot slide
 *
 * Source: Long, Shelhamer and Darrell, "Fully convolutional networks for semantic segmentation", 2015, section 3.1.
 */
export function toFullyConvolutional(model: Sequential): Sequential {
  const { inputShape } = model;
  const sliding = convert(model, { extents: undefined }, "");
  sliding.build(inputShape);
  return sliding;
}

/** Extents of the features that were flattened, once they are; ones after the first dense layer. */
interface Head {
  extents: Shape | undefined;
}

function convert(model: Sequential, head: Head, path: string): Sequential {
  // Each layer keeps its place: layers know themselves by it, and these belong to the classifier too.
  return new Sequential(
    model.layers.map((layer, i) => {
      const at = path ? `${path}.${i}` : `${i}`;
      return layer instanceof Sequential ? convert(layer, head, at) : slide(layer, head, at);
    }),
  );
}

function slide(layer: Module, head: Head, path: string): Module {
  const { inputShape } = layer;
  const spatial = inputShape.slice(1);
  if (head.extents === undefined && spatial.length > 0) {
    const ones = spatial.map(() => 1);
    if (layer instanceof Flatten) {
      head.extents = spatial;
      return new Activation("identity", (x) => x);
    }
    if (layer instanceof GlobalAveragePool || layer instanceof GlobalMaxPool) {
      head.extents = ones;
      const Pool = layer instanceof GlobalMaxPool ? MaxPool : AveragePool;
      return new Pool(spatial.length, spatial, { stride: 1 });
    }
    if (!(layer instanceof Dense)) return layer;
  } else if (head.extents !== undefined) {
    if (layer instanceof Dense) {
      const sliding = new SlidingDense(layer, head.extents);
      head.extents = head.extents.map(() => 1);
      return sliding;
    }
    if (layer instanceof Flatten) return new Activation("identity", (x) => x);
    // Values of one position are channels now, which must not be mixed up with others before a dense layer.
    if (layer.reach(inputShape) === "pointwise") return layer;
  }
  throw new ShapeError(
    `toFullyConvolutional: layer ${path} (${layer.kind}), whose input is ${formatShape(inputShape)}, cannot slide; ` +
      "it takes layers that keep positions, then flatten or global pooling, then dense layers and activations",
  );
}
