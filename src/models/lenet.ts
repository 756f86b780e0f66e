import * as nn from "../nn/index.js";
import type { Variable } from "../runtime/variable.js";
import { formatShape, type Shape, ShapeError, sizeOf } from "../shape/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { Chain } from "./chain.js";
import { digitCodes } from "./digit-codes.js";

/** Which of S2's six maps each of C3's sixteen sees: table I of the paper. */
export const lenetConnections: nn.ConnectionTable = [
  ...["012", "123", "234", "345", "045", "015", "0123", "1234", "2345", "0345", "0145", "0125"],
  ...["0134", "1245", "0235", "012345"],
].map((maps) => [...maps].map(Number));

/** Surrounds images smaller than 32 x 32 with `background`, so that strokes at their edges are seen as a whole. */
class Border extends nn.Module {
  readonly kind = "border";
  readonly background: number;

  constructor(background: number) {
    super();
    this.background = background;
  }

  override reach([, ...spatial]: Shape): nn.LayerWindow {
    return { kernel: [1, 1], strides: [1, 1], padding: borders(spatial), dilation: [1, 1] };
  }

  protected override compute(x: Tensor): Tensor {
    const [, , ...spatial] = x.shape;
    if (spatial.length !== 2 || spatial.some((extent) => extent > 32)) {
      throw new ShapeError(
        `lenet5: an example is ${formatShape(x.shape.slice(1))}, but must be [1, 32, 32], or smaller`,
      );
    }
    return x.pad([[0, 0], [0, 0], ...borders(spatial)], this.background);
  }
}

/** What is missing to 32 x 32, half of it before. */
function borders(spatial: Shape): (readonly [number, number])[] {
  return spatial.map((extent) => [Math.floor((32 - extent) / 2), Math.ceil((32 - extent) / 2)]);
}

/** `1.7159 tanh(2/3 x)`: 1 at 1, with its greatest curvature there. */
const squash = () =>
  new nn.Activation("scaledTanh", (x) =>
    x
      .multiply(2 / 3)
      .tanh()
      .multiply(1.7159),
  );

/** Uniform with variance `1 / fanIn`, which this transfer function keeps: LeCun et al., "Efficient BackProp", 1998, 4.6. */
const fanInUniform: nn.Initializer = (shape, fanIn, fanOut, stream) => {
  const bound = Math.sqrt(3 / fanIn);
  return nn.init.uniform(-bound, bound)(shape, fanIn, fanOut, stream);
};

/**
 * The sum of each 2x2 window, times a trainable coefficient, plus a trainable bias, one of each for a channel:
 * `[N, C, H, W]` -> `[N, C, H / 2, W / 2]`. The coefficient starts at 1/2, which keeps the variance of four values that
 * have nothing to do with each other.
 */
class Subsampling extends nn.Module {
  readonly kind = "subsampling";
  weight!: Variable;
  bias!: Variable;

  override reach(): nn.LayerWindow {
    return {
      kernel: [2, 2],
      strides: [2, 2],
      padding: [
        [0, 0],
        [0, 0],
      ],
      dilation: [1, 1],
    };
  }

  override multiplyAdds(inputShape: Shape): number {
    return sizeOf(inputShape);
  }

  protected override createVariables(inputShape: Shape, context: nn.BuildContext): void {
    const channels = [inputShape[0]!];
    this.weight = context.variable("weight", channels, { initializer: nn.init.constant(1 / 2) });
    this.bias = context.variable("bias", channels, { initializer: nn.init.zeros });
  }

  protected override compute(x: Tensor): Tensor {
    const perChannel = [1, this.weight.size, 1, 1];
    const sums = x.averagePool(2).multiply(4);
    return sums.multiply(this.weight.value.reshape(perChannel)).add(this.bias.value.reshape(perChannel));
  }
}

