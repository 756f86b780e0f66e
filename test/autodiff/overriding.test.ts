import { describe, expect, it } from "vitest";
import type { OverridingRule } from "../../src/autodiff/rule.js";
import { grad, tensor } from "../../src/index.js";
import { negate } from "../../src/tensor/elementwise.js";

describe("grad with rules", () => {
  const x = tensor([0.3, -1.2]);
  const sine = x.sin();
  const rules = new Map<typeof sine.node, OverridingRule>([[sine.node, (g) => [negate(g)]]]);

  it("takes them in the place of those of single nodes, for what comes from there on", async () => {
    // Another sine, which is not in the map, keeps its rule.
    const output = sine.square().add(x.multiply(2).sin()).sum();
    const [found] = grad(output, [x], { rules });
    const values = await x.data();
    const expected = Array.from(values, (value) => -2 * Math.sin(value) + 2 * Math.cos(2 * value));
    for (const [i, value] of (await found.data()).entries()) expect(value).toBeCloseTo(expected[i]!, 5);
  });

  it("changes nothing for nodes that are not on the way, or for other calls", async () => {
    const [on] = grad(x.cos().sum(), [x], { rules });
    expect(await on.data()).toEqual(await grad(x.cos().sum(), [x])[0].data());
    const [off] = grad(sine.sum(), [x]);
    expect(await off.data()).toEqual(await x.cos().data());
  });
});
