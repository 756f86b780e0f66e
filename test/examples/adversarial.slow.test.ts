import { expect, it } from "vitest";
import adversarial from "../../examples/adversarial.js";
import { runExample } from "./support.js";

interface Row {
  epsilon: number;
  fgsm: number;
  pgd: number;
  transferred: number;
  noise: number;
  hardened: number;
}

it("attacks succeed, transfer, and are withstood by a network trained against them", async () => {
  const { values, measured, pixels, files } = await runExample(adversarial);
  const clean = values.clean as Record<string, number>;
  const attacks = values.attacks as unknown as Row[];
  const lbfgs = values.lbfgs as { attacked: number; succeeded: number; distortion: number };
  for (const accuracy of Object.values(clean)) expect(accuracy).toBeGreaterThan(0.8);
  const at = (epsilon: number) => attacks.find((row) => row.epsilon === epsilon)!;
  expect(at(0).fgsm).toBe(clean.network);
  expect(at(0.15).fgsm).toBeLessThan(0.4);
  expect(at(0.15).pgd).toBeLessThanOrEqual(at(0.15).fgsm);
  // Made against another network, they do harm that changes by chance do not.
  expect(at(0.15).transferred).toBeLessThan(at(0.15).noise - 0.08);
  expect(at(0.15).hardened).toBeGreaterThan(at(0.15).pgd + 0.25);
  expect(lbfgs.attacked).toBe(8);
  expect(lbfgs.succeeded).toBeGreaterThanOrEqual(7);
  expect(lbfgs.distortion).toBeLessThan(0.15);
  expect(files).toContain("accuracy.svg");
  expect(new Set(Array.from(pixels("examples.png").data)).size).toBeGreaterThan(50);
  expect(measured).toContain(`L-BFGS has ${lbfgs.succeeded} of 8 digits`);
});
