import { formatShape } from "../../shape/shape.js";
import { composite, compositeForward } from "./composite.js";
import { type Derivation, number, slope, sum, term } from "./derive.js";
import type { Layout, Source, Step } from "./layout.js";
import { LossRules } from "./loss.js";
import type { Numbers, NumberTensor } from "./numbers.js";
import { rulesFor } from "./rules.js";
import { factorAt } from "./site.js";
import type { Address, Arithmetic, NumberKind } from "./types.js";

const keyOf = ({ kind, path }: Source) => `${kind} ${path}`;

/** All numbers of a network for one batch, each with its arithmetic; see `arithmetic`. */
export class ArithmeticBook {
  readonly #layout: Layout;
  readonly #numbers: Numbers;
  readonly #loss: LossRules;
  /** By what is read, who reads it, and as which of its inputs. */
  readonly #uses = new Map<string, { readonly step: Step; readonly input: number }[]>();

  constructor(layout: Layout, numbers: Numbers) {
    this.#layout = layout;
    this.#numbers = numbers;
    this.#loss = new LossRules(numbers, layout.output);
    for (const step of layout.steps.values()) {
      for (const [input, source] of step.inputs.entries()) {
        const uses = this.#uses.get(keyOf(source)) ?? [];
        this.#uses.set(keyOf(source), [...uses, { step, input }]);
      }
    }
  }

  /** All there is, by kind and path, with shapes and values: each entry is a number that has an address. */
  get tensors(): readonly NumberTensor[] {
    return this.#numbers.tensors;
  }

  /** @throws RangeError naming the paths there are */
  tensor(kind: NumberKind, path = ""): NumberTensor {
    return this.#numbers.tensor(kind, path);
  }

  /** One number. @throws RangeError naming the paths there are, ShapeError naming the shape */
  value(address: Address): number {
    return this.#numbers.value(address);
  }

  /**
   * How a number is computed from others, which have addresses in turn.
   * @throws RangeError naming the paths there are, ShapeError naming the shape
   */
  explain(address: Address): Arithmetic {
    const value = this.value(address);
    const { kind, path, index } = address;
    const { left, right, live, combination, terms, result, note } = this.#derive(address, value);
    return {
      address: { kind, path, index: [...index] },
      value,
      formula: right ? `${left} = ${right}` : left,
      live,
      combination,
      terms,
      result,
      note,
    };
  }

  #derive({ kind, path, index }: Address, value: number): Derivation {
    switch (kind) {
      case "input":
        return given("x", value, `a value of example ${index[0]}`);
      case "weight":
        return given("w", value, this.#roleOf(path));
      case "activation":
        return this.#activation(path, index, value);
      case "inputGradient":
        return this.#gradient({ kind: "input", path }, index, value);
      case "activationGradient":
        return this.#gradient({ kind: "activation", path }, index, value);
      case "weightGradient":
        return this.#weightGradient(path, index, value);
      case "probability":
        return this.#loss.probability(index);
      case "exampleLoss":
        return this.#loss.example(index);
      case "loss":
        return this.#loss.loss();
    }
  }

  #roleOf(path: string): string {
    const learned = this.#numbers.tensors.some(
      (other) => other.kind === "weightGradient" && other.path === path,
    );
    return learned
      ? "learned: the optimizer changes it by its gradient"
      : "a variable that no gradient changes";
  }

  #activation(path: string, index: readonly number[], value: number): Derivation {
    const same = this.#layout.same.get(path);
    if (same) {
      const source = same.kind === "input" ? "the input" : `layer "${same.path}"`;
      const x = factorAt(this.#numbers, "x", { ...same, index });
      return sum(["y", "x"], [term(source, [x])], `what ${source} gives is passed on`);
    }
    const step = this.#layout.steps.get(path);
    if (!step) return composite("y", value, [], this.#insideOf(path));
    return rulesFor(step, this.#numbers)?.forward(index) ?? compositeForward(step, this.#numbers, index);
  }

  #gradient(source: Source, index: readonly number[], value: number): Derivation {
    const { same, steps, output } = this.#layout;
    const passed = source.kind === "activation" ? same.get(source.path) : undefined;
    if (passed) {
      const kind = passed.kind === "input" ? "inputGradient" : "activationGradient";
      const x = factorAt(this.#numbers, "\\partial L / \\partial x", { kind, path: passed.path, index });
      return sum([slope("y"), slope("x")], [term("the same number", [x])]);
    }
    if (source.kind === "activation" && !steps.has(source.path))
      return composite(slope("y"), value, [], this.#insideOf(source.path));

    const parts: Derivation[] = [];
    const opaque: Step[] = [];
    if (keyOf(source) === keyOf(output)) parts.push(this.#loss.backward(index));
    for (const { step, input } of this.#uses.get(keyOf(source)) ?? []) {
      const rules = rulesFor(step, this.#numbers);
      if (rules) parts.push(rules.backward(index, input));
      else opaque.push(step);
    }
    const [only] = parts;
    if (only && parts.length === 1 && opaque.length === 0) return only;
    const terms = parts.flatMap((part) => part.terms);
    const notes = parts.flatMap(({ note }) => (note ? [note] : []));
    if (opaque.length === 0) {
      const rights = parts.map(({ right }) => right).join(" + ");
      return sum([slope("x"), rights], terms, [`used ${parts.length} times`, ...notes].join("; "));
    }
    const readers = opaque.map(({ path, module }) => `"${path}" (${module.kind})`).join(", ");
    const known = terms.length > 0 ? `; the terms are what comes on other ways` : "";
    const note = `through ${readers}, a computation of several steps, by automatic differentiation${known}`;
    return composite(slope("x"), value, terms, note);
  }

  #weightGradient(path: string, index: readonly number[], value: number): Derivation {
    const dot = path.lastIndexOf(".");
    const step = this.#layout.steps.get(dot < 0 ? "" : path.slice(0, dot));
    const rule = step && rulesFor(step, this.#numbers)?.weight(path.slice(dot + 1));
    return rule?.(index) ?? composite(slope("w"), value, [], this.#insideOf(path));
  }

  /** For what is inside of a layer that counts as one. */
  #insideOf(path: string): string {
    const around = [...this.#layout.steps.values()].find(
      (step) => step.path === "" || path.startsWith(`${step.path}.`),
    );
    if (!around) return "it is not used";
    const { kind, inputShape } = around.module;
    return `a part of "${around.path}" (${kind}), a computation of several steps on inputs ${formatShape(inputShape)}`;
  }
}

function given(left: string, value: number, note: string): Derivation {
  return { left, right: "", live: number(value), combination: "given", terms: [], result: value, note };
}
