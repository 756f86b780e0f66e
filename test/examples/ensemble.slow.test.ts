import { expect, it } from "vitest";
import ensemble from "../../examples/ensemble.js";
import { runExample } from "./support.js";

it("the ensemble errs less than the best member", async () => {
  const { values, measured } = await runExample(ensemble);
  const { errors, together, best } = values as { errors: number[]; together: number[]; best: number };
  expect(errors).toHaveLength(4);
  expect(best).toBe(Math.min(...errors));
  // One network is its own ensemble.
  expect(together[0]).toBe(errors[0]);
  expect(together.at(-1)).toBeLessThan(best);
  expect(measured).toContain("fewer than the best");
});
