import type { Module } from "../../nn/module.js";
import type { Shape } from "../../shape/shape.js";
import { at, type Derivation } from "./derive.js";
import type { Source, Step } from "./layout.js";
import type { Numbers } from "./numbers.js";
import type { Address, Factor } from "./types.js";

/** A layer in a network that has been run: what its rules read. Indices are those of the batch's tensors. */
export class Site<M extends Module> {
  readonly module: M;
  readonly step: Step;
  readonly #numbers: Numbers;

  constructor(module: M, step: Step, numbers: Numbers) {
    this.module = module;
    this.step = step;
    this.#numbers = numbers;
  }

  /** Of the batch. @param input which of several */
  inputShape(input = 0): Shape {
    const { kind, path } = this.#source(input);
    return this.#numbers.tensor(kind, path).shape;
  }

  get outputShape(): Shape {
    return this.#numbers.tensor("activation", this.step.path).shape;
  }

  /** A number of the layer's input. */
  x(index: readonly number[], input = 0): Factor {
    const { kind, path } = this.#source(input);
    return factorAt(this.#numbers, at("x", index), { kind, path, index });
  }

  /** A number of its output. */
  y(index: readonly number[]): Factor {
    return factorAt(this.#numbers, at("y", index), { kind: "activation", path: this.step.path, index });
  }

  /** The loss' derivative by a number of its output. */
  dy(index: readonly number[]): Factor {
    const name = `\\partial L / \\partial ${at("y", index)}`;
    return factorAt(this.#numbers, name, { kind: "activationGradient", path: this.step.path, index });
  }

  /** A number of the layer's variable of that name. */
  variable(name: string, symbol: string, index: readonly number[]): Factor {
    const path = this.step.path ? `${this.step.path}.${name}` : name;
    return factorAt(this.#numbers, at(symbol, index), { kind: "weight", path, index });
  }

  #source(input: number): Source {
    return this.step.inputs[input]!;
  }
}

export function factorAt(numbers: Numbers, name: string, address: Address): Factor {
  return { name, value: numbers.value(address), address };
}

type Rule<M extends Module> = (site: Site<M>, index: readonly number[]) => Derivation;

/** How a layer's numbers are computed, forward and backward. */
export interface LayerRules<M extends Module> {
  /** Whether these rules hold for the layer; default: for all of its class. */
  readonly fits?: (module: M) => boolean;
  /** A number of the output. */
  readonly forward: Rule<M>;
  /** What comes through the layer of the gradient of a number of its input: a sum. */
  readonly backward: (site: Site<M>, index: readonly number[], input: number) => Derivation;
  /** The gradients of its variables, by their names. */
  readonly weights?: Readonly<Record<string, Rule<M>>>;
}

/** The same for one layer at its place. */
export interface StepRules {
  forward(index: readonly number[]): Derivation;
  backward(index: readonly number[], input: number): Derivation;
  weight(name: string): ((index: readonly number[]) => Derivation) | undefined;
}

/** Rules that are for layers of one class; of others they give nothing. */
export type Family = (step: Step, numbers: Numbers) => StepRules | undefined;

/** The rules for layers of this very class: one that extends it may compute something else. */
export function family<M extends Module>(
  type: abstract new (...args: never[]) => M,
  rules: LayerRules<M>,
): Family {
  return (step, numbers) => {
    const { module } = step;
    if (!(module instanceof type) || module.constructor !== type) return undefined;
    if (rules.fits && !rules.fits(module)) return undefined;
    const site = new Site(module, step, numbers);
    return {
      forward: (index) => rules.forward(site, index),
      backward: (index, input) => rules.backward(site, index, input),
      weight: (name) => {
        const rule = rules.weights?.[name];
        return rule && ((index) => rule(site, index));
      },
    };
  };
}
