import { compile } from "gradus";
import type { Subject } from "./lens.js";

/** What weight decay adds to the loss, `decay / 2 * sum(w^2)` over the weights that decay. */
export async function penaltyOf({ run, once }: Subject): Promise<number> {
  const { optimizer } = run.settings;
  const decay = "weightDecay" in optimizer ? (optimizer.weightDecay ?? 0) : 0;
  if (decay === 0) return 0;
  const squares = once("penalty", () => {
    const weights = run.model.parameters().filter(({ shape }) => shape.length > 1);
    return compile(
      () => weights.map(({ value }) => value.multiply(value).sum()).reduce((sum, next) => sum.add(next)),
      { name: "penalty" },
    );
  });
  return (decay / 2) * (await squares().item());
}
