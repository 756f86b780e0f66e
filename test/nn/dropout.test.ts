import { describe, expect, it } from "vitest";
import * as nn from "../../src/nn/index.js";
import { ones } from "../../src/tensor/creation.js";
import { Stepper } from "../support/stepper.js";

const shape = [40, 25, 2, 2];
const perChannel = 4;
const rate = 0.3;

/** Two training steps on ones, from a fresh layer. */
function twoSteps(make: () => nn.Module, training = true): Float64Array[] {
  const layer = make();
  layer.build(shape.slice(1), { seed: 5 });
  const stepper = new Stepper();
  const step = () => stepper.run(() => [layer.forward(ones(shape), { training })])[0]!;
  return [step(), step()];
}

function moments(values: Float64Array) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, variance };
}

describe("dropout", () => {
  it.each<[string, () => nn.Module, number]>([
    ["dropout", () => nn.dropout(rate), 1],
    ["spatialDropout", () => nn.spatialDropout(rate), perChannel],
    ["gaussianDropout", () => nn.gaussianDropout(rate), 1],
  ])("%s has factors of mean 1 and variance rate / (1 - rate)", (_, make, together) => {
    const [first, second] = twoSteps(make);
    const { mean, variance } = moments(first!);
    const expected = rate / (1 - rate);
    const independent = first!.length / together;
    // Five standard errors; the fourth moment of none of them is above 3 times the squared variance.
    expect(Math.abs(mean - 1)).toBeLessThan(5 * Math.sqrt(expected / independent));
    expect(Math.abs(variance / expected - 1)).toBeLessThan(5 * Math.sqrt(2 / independent));
    expect(second).not.toEqual(first);
    expect(twoSteps(make)).toEqual([first, second]);
    expect(twoSteps(make, false)[0]).toEqual(new Float64Array(first!.length).fill(1));
  });

  it("spatialDropout keeps or drops whole channels of an example", () => {
    const [values] = twoSteps(() => nn.spatialDropout(rate));
    const kept = 1 / (1 - rate);
    const channels = Array.from({ length: values!.length / perChannel }, (_, i) =>
      values!.subarray(i * perChannel, (i + 1) * perChannel),
    );
    for (const channel of channels) {
      expect(channel[0] === 0 || Math.abs(channel[0]! - kept) < 1e-12).toBe(true);
      expect(channel.every((value) => value === channel[0])).toBe(true);
    }
    const dropped = channels.filter((channel) => channel[0] === 0).length / channels.length;
    expect(Math.abs(dropped - rate)).toBeLessThan(5 * Math.sqrt((rate * (1 - rate)) / channels.length));
  });

  it("a rate of 0 changes nothing", () => {
    for (const make of [nn.dropout, nn.spatialDropout, nn.gaussianDropout]) {
      expect(twoSteps(() => make(0))[0]!.every((value) => value === 1)).toBe(true);
    }
  });
});
