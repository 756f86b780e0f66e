import { activations } from "./activation.js";
import { batchNorm } from "./batch-norm.js";
import { convolutions } from "./conv.js";
import { dense } from "./dense.js";
import type { Step } from "./layout.js";
import type { Numbers } from "./numbers.js";
import { pooling } from "./pooling.js";
import type { Family, StepRules } from "./site.js";
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

/** The rules for a layer, if there are any. */
export function rulesFor(step: Step, numbers: Numbers): StepRules | undefined {
  for (const family of families) {
    const rules = family(step, numbers);
    if (rules) return rules;
  }
  return undefined;
}
