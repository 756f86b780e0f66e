import * as nn from "../nn/index.js";
import { concatenate } from "../tensor/creation.js";
import type { Tensor } from "../tensor/tensor.js";
import { Chain } from "./chain.js";
import { scaled } from "./width.js";

export interface GooglenetOptions {
  /** The paper's network (the default), or torchvision's, which is another reading of it. */
  readonly form?: "paper" | "torchvision";
  /** Default 1000. */
  readonly classes?: number;
  /** Multiplies the numbers of channels; default 1. */
  readonly width?: number;
  /** Two more classifiers on the way, for training; see `heads`. Default false. */
  readonly auxiliary?: boolean;
  /** Share of the last features that training drops; default 0.4 (0.2 in torchvision's form). */
  readonly dropout?: number;
  /** The same for the auxiliary classifiers' hidden units; default 0.7. */
  readonly auxiliaryDropout?: number;
}

/** How convolutions with ReLU are made in one form and width. */
type Make = (filters: number, kernelSize: number, options?: nn.ConvOptions) => nn.Module;

function maker(form: "paper" | "torchvision", width: number): Make {
  return (filters, kernelSize, options) => {
    const bias = form === "paper";
    const conv = nn.conv2d(scaled(filters, width), kernelSize, {
      padding: (kernelSize - 1) / 2,
      bias,
      ...options,
    });
    const norm: Record<string, nn.Module> = bias ? {} : { bn: nn.batchNorm({ epsilon: 1e-3 }) };
    return new Chain("convolution", { conv, ...norm, relu: nn.relu() });
  };
}

/** The greatest of every window, every 2 positions; the last window may hang over the edge. */
const pooling = (window = 3) => nn.maxPool2d(window, { stride: 2, ceilMode: true });

/** Channels of an inception module: 1x1, 3x3 with its reduction, 5x5 with its reduction, after pooling. */
type InceptionPlan = readonly [
  single: number,
  reduce3: number,
  three: number,
  reduce5: number,
  five: number,
  pooled: number,
];

/** Four branches on the same input, joined along the channels: figure 2(b) of the paper. */
class Inception extends nn.Module {
  readonly kind = "inception";
  readonly branch1: nn.Module;
  readonly branch2: nn.Module;
  readonly branch3: nn.Module;
  readonly branch4: nn.Module;

  constructor(make: Make, original: boolean, [single, reduce3, three, reduce5, five, pooled]: InceptionPlan) {
    super();
    this.branch1 = make(single, 1);
    this.branch2 = nn.sequential([make(reduce3, 1), make(three, 3)]);
    this.branch3 = nn.sequential([make(reduce5, 1), make(five, original ? 5 : 3)]);
    this.branch4 = nn.sequential([nn.maxPool2d(3, { stride: 1, padding: 1 }), make(pooled, 1)]);
  }

  protected override compute(x: Tensor, options: nn.ForwardOptions): Tensor {
    const branches = [this.branch1, this.branch2, this.branch3, this.branch4];
    return concatenate(
      branches.map((branch) => branch.forward(x, options)),
      1,
    );
  }
}

const inceptions = {
  "3a": [64, 96, 128, 16, 32, 32],
  "3b": [128, 128, 192, 32, 96, 64],
  "4a": [192, 96, 208, 16, 48, 64],
  "4b": [160, 112, 224, 24, 64, 64],
  "4c": [128, 128, 256, 24, 64, 64],
  "4d": [112, 144, 288, 32, 64, 64],
  "4e": [256, 160, 320, 32, 128, 128],
  "5a": [256, 160, 320, 32, 128, 128],
  "5b": [384, 192, 384, 48, 128, 128],
} as const satisfies Record<string, InceptionPlan>;

/** A classifier in the middle of the network. */
function auxiliaryHead(
  make: Make,
  { form, classes, width, auxiliaryDropout }: Required<GooglenetOptions>,
): nn.Module {
  return new Chain("auxiliaryHead", {
    pool: form === "paper" ? nn.averagePool2d(5, { stride: 3 }) : nn.adaptiveAveragePool2d(4),
    conv: make(128, 1),
    flatten: nn.flatten(),
    fc1: nn.dense(scaled(1024, width)),
    relu: nn.relu(),
    dropout: nn.dropout(auxiliaryDropout),
    fc2: nn.dense(classes),
  });
}

