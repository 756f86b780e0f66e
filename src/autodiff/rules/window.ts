import { node } from "../../graph/build.js";
import type { RulesFor } from "../rule.js";

// For a fixed choice of maxima, maxPoolGradient and maxPoolSelect are linear in their second operand and each other's
// transposes. The choice itself is constant almost everywhere, so nothing flows to x through it.
export const windowRules: RulesFor<"maxPool" | "maxPoolGradient" | "maxPoolSelect"> = {
  maxPool: (g, { inputs: [x], attributes }) => [node("maxPoolGradient", [x!, g], attributes)],
  maxPoolGradient: (g, { inputs: [x], attributes }) => [
    undefined,
    node("maxPoolSelect", [x!, g], attributes),
  ],
  maxPoolSelect: (g, { inputs: [x], attributes }) => [
    undefined,
    node("maxPoolGradient", [x!, g], attributes),
  ],
};
