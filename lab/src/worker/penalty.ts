import { compile, type Tensor } from "gradus";
import type { Run } from "./run.js";

const programs = new WeakMap<Run, () => Tensor>();

/** What weight decay adds to the loss, `decay / 2 * sum(w^2)` over the weights that decay. */
export async function penaltyOf(run: Run): Promise<number> {
  const { optimizer } = run.settings;
  const decay = "weightDecay" in optimizer ? (optimizer.weightDecay ?? 0) : 0;
  if (decay === 0) return 0;
  let program = programs.get(run);
  if (program === undefined) {
    const weights = run.model.parameters().filter(({ shape }) => shape.length > 1);
    program = compile(
      () => weights.map(({ value }) => value.multiply(value).sum()).reduce((sum, next) => sum.add(next)),
      { name: "penalty" },
    );
    programs.set(run, program);
  }
  return (decay / 2) * (await program().item());
}
