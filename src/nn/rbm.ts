import type { Generator } from "../random/generator.js";
import type { Variable } from "../runtime/variable.js";
import { formatShape, type Shape, ShapeError, sameShape } from "../shape/shape.js";
import { concatenate, oneHot } from "../tensor/creation.js";
import type { Tensor } from "../tensor/tensor.js";
import type { BuildContext } from "./build-context.js";
import { requireCount } from "./check.js";
import { type Initializer, normal, zeros } from "./init.js";
import { Module } from "./module.js";

export interface RbmOptions {
  /** How many visible units, the last ones, are one softmax group, of which one is on: the class beside an image. Default 0. */
  readonly classes?: number;
  /** Default: normal with a standard deviation of 0.01, as the practical guide advises in section 8. */
  readonly initializer?: Initializer;
  /** Default `zeros`; the guide advises `log(p / (1 - p))` for a unit that is on in a share `p` of the data. */
  readonly visibleBiasInitializer?: Initializer;
}

/**
 * Restricted Boltzmann machine: `inputs` visible and `units` hidden binary units, each visible one connected with each hidden
 * one, with the joint distribution `p(v, h) = exp(-E(v, h)) / Z`,
 *
 *     E(v, h) = -v b - h c - h W v
 *     p(h = 1 | v) = sigmoid(W v + c),   p(v = 1 | h) = sigmoid(h W + b)
 *
 * As a layer it maps `[N, inputs]` to the probabilities of the hidden units, `[N, units]`, so that stacked machines are an
 * `nn.sequential` that backpropagation can fine-tune. `weight` is `[units, inputs]` as in a dense layer, `bias` is c and
 * `visibleBias` is b. Samples come from a random generator of the layer's own, whose state is a variable.
 *
 * Source: Hinton, "Training products of experts by minimizing contrastive divergence", 2002; "A practical guide to training
 * restricted Boltzmann machines", 2010.
 */
export class Rbm extends Module {
  readonly kind = "rbm";
  readonly units: number;
  readonly options: RbmOptions;
  weight!: Variable;
  bias!: Variable;
  visibleBias!: Variable;
  /** State of the random generator. */
  generator!: Variable;
  #source!: Generator;

  constructor(units: number, options: RbmOptions = {}) {
    super();
    this.units = requireCount(units, "units", this.kind);
    this.options = options;
    if (options.classes !== undefined) requireCount(options.classes, "classes", this.kind);
  }

  override reach(): "global" {
    return "global";
  }

  override multiplyAdds([inputs = 0]: Shape): number {
    return inputs * this.units;
  }