/**
 * Radial basis functions: minus the squared distance from the input to each class's code, `[N, 84]` -> `[N, 10]`. The
 * codes, pictures of the digits made of 1 and -1, are not trained.
 */
class RadialBasis extends nn.Module {
  readonly kind = "radialBasis";
  weight!: Variable;

  override reach(): "global" {
    return "global";
  }

  override multiplyAdds(): number {
    return this.weight.size;
  }

  protected override createVariables(_inputShape: Shape, context: nn.BuildContext): void {
    const codes = digitCodes();
    const shape = [codes.length, codes[0]!.length];
    const initializer = () => Float32Array.from(codes.flat());
    this.weight = context.variable("weight", shape, { initializer, trainable: false });
  }

  protected override compute(x: Tensor): Tensor {
    const inputs = this.weight.shape[1]!;
    if (x.shape[1] !== inputs) {
      throw new ShapeError(
        `${this.kind}: the codes have ${inputs} values, but an example is ${formatShape(x.shape.slice(1))}`,
      );
    }
    return x.expandDimensions(1).subtract(this.weight.value).square().sum(2).negate();
  }
}

export interface Lenet5Options {
  /**
   * "rbf" (the default): minus the squared distances to the codes of the ten digits, as in the paper; "dense": a trained
   * linear layer, for any number of classes.
   */
  readonly output?: "rbf" | "dense";
  /** Of a dense output; default 10. */
  readonly classes?: number;
  /** What surrounds images smaller than 32 x 32; default 0. */
  readonly background?: number;
}

/**
 * LeNet-5 as published, for inputs `[1, 32, 32]`, or smaller ones, which get a border: exactly 60,000 parameters. Kept: C3's table of connections,
 * subsampling with coefficients, the scaled tanh after every layer, the radial basis functions with fixed codes. Its
 * outputs are logits for `losses.crossEntropy`, which is the paper's criterion (equation 9) without the class of
 * rubbish. Not kept: the paper's method of training, and its first values, uniform in ±2.4 / fanIn;
 * those here are the authors' of "Efficient BackProp", of the same year.
 *
 * Source: LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition", 1998, section
 * II.B and appendix A.
 */
export function lenet5({ output = "rbf", classes = 10, background = 0 }: Lenet5Options = {}) {
  if (output === "rbf" && classes !== 10) {
    throw new RangeError(
      `lenet5: classes is ${classes}, but the codes of its output are those of the 10 digits; use output: "dense"`,
    );
  }
  const options = { initializer: fanInUniform };
  return new Chain("lenet5", {
    border: new Border(background),
    c1: nn.conv2d(6, 5, options),
    squash1: squash(),
    s2: new Subsampling(),
    squash2: squash(),
    c3: nn.connectedConv2d(lenetConnections, 5, options),
    squash3: squash(),
    s4: new Subsampling(),
    squash4: squash(),
    c5: nn.conv2d(120, 5, options),
    squash5: squash(),
    flatten: nn.flatten(),
    f6: nn.dense(84, options),
    squash6: squash(),
    output: output === "rbf" ? new RadialBasis() : nn.dense(classes, options),
  });
}

export interface LenetOptions {
  /** Default 10. */
  readonly classes?: number;
}

/**
 * LeNet-5's sizes with today's layers (ReLU, maximum pooling, full connections, a trained output), for inputs
 * `[1, 28, 28]`: 61,706 parameters.
 */
export function lenet({ classes = 10 }: LenetOptions = {}) {
  return new Chain("lenet", {
    conv1: nn.conv2d(6, 5, { padding: 2 }),
    relu1: nn.relu(),
    pool1: nn.maxPool2d(2),
    conv2: nn.conv2d(16, 5),
    relu2: nn.relu(),
    pool2: nn.maxPool2d(2),
    flatten: nn.flatten(),
    fc1: nn.dense(120),
    relu3: nn.relu(),
    fc2: nn.dense(84),
    relu4: nn.relu(),
    fc3: nn.dense(classes),
  });
}
