import { describe, expect, it } from "vitest";
import { Plateau, plateau, type Schedule, schedules } from "../../src/optim/index.js";
import fixtures from "../fixtures/schedules.json" with { type: "json" };
import { expectClose } from "../support/close.js";

const rate = 0.5;

describe("schedules agree with PyTorch", () => {
  const cases: [keyof typeof fixtures, Schedule][] = [
    ["stepDecay", schedules.stepDecay({ rate, every: 5, factor: 0.5 })],
    ["milestones", schedules.milestones({ rate, at: [3, 10, 11] })],
    ["exponential", schedules.exponential({ rate, factor: 0.9 })],
    ["cosine", schedules.cosine({ rate, steps: 23, minimum: 0.01 })],
    ["cosineRestarts", schedules.cosineRestarts({ rate, steps: 7, minimum: 0.01 })],
    ["cosineRestartsGrowing", schedules.cosineRestarts({ rate, steps: 3, growth: 2 })],
    ["polynomial", schedules.polynomial({ rate, steps: 15, power: 2 })],
    ["linear", schedules.polynomial({ rate, steps: 20 })],
    ["oneCycle", schedules.oneCycle({ rate, steps: 24 })],
    [
      "oneCycleLinear",
      schedules.oneCycle({ rate, steps: 24, rise: 0.4, divisor: 10, finalDivisor: 100, form: "linear" }),
    ],
    [
      "warmupSteps",
      schedules.warmup({ steps: 5, from: 0.1, schedule: schedules.milestones({ rate, at: [8, 12] }) }),
    ],
    [
      "warmupCosine",
      schedules.warmup({ steps: 4, from: 0.25, schedule: schedules.cosine({ rate, steps: 20 }) }),
    ],
    [
      "sequence",
      schedules.sequence(
        { schedule: schedules.constant(0.1), steps: 6 },
        { schedule: schedules.exponential({ rate, factor: 0.9 }) },
      ),
    ],
  ];

  it.each(cases)("%s", (name, schedule) => {
    const expected = fixtures[name];
    expectClose(
      expected.map((_, step) => schedule(step)),
      expected,
      1e-12,
      name,
    );
  });

  const plateaus = {
    plateau: { rate, factor: 0.5, patience: 2 },
    plateauCooldown: { rate, factor: 0.1, patience: 1, cooldown: 2, minimum: 0.002 },
    plateauMax: { rate, factor: 0.5, patience: 3, mode: "max", threshold: 0.05 },
  } as const;

  it.each(Object.keys(plateaus) as (keyof typeof plateaus)[])(
    "%s, also through a restore at each step",
    (name) => {
      const whole = plateau(plateaus[name]);
      let parts = plateau(plateaus[name]);
      const rates = fixtures.losses.map((loss) => {
        const next = new Plateau(plateaus[name]);
        next.restore(JSON.parse(JSON.stringify(parts.state())));
        parts = next;
        parts.observe(loss);
        return whole.observe(loss);
      });
      expectClose(rates, fixtures[name], 1e-12, name);
      expect(parts.state()).toEqual(whole.state());
      expect(new Set(rates).size).toBeGreaterThan(1);
    },
  );
});

describe("schedules", () => {
  it("hold the cosine's minimum after its end", () => {
    expect(schedules.cosine({ rate, steps: 10, minimum: 0.1 })(25)).toBeCloseTo(0.1, 15);
  });

  it("stay at the end of one cycle, and take shares at the edges", () => {
    const schedule = schedules.oneCycle({ rate, steps: 10, divisor: 5, finalDivisor: 2 });
    expect([schedule(9), schedule(100)]).toEqual([0.05, 0.05]);
    const falling = schedules.oneCycle({ rate, steps: 10, rise: 0 });
    expect(falling(0)).toBe(rate);
    const rising = schedules.oneCycle({ rate, steps: 10, rise: 1 });
    expect(rising(9)).toBeCloseTo(rate, 12);
  });

  it("fall to a minimum along a polynomial", () => {
    const schedule = schedules.polynomial({ rate: 1, steps: 4, power: 2, minimum: 0.2 });
    expect([0, 2, 4, 9].map(schedule)).toEqual([1, 0.4, 0.2, 0.2]);
  });

  it("refuse values that make no sense", () => {
    expect(() => schedules.cosineRestarts({ rate, steps: 3, growth: 1.5 })).toThrow("growth is 1.5");
    expect(() => schedules.cosineRestarts({ rate, steps: 0 })).toThrow("steps is 0");
    expect(() => schedules.polynomial({ rate, steps: 3, power: 0 })).toThrow("polynomial: power is 0");
    expect(() => schedules.oneCycle({ rate, steps: 9, rise: 2 })).toThrow("oneCycle: rise is 2");
    expect(() => schedules.stepDecay({ rate, every: 0 })).toThrow("stepDecay: every is 0");
    expect(() => schedules.cosine({ rate: -1, steps: 3 })).toThrow("cosine: rate is -1");
    expect(() => schedules.sequence()).toThrow("at least one");
    expect(() => plateau({ rate, factor: 1 })).toThrow("factor is 1");
  });

  it("count a NaN metric as no improvement", () => {
    const observed = plateau({ rate: 1, patience: 0 });
    observed.observe(1);
    expect(observed.observe(Number.NaN)).toBe(0.5);
    expect(observed.state().best).toBe(1);
  });
});
