import { gather, scatterAdd } from "../../tensor/indexing.js";
import type { RulesFor } from "../rule.js";

export const indexingRules: RulesFor<"gather" | "scatterAdd"> = {
  gather: (g, { inputs: [table, indices], attributes: { axis } }) => [
    scatterAdd(g, indices!, axis, table!.shape[axis]!),
    undefined,
  ],
  scatterAdd: (g, { inputs: [, indices], attributes: { axis } }) => [gather(g, indices!, axis), undefined],
};
