import { formatShape } from "../../shape/shape.js";
import { dependence } from "../dependence.js";
import { indices } from "../index-set.js";
import { trace } from "../trace.js";
import { type Derivation, number, term } from "./derive.js";
import type { Step } from "./layout.js";
import type { Numbers } from "./numbers.js";
import { Site } from "./site.js";
import type { Term } from "./types.js";

/** For a number that is made in more ways than a formula says. `terms` is what is known of them. */
export function composite(left: string, value: number, terms: readonly Term[], note: string): Derivation {
  const live = number(value);
  return { left, right: "\\ldots", live, combination: "composite", terms, result: value, note };
}

/** An output of a layer without rules: the numbers of its input from which it is computed, found on its graph. */
export function compositeForward(step: Step, numbers: Numbers, index: readonly number[]): Derivation {
  const { module } = step;
  const site = new Site(module, step, numbers);
  const { value } = site.y(index);
  const [example, ...unit] = index;
  const { input, output } = trace(module, "", site.inputShape().slice(1), "arithmetic");
  const region = [0, ...unit].map((at) => [[at, at]] as const);
  const cells = dependence(output.node, region, input).flatMap((part) =>
    part
      .slice(1)
      .reduce<number[][]>(
        (heads, set) => heads.flatMap((head) => [...indices(set)].map((at) => [...head, at])),
        [[example!]],
      ),
  );
  const terms = cells.map((cell) => term(`input ${formatShape(cell)}`, [site.x(cell)]));
  const note = `${module.kind}: a computation of several steps, from ${cells.length} numbers of its input`;
  return composite("y", value, terms, note);
}
