import { shareOfExponentials } from "./activation.js";
import { at, type Derivation, derived, digits, slope, sum, term } from "./derive.js";
import type { Numbers } from "./numbers.js";
import { factorAt } from "./site.js";
import type { Source } from "./steps.js";
import type { Factor } from "./types.js";

/** Softmax and cross-entropy: how the loss comes from the logits, `[examples, classes]`, that stand at `output`. */
export class LossRules {
  readonly #numbers: Numbers;
  readonly #output: Source;
  readonly #examples: number;
  readonly #classes: number;

  constructor(numbers: Numbers, output: Source) {
    this.#numbers = numbers;
    this.#output = output;
    const [examples, classes] = numbers.tensor(output.kind, output.path).shape as [number, number];
    this.#examples = examples;
    this.#classes = classes;
  }

  /** The mean over the batch. */
  loss(): Derivation {
    const terms = Array.from({ length: this.#examples }, (_, n) => {
      const own = factorAt(this.#numbers, at("L", [n]), { kind: "exampleLoss", path: "", index: [n] });
      return term(`example ${n}`, [own, this.#share()]);
    });
    return sum(
      ["L", "\\frac{1}{N} \\sum_n L_n"],
      terms,
      `N = ${this.#examples} ${this.#examples === 1 ? "example" : "examples"}`,
    );
  }

  /** The cross-entropy of one example: `-log p` of its class. */
  example([n]: readonly number[]): Derivation {
    const label = this.#numbers.labels[n!]!;
    const logits = this.#logits(n!);
    const greatest = Math.max(...logits.map(({ value }) => value));
    const powers = logits.reduce((total, { value }) => total + Math.exp(value - greatest), 0);
    const terms = [
      term("logarithm of the sum of all powers", [
        derived("\\log \\sum_c e^{z_c}", greatest + Math.log(powers), logits),
      ]),
      term(`class ${label}, the label`, [derived("-1", -1), logits[label]!]),
    ];
    const probability = this.#probability(n!, label).value;
    return sum(
      [`L_{${n}}`, "-\\log p_{\\text{label}} = \\log \\sum_c e^{z_c} - z_{\\text{label}}"],
      terms,
      `the probability of the label, ${label}, is ${digits(probability)}`,
    );
  }

  probability([n, c]: readonly number[]): Derivation {
    const formula = ["p_c", "\\frac{e^{z_c - m}}{\\sum_j e^{z_j - m}}"] as const;
    return shareOfExponentials(formula, this.#logits(n!), c!);
  }

  /** The gradient of a logit. */
  backward([n, c]: readonly number[]): Derivation {
    const label = this.#numbers.labels[n!]!;
    const terms = [term("probability", [this.#probability(n!, c!), this.#share()])];
    if (label === c) terms.push(term("label", [derived("-1", -1), this.#share()]));
    return sum(
      [slope("z_{n,c}"), "\\frac{p_{n,c} - [c = \\text{label}]}{N}"],
      terms,
      `the label of example ${n} is ${label}; N = ${this.#examples}`,
    );
  }

  #logits(n: number): Factor[] {
    const { kind, path } = this.#output;
    return Array.from({ length: this.#classes }, (_, c) =>
      factorAt(this.#numbers, at("z", [n, c]), { kind, path, index: [n, c] }),
    );
  }

  #probability(n: number, c: number): Factor {
    return factorAt(this.#numbers, at("p", [n, c]), { kind: "probability", path: "", index: [n, c] });
  }

  #share(): Factor {
    return derived(`1/${this.#examples}`, 1 / this.#examples);
  }
}
