import type { Node } from "../graph/types.js";
import type { Module } from "../nn/module.js";
import type { Shape } from "../shape/shape.js";
import { dependence } from "./dependence.js";
import type { IndexSet } from "./index-set.js";
import { trace, unitIndex } from "./trace.js";

export interface UnitOptions {
  /** The layer whose output the unit is in; default "", the model. */
  readonly path?: string;
  /** Its index in the output for one example, such as `[channel, row, column]`; default: the first channel's in the middle. */
  readonly unit?: readonly number[];
}

export interface ReceptiveFieldOptions extends UnitOptions {
  /** Of one example; default: as built. Convolutions take other sizes too. */
  readonly inputShape?: Shape;
}

/** A box of an example: for each of its axes, the first index inside and the first one behind. */
export interface InputBox {
  readonly start: readonly number[];
  readonly stop: readonly number[];
}

/**
 * The part of the input that can change a unit: the smallest box around all the elements of an example, `[channels,
 * ...spatial]`, from which the unit is computed. It is exact for any model, with branches, shortcuts and code of one's
 * own, and at borders, because it follows the graph of operations back from the unit and not the list of layers. What
 * a network looks up by computed indices counts as coming from anywhere. Values do not matter: a weight of 0 counts.
 *
 * ```ts
 * inspect.receptiveField(model, { path: "3", unit: [0, 5, 5] });  // { start: [0, 2, 2], stop: [3, 13, 13] }
 * ```
 *
 * @returns undefined for a unit that the input cannot change at all
 * @throws RangeError if there is no such layer, ShapeError if there is no such unit
 */
export function receptiveField(model: Module, options: ReceptiveFieldOptions = {}): InputBox | undefined {
  const { path = "", inputShape = model.inputShape } = options;
  const { input, output } = trace(model, path, inputShape, "receptiveField");
  const index = unitIndex(output.shape.slice(1), options.unit, "receptiveField");
  return inputBox(input, output.node, index);
}

/** The box of `input`, a batch of one, from which the element `index` of `output`'s only example is computed. */
export function inputBox(input: Node, output: Node, index: readonly number[]): InputBox | undefined {
  const element: IndexSet[] = [0, ...index].map((at) => [[at, at]]);
  const regions = dependence(output, element, input);
  if (regions.length === 0) return undefined;
  const ends = input.shape.slice(1).map((_, i) => regions.map((region) => region[i + 1]!));
  return {
    start: ends.map((sets) => Math.min(...sets.map((set) => set[0]![0]))),
    stop: ends.map((sets) => Math.max(...sets.map((set) => set.at(-1)![1])) + 1),
  };
}
