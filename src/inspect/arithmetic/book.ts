import { formatShape } from "../../shape/shape.js";
import { composite, compositeForward } from "./composite.js";
import { type Derivation, digits, number, slope, sum, term } from "./derive.js";
import { LossRules } from "./loss.js";
import type { Numbers, NumberTensor } from "./numbers.js";
import { rulesFor } from "./rules.js";
import { factorAt } from "./site.js";
import type { Layout, Source, Step } from "./steps.js";
import { noteOf } from "./structure.js";
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

  /** Whether a module does no more than pass on a number that is known by another path, as a row of layers does. */
  passesOn(path: string): boolean {
    return this.#layout.same.has(path);
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
        return this.#step(path, index, value) ?? given("w", value, this.#roleOf(path));
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
      const note = noteOf(this.#layout.modules.get(path));
      return sum(["y", "x"], [term(source, [x])], note || `what ${source} gives is passed on`);
    }
    return this.#step(path, index, value) ?? composite("y", value, [], this.#insideOf(path));
  }

  #step(path: string, index: readonly number[], value: number): Derivation | undefined {
    const step = this.#layout.steps.get(path);
    const rules = step && rulesFor(step, this.#numbers);
    return rules?.forward(index) ?? (step && compositeForward(step, this.#numbers, index, value));
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

    const parts = this.#parts(source, index);
    if (keyOf(source) === keyOf(output)) parts.known.unshift({ derivation: this.#loss.backward(index) });
    return combined("x", value, parts);
  }

  #weightGradient(path: string, index: readonly number[], value: number): Derivation {
    const parts = this.#parts({ kind: "weight", path }, index);
    const dot = path.lastIndexOf(".");
    const step = this.#layout.steps.get(dot < 0 ? "" : path.slice(0, dot));
    const rule = step && rulesFor(step, this.#numbers)?.weight(path.slice(dot + 1));
    if (rule) parts.known.unshift({ step, derivation: rule(index) });
    if (parts.known.length + parts.opaque.length > 0) return combined("w", value, parts);
    return composite(slope("w"), value, [], this.#insideOf(path));
  }

  /** What the gradient of a number of `source` has from each of its uses. */
  #parts(source: Source, index: readonly number[]): Parts {
    const parts: Parts = { known: [], opaque: [] };
    for (const { step, input } of this.#uses.get(keyOf(source)) ?? []) {
      const rules = rulesFor(step, this.#numbers);
      if (rules) parts.known.push({ step, derivation: rules.backward(index, input) });
      else parts.opaque.push(step);
    }
    return parts;
  }

  /** For what is inside of a layer that counts as one. */
  #insideOf(path: string): string {
    for (const step of this.#layout.steps.values()) {
      if ("node" in step || !(step.path === "" || path.startsWith(`${step.path}.`))) continue;
      const { kind, inputShape } = step.module;
      return `a part of "${step.path}" (${kind}), a computation of several steps on inputs ${formatShape(inputShape)}`;
    }
    return "it is not used";
  }
}

function given(left: string, value: number, note: string): Derivation {
  return { left, right: "", live: number(value), combination: "given", terms: [], result: value, note };
}

interface Parts {
  /** Without a step it is the loss. */
  readonly known: { readonly step?: Step; readonly derivation: Derivation }[];
  readonly opaque: Step[];
}

/** A gradient is the sum of what comes back on every way from the number to the loss. */
function combined(symbol: string, value: number, { known, opaque }: Parts): Derivation {
  const [only] = known;
  if (only && known.length + opaque.length === 1) return only.derivation;
  const terms = known.flatMap(({ step, derivation }) =>
    derivation.terms.map((one) => ({
      ...one,
      label: `${step ? step.path || "the network" : "the loss"}: ${one.label}`,
    })),
  );
  if (opaque.length === 0) {
    const right = known
      .map(({ step, derivation }) => `\\underbrace{${derivation.right}}_{\\text{${nameOf(step)}}}`)
      .join(" + ");
    const ways = known.map(
      ({ step, derivation }) => `${digits(derivation.result)} by ${step ? titleOf(step) : "the loss"}`,
    );
    const notes = known.flatMap(({ derivation: { note } }) => (note ? [note] : []));
    const note = ways.length === 0 ? "it is not used" : `used ${ways.length} times: ${ways.join(", ")}`;
    return sum([slope(symbol), right || "0"], terms, [note, ...new Set(notes)].join("; "));
  }
  const others = terms.length > 0 ? "; the terms are what comes on other ways" : "";
  const note = `through ${opaque.map(titleOf).join(", ")}, a computation of several steps, by automatic differentiation${others}`;
  return composite(slope(symbol), value, terms, note);
}

/** For TeX, in which these stand for something. */
const nameOf = (step: Step | undefined) => (step ? step.path.replace(/[_#$%&{}]/g, "\\$&") : "the loss");

const titleOf = (step: Step) =>
  `"${step.path}" (${"node" in step ? (step.function?.name ?? step.node.op) : step.module.kind})`;
