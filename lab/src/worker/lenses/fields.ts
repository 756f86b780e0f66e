import { inspect } from "gradus";
import type { Lens } from "../lens.js";
import { type Numbers, numbersOf } from "../numbers.js";

export interface FieldParameters {
  /** Layer. */
  readonly path: string;
  /** Index in its output for one image. */
  readonly unit: readonly number[];
}

/** The part of the input that can change a unit. It depends on the network's form alone. */
export const receptiveField: Lens<FieldParameters, inspect.InputBox | undefined> = async (
  { run },
  { path, unit },
) => inspect.receptiveField(run.model, { path, unit });

export interface EffectiveFieldParameters extends FieldParameters {
  /** Over how many of the test images it is a mean, the first ones. */
  readonly count: number;
}

export interface EffectiveField {
  /** By row and column of the input: how much the unit changes with it. */
  readonly values: Numbers;
  /** Standard deviations down and across, in pixels. */
  readonly width: readonly number[];
  /** Side of a square with as many pixels as matter. */
  readonly size: number;
  readonly step: number;
}

/** How much each pixel really changes a unit. */
export const effectiveField: Lens<EffectiveFieldParameters, EffectiveField> = async (
  { run },
  { path, unit, count },
) => {
  const { test } = run.sets;
  const indices = Array.from({ length: Math.min(count, test.count) }, (_, i) => i);
  const { images } = run.batchOf(test, indices);
  const { values, width, size } = await inspect.effectiveReceptiveField(run.model, images, { path, unit });
  return { values: await numbersOf(values), width, size, step: run.step };
};
