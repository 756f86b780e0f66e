import type { OpName } from "../graph/types.js";
import type { RulesFor } from "./rule.js";
import { contractionRules } from "./rules/contraction.js";
import { elementwiseRules } from "./rules/elementwise.js";
import { indexingRules } from "./rules/indexing.js";
import { leafRules } from "./rules/leaves.js";
import { movementRules } from "./rules/movement.js";
import { reductionRules } from "./rules/reduction.js";
import { loopRules } from "./rules/scan.js";
import { windowRules } from "./rules/window.js";

/** The derivative of every primitive. A new primitive fails to compile here until its row is in one of the files. */
export const vjpRules: RulesFor<OpName> = {
  ...leafRules,
  ...elementwiseRules,
  ...movementRules,
  ...reductionRules,
  ...contractionRules,
  ...windowRules,
  ...indexingRules,
  ...loopRules,
};
