import type { RulesFor } from "../rule.js";

export const leafRules: RulesFor<"input" | "variable" | "constant" | "iota" | "randomBits"> = {
  input: () => [],
  variable: () => [],
  constant: () => [],
  iota: "notDifferentiable",
  randomBits: "notDifferentiable",
};
