import type { Module } from "../../nn/module.js";
import type { Shape } from "../../shape/shape.js";
import { at, type Derivation } from "./derive.js";
import type { Numbers } from "./numbers.js";
import type { LayerStep, Source } from "./steps.js";
import type { Address, Factor } from "./types.js";

/** A layer in a network that has been run: what its rules read. Indices are those of the batch's tensors. */
export class Site<M extends Module> {
  readonly module: M;
  readonly step: LayerStep;
  readonly #numbers: Numbers;

  constructor(module: M, step: LayerStep, numbers: Numbers) {
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

/** Rules that are for layers of one class. */
export interface Family {
  fits(module: Module): boolean;
  /** For a layer that fits. */
  rules(step: LayerStep, numbers: Numbers): StepRules | undefined;
}

/** Rules for layers of this class, and those that extend it without computing something else. */
export function family<M extends Module>(
  type: abstract new (...args: never[]) => M,
  rules: LayerRules<M>,
): Family {
  const isOfType = (module: Module): module is M =>
    module instanceof type && computesAs(module, type.prototype);
  const fits = (module: Module): module is M => isOfType(module) && (rules.fits?.(module) ?? true);
  return {
    fits,
    rules(step, numbers) {
      const { module } = step;
      if (!fits(module)) return undefined;
      const site = new Site(module, step, numbers);
      return {
        forward: (index) => rules.forward(site, index),
        backward: (index, input) => rules.backward(site, index, input),
        weight: (name) => {
          const rule = rules.weights?.[name];
          return rule && ((index) => rule(site, index));
        },
      };
    },
  };
}

/** Whether all that the classes between override is how variables begin. */
function computesAs(module: Module, prototype: object): boolean {
  let at: object | null = Object.getPrototypeOf(module);
  while (at && at !== prototype) {
    const own = Object.getOwnPropertyNames(at);
    if (own.some((name) => name !== "constructor" && name !== "createVariables")) return false;
    at = Object.getPrototypeOf(at);
  }
  return true;
}
