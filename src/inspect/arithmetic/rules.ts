import type { Module } from "../../nn/module.js";
import { activations } from "./activation.js";
import { batchNorm } from "./batch-norm.js";
import { convolutions } from "./conv.js";
import { dense } from "./dense.js";
import type { Numbers } from "./numbers.js";
import { operationRules } from "./operations.js";
import { pooling } from "./pooling.js";
import type { Family, StepRules } from "./site.js";
import type { Step } from "./steps.js";
import { structure } from "./structure.js";

/** All layers whose arithmetic is known. The others are composites. */
const families: readonly Family[] = [
  ...convolutions,
  ...dense,
  ...activations,
  ...pooling,
  ...batchNorm,
  ...structure,
];

const familyOf = (module: Module) => families.find((family) => family.fits(module));

/** Whether there are rules for the layer. */
export const isKnown = (module: Module): boolean => familyOf(module) !== undefined;

/** The rules for a step, if there are any. */
export function rulesFor(step: Step, numbers: Numbers): StepRules | undefined {
  return "node" in step ? operationRules(step, numbers) : familyOf(step.module)?.rules(step, numbers);
}