  protected override createVariables(inputShape: Shape, context: BuildContext): void {
    const { initializer = normal(0, 0.01), visibleBiasInitializer = zeros } = this.options;
    const [inputs] = inputShape;
    if (inputs === undefined || inputShape.length > 1 || inputs <= this.#classes) {
      throw new ShapeError(
        `rbm: an example is ${formatShape(inputShape)}, but must be [inputs]` +
          (this.#classes ? `, with more inputs than the ${this.#classes} classes at their end` : "") +
          (inputShape.length > 1 ? "; put nn.flatten() before it" : ""),
      );
    }
    const fans = { fanIn: inputs, fanOut: this.units };
    this.weight = context.variable("weight", [this.units, inputs], { initializer, ...fans });
    this.bias = context.variable("bias", [this.units], { initializer: zeros, ...fans });
    this.visibleBias = context.variable("visibleBias", [inputs], {
      initializer: visibleBiasInitializer,
      ...fans,
    });
    this.#source = context.generator("generator");
    this.generator = this.#source.state;
  }

  protected override compute(visible: Tensor): Tensor {
    return this.hidden(visible);
  }

  /** Probabilities of the hidden units `[N, units]`, given the visible ones. */
  hidden(visible: Tensor): Tensor {
    return this.#hiddenInput(visible).sigmoid();
  }

  /** Probabilities of the visible units `[N, inputs]`, given the hidden ones: what the machine imagines there. */
  visible(hidden: Tensor): Tensor {
    const [binary, logits] = this.#visibleInput(hidden);
    return logits ? concatenate([binary.sigmoid(), logits.softmax(1)], 1) : binary.sigmoid();
  }

  /** Hidden units drawn given the visible ones, each 0 or 1. */
  sampleHidden(visible: Tensor): Tensor {
    return this.#draw(this.hidden(visible));
  }

  /** Visible units drawn given the hidden ones, each 0 or 1; of the classes, one is 1. */
  sampleVisible(hidden: Tensor): Tensor {
    const [binary, logits] = this.#visibleInput(hidden);
    const drawn = this.#draw(binary.sigmoid());
    if (!logits) return drawn;
    // The greatest of logits + Gumbel noise is a draw from their softmax.
    const noise = this.#source.uniform(logits.shape).log().negate().log().negate();
    return concatenate([drawn, oneHot(logits.add(noise).argmax(1), this.#classes)], 1);
  }

  /**
   * Alternates `sampleHidden` and `sampleVisible`, `steps` times: towards a sample of the machine's own distribution.
   * @param label if given, the class units keep this, `[N, classes]`
   */
  gibbs(visible: Tensor, steps = 1, label?: Tensor): Tensor {
    requireCount(steps, "steps", this.kind);
    if (label && !sameShape(label.shape, [visible.shape[0]!, this.#requireClasses("a label")])) {
      throw new ShapeError(
        `rbm: the label is ${formatShape(label.shape)}, but must be [${visible.shape[0]}, ${this.#classes}]`,
      );
    }
    let sample = visible;
    for (let step = 0; step < steps; step++) {
      sample = this.sampleVisible(this.sampleHidden(sample));
      if (label) sample = concatenate([this.#withoutClasses(sample), label], 1);
    }
    return sample;
  }

  /** `E(v, h)` for each row: `[N]`. */
  energy(visible: Tensor, hidden: Tensor): Tensor {
    const pairs = this.#hiddenInput(visible).multiply(hidden).sum(1);
    return visible.matmul(this.visibleBias.value).add(pairs).negate();
  }

  /** `F(v) = -log(sum over h of exp(-E(v, h))) = -v b - sum over hidden units of softplus(W v + c)`: `[N]`. */
  freeEnergy(visible: Tensor): Tensor {
    const hidden = this.#hiddenInput(visible).softplus().sum(1);
    return visible.matmul(this.visibleBias.value).add(hidden).negate();
  }

  /**
   * Logits of the classes, `[N, classes]`, for features `[N, inputs - classes]`: `-F(features, class)`, so that their softmax
   * is exactly the machine's p(class | features). Section 16 of the practical guide.
   */
  classLogits(features: Tensor): Tensor {
    const classes = this.#requireClasses("classLogits");
    const weight = this.weight.value;
    const fromFeatures = features.matmul(weight.slice([0], [this.units, -classes]).transpose());
    const fromClass = weight.slice([0, -classes]).transpose().add(this.bias.value);
    const hidden = fromFeatures.expandDimensions(1).add(fromClass).softplus().sum(2);
    return hidden.add(this.visibleBias.value.slice([-classes]));
  }

  /**
   * A scalar whose gradient is that of contrastive divergence, for an optimizer to minimize:
   *
   *     mean of F(data) - mean of F(samples),   samples = gibbs(data, steps), constant
   *
   * Its gradient for W is `-(<h v> under data - <h v> under samples)`, with probabilities for the h of both. With many steps,
   * it approaches that of the mean negative log-likelihood. Its value says little; watch the free energy or a reconstruction.
   *
   * @param options.steps k of CD-k, default 1
   * @param options.chains a variable `[chains, inputs]`, not trainable: the samples go on from where the last step left them,
   *   rather than from the data, and are kept there (persistent contrastive divergence; Tieleman, "Training restricted
   *   Boltzmann machines using approximations to the likelihood gradient", 2008)
   */
  contrastiveDivergence(
    data: Tensor,
    { steps = 1, chains }: { readonly steps?: number; readonly chains?: Variable } = {},
  ): Tensor {
    if (chains) requireColumns(chains, this.inputShape[0]!, "chains' visible");
    const samples = this.gibbs(chains?.value ?? data, steps);
    chains?.assign(samples);
    return this.freeEnergy(data).mean().subtract(this.freeEnergy(samples).mean());
  }

  get #classes(): number {
    return this.options.classes ?? 0;
  }

  #requireClasses(what: string): number {
    if (this.#classes) return this.#classes;
    throw new ShapeError(`rbm: ${what} needs a machine with the option classes`);
  }

  #draw(probabilities: Tensor): Tensor {
    return this.#source.uniform(probabilities.shape).less(probabilities).cast("float32");
  }

  #hiddenInput(visible: Tensor): Tensor {
    requireColumns(visible, this.inputShape[0]!, "visible");
    return visible.matmul(this.weight.value.transpose()).add(this.bias.value);
  }

  /** What goes into the binary visible units, and into the class units if there are any. */
  #visibleInput(hidden: Tensor): [binary: Tensor, classes: Tensor | undefined] {
    requireColumns(hidden, this.units, "hidden");
    const input = hidden.matmul(this.weight.value).add(this.visibleBias.value);
    if (!this.#classes) return [input, undefined];
    return [this.#withoutClasses(input), input.slice([0, -this.#classes])];
  }

  #withoutClasses(visible: Tensor): Tensor {
    return visible.slice([], [visible.shape[0]!, -this.#classes]);
  }
}

function requireColumns({ shape }: { readonly shape: Shape }, count: number, what: string): void {
  if (shape.length === 2 && shape[1] === count) return;
  throw new ShapeError(`rbm: the ${what} units are ${formatShape(shape)}, but must be [batch, ${count}]`);
}

/** Restricted Boltzmann machine; see `Rbm`. */
export function rbm(units: number, options?: RbmOptions): Rbm {
  return new Rbm(units, options);
}
