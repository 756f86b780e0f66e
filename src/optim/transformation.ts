import { withPhase } from "../graph/origin.js";
import type { Shape } from "../shape/shape.js";
import type { Tensor } from "../tensor/tensor.js";

/** What a transformation may know of a parameter; a `Variable` is one. */
export interface Parameter {
  readonly name: string;
  readonly shape: Shape;
  readonly value: Tensor;
}

/** What all transformations of one step share. */
export interface StepContext {
  readonly parameters: readonly Parameter[];
  /** Number of this step, from 1, as a float32 scalar. */
  readonly step: Tensor;
}

/** The first value of a slot: a number for tensors shaped as the parameter, `{ scalar }` for one number. */
export type SlotInitial = number | { readonly scalar: number };

/** One tensor for each parameter, for each slot. */
export type SlotValues = Readonly<Record<string, readonly Tensor[]>>;

/**
 * A pure function from gradients to directions, with memory: the part that optimizers are chained from.
 * The optimizer keeps the slots, and finally subtracts `learningRate * direction` from each parameter.
 */
export interface Transformation {
  /** Tensors to remember for each parameter: name and first value. */
  readonly slots: Readonly<Record<string, SlotInitial>>;
  update(
    gradients: readonly Tensor[],
    context: StepContext,
    slots: SlotValues,
  ): { readonly directions: readonly Tensor[]; readonly slots: SlotValues };
}

/** A rule for one parameter: its direction, and the new values of its slots. */
export type ParameterRule<S extends string> = (
  gradient: Tensor,
  slots: Readonly<Record<S, Tensor>>,
  parameter: Parameter,
  context: StepContext,
) => { readonly direction: Tensor; readonly slots: Readonly<Record<S, Tensor>> };

/** A transformation that treats each parameter on its own. */
export function perParameter<S extends string>(
  slots: Readonly<Record<S, SlotInitial>>,
  rule: ParameterRule<S>,
): Transformation {
  const names = Object.keys(slots) as S[];
  return {
    slots,
    update(gradients, context, values) {
      const results = gradients.map((gradient, i) => {
        const own = Object.fromEntries(names.map((name) => [name, values[name]![i]!])) as Record<S, Tensor>;
        const parameter = context.parameters[i]!;
        return atLayerOf(parameter, () => rule(gradient, own, parameter, context));
      });
      return {
        directions: results.map((result) => result.direction),
        slots: Object.fromEntries(names.map((name) => [name, results.map((result) => result.slots[name])])),
      };
    },
  };
}

/** A transformation of single gradients without memory. */
export function stateless(rule: (gradient: Tensor, parameter: Parameter) => Tensor): Transformation {
  return perParameter({}, (gradient, _, parameter) => ({ direction: rule(gradient, parameter), slots: {} }));
}

/** Applies transformations one after the other. Slot names must differ. */
export function chain(...transformations: readonly Transformation[]): Transformation {
  const slots: Record<string, SlotInitial> = {};
  for (const transformation of transformations) {
    for (const [name, initial] of Object.entries(transformation.slots)) {
      if (name in slots) throw new Error(`chain: two transformations have a slot named ${name}`);
      slots[name] = initial;
    }
  }
  return {
    slots,
    update(gradients, context, values) {
      let directions = gradients;
      const updated: Record<string, readonly Tensor[]> = {};
      for (const transformation of transformations) {
        const result = transformation.update(directions, context, values);
        directions = result.directions;
        Object.assign(updated, result.slots);
      }
      return { directions, slots: updated };
    },
  };
}

/** Runs `build` so that its nodes count as the update of the layer that owns the parameter. */
export function atLayerOf<T>(parameter: Pick<Parameter, "name">, build: () => T): T {
  const layer = parameter.name.slice(0, Math.max(0, parameter.name.lastIndexOf(".")));
  return withPhase("update", build, { layer, phase: "update" });
}
