import { describe, expect, it } from "vitest";
import { tensor } from "../../src/index.js";
import { dense } from "../../src/nn/dense.js";
import { ensemble } from "../../src/nn/ensemble.js";

describe("ensemble", () => {
  const members = [dense(4), dense(4), dense(4)];
  members.forEach((member, i) => void member.build([3], { seed: i }));
  const x = tensor([
    [1, -2, 3],
    [50, 0, 20],
  ]);

  it("gives the logarithm of the mean probability", async () => {
    const together = ensemble(members);
    together.build([3]);
    const outputs = await Promise.all(members.map((member) => member.forward(x).softmax(1).data()));
    const found = await together.forward(x).exp().data();
    found.forEach((value, i) => {
      const mean = outputs.reduce((sum, output) => sum + output[i]!, 0) / members.length;
      expect(value).toBeCloseTo(mean, 6);
    });
    for (const total of await together.forward(x).exp().sum(1).data()) expect(total).toBeCloseTo(1, 5);
  });

  it("keeps the members' own weights", () => {
    const together = ensemble(members);
    together.build([3], { seed: 9 });
    expect(together.parameters()).toEqual(members.flatMap((member) => member.parameters()));
    expect([...together.variables().keys()][0]).toBe("networks.0.weight");
  });

  it("refuses to be empty", () => {
    expect(() => ensemble([])).toThrow("at least one network");
  });
});