/** GoogLeNet; see `googlenet`. */
export class Googlenet extends nn.Module {
  readonly kind = "googlenet";
  /** What runs one after the other, by name: `conv1`, ..., `inception5b`, ..., `fc`. */
  readonly parts: Readonly<Record<string, nn.Module>>;
  /** The auxiliary classifiers, by the part whose output they read. */
  readonly auxiliary: Readonly<Record<string, nn.Module>>;

  constructor(options: Required<GooglenetOptions>) {
    super();
    const original = options.form === "paper";
    const make = maker(options.form, options.width);
    const inception = (name: keyof typeof inceptions) => new Inception(make, original, inceptions[name]);
    this.parts = {
      conv1: make(64, 7, { stride: 2 }),
      maxpool1: pooling(),
      ...(original ? { norm1: nn.localResponseNorm(5) } : {}),
      conv2: make(64, 1),
      conv3: make(192, 3),
      ...(original ? { norm2: nn.localResponseNorm(5) } : {}),
      maxpool2: pooling(),
      inception3a: inception("3a"),
      inception3b: inception("3b"),
      maxpool3: pooling(),
      inception4a: inception("4a"),
      inception4b: inception("4b"),
      inception4c: inception("4c"),
      inception4d: inception("4d"),
      inception4e: inception("4e"),
      maxpool4: pooling(original ? 3 : 2),
      inception5a: inception("5a"),
      inception5b: inception("5b"),
      avgpool: nn.globalAveragePool(),
      dropout: nn.dropout(options.dropout),
      fc: nn.dense(options.classes),
    };
    this.auxiliary = options.auxiliary
      ? { inception4a: auxiliaryHead(make, options), inception4d: auxiliaryHead(make, options) }
      : {};
  }

  protected override members() {
    const heads = Object.values(this.auxiliary).map((head, i) => [`aux${i + 1}`, head] as const);
    return [...Object.entries(this.parts), ...heads];
  }

  /** The main classifier's logits. */
  protected override compute(x: Tensor, options: nn.ForwardOptions): Tensor {
    return this.#run(x, options, (head) => !head.built).logits;
  }

  /**
   * The logits of the main and of the auxiliary classifiers. The paper trains on the sum of the first's loss and 0.3
   * times the others', and forgets the others afterwards.
   */
  heads(
    x: Tensor,
    options: nn.ForwardOptions = {},
  ): { readonly logits: Tensor; readonly auxiliary: Tensor[] } {
    return this.#run(x, options, () => true);
  }

  #run(x: Tensor, options: nn.ForwardOptions, wanted: (head: nn.Module) => boolean) {
    const auxiliary: Tensor[] = [];
    let logits = x;
    for (const [name, part] of Object.entries(this.parts)) {
      logits = part.forward(logits, options);
      const head = this.auxiliary[name];
      if (head && wanted(head)) auxiliary.push(head.forward(logits, options));
    }
    return { logits, auxiliary };
  }
}

/**
 * GoogLeNet (Inception v1): a stem and nine inception modules. Made for inputs `[3, 224, 224]`; any from `[3, 32, 32]`
 * will do (from 79 x 79 on with the paper's auxiliary classifiers).
 *
 * The paper's form has 5x5 convolutions, biases, and normalizes the responses in its stem: 6,998,552 parameters. The
 * other is torchvision's, whose names the variables have (`inception3a.branch1.conv.weight`): batch normalization
 * instead of biases, and 3x3 convolutions in place of 5x5: 6,624,904 parameters.
 *
 * Source: Szegedy et al., "Going deeper with convolutions", 2014, table 1 and figure 3.
 */
export function googlenet({
  form = "paper",
  classes = 1000,
  width = 1,
  auxiliary = false,
  dropout = form === "paper" ? 0.4 : 0.2,
  auxiliaryDropout = 0.7,
}: GooglenetOptions = {}): Googlenet {
  return new Googlenet({ form, classes, width, auxiliary, dropout, auxiliaryDropout });
}
