import { describe, expect, it } from "vitest";
import { type Box, chartScales, checkChart } from "../../../src/cli/charts/scales.js";
import type { Chart } from "../../../src/cli/example.js";

const box: Box = { left: 100, right: 500, top: 50, bottom: 250 };

const chart = (series: Chart["series"], axes: Partial<Pick<Chart, "x" | "y">> = {}): Chart => ({
  title: "losses",
  x: { label: "step" },
  y: { label: "loss" },
  series,
  ...axes,
});

const labels = (ticks: readonly { readonly label: string }[]) =>
  ticks.map(({ label }) => label).filter((label) => label !== "");

describe("the scales of a chart", () => {
  it("put values between the ends of the box, upwards and to the right", () => {
    const { x, y } = chartScales(chart([{ label: "a", x: [2, 4, 6], y: [0, 5, 10] }]), box);
    expect([x.at(2), x.at(4), x.at(6)]).toEqual([100, 300, 500]);
    expect([y.at(0), y.at(5), y.at(10)]).toEqual([250, 150, 50]);
  });

  it("round the vertical axis to whole ticks, and show every series with its band", () => {
    const { y } = chartScales(
      chart([
        { label: "a", y: [0.21, 0.4] },
        { label: "b", y: [0.5], band: { low: [0.13], high: [0.96] } },
      ]),
      box,
    );
    expect(y.domain).toEqual([0.1, 1]);
    for (const { at, label } of y.ticks) expect(y.at(Number(label))).toBeCloseTo(at, 9);
  });

  it("of logarithmic axes are even in powers, and drop what is not above 0", () => {
    const { y } = chartScales(
      chart([{ label: "a", y: [1e-6, 1, 0, -3, 100] }], { y: { label: "", scale: "log" } }),
      box,
    );
    expect(y.domain[0]).toBeCloseTo(1e-6, 12);
    expect(y.domain[1]).toBeCloseTo(100, 9);
    expect(y.at(1e-2)).toBeCloseTo(150, 9);
    expect(y.at(0)).toBeNaN();
    expect(y.at(-3)).toBeNaN();
    expect(labels(y.ticks)).toEqual(expect.arrayContaining(["1e-6", "1", "100"]));
  });

  it("do not let values that are not finite decide anything", () => {
    const { x, y } = chartScales(
      chart([{ label: "a", y: [Number.NaN, 1, Number.POSITIVE_INFINITY, 2] }]),
      box,
    );
    expect(y.domain).toEqual([1, 2]);
    expect(x.domain).toEqual([0, 3]);
    expect(y.at(Number.NaN)).toBeNaN();
    expect(y.at(Number.POSITIVE_INFINITY)).toBeNaN();
  });

  it("show a single value, and none", () => {
    for (const value of [0, 7, -7]) {
      const { y } = chartScales(chart([{ label: "a", y: [value] }]), box);
      expect(y.at(value)).toBeGreaterThan(box.top);
      expect(y.at(value)).toBeLessThan(box.bottom);
    }
    for (const scale of ["linear", "log"] as const) {
      const { x, y } = chartScales(chart([], { y: { label: "", scale } }), box);
      expect(y.ticks.length).toBeGreaterThan(1);
      expect(x.at(0.5)).toBe(300);
    }
  });

  it("give names to positions", () => {
    const { x } = chartScales(
      chart([{ label: "a", mark: "bars", y: [1, 2] }], { x: { label: "", categories: ["cat", "dog"] } }),
      box,
    );
    expect(x.ticks).toEqual([
      { at: 200, label: "cat" },
      { at: 400, label: "dog" },
    ]);
  });

  it("write large and small numbers with powers of ten", () => {
    const y = (values: number[]) => labels(chartScales(chart([{ label: "", y: values }]), box).y.ticks);
    expect(y([0, 4e9])).toContain("2e+9");
    expect(y([0, 4e-7])).toContain("2e-7");
    expect(y([0, 4000])).toContain("2,000");
  });
});

describe("bars", () => {
  it("begin at 0, which the axis therefore shows", () => {
    const { y, base } = chartScales(chart([{ label: "a", mark: "bars", y: [4, 5] }]), box);
    expect(y.domain[0]).toBe(0);
    expect(base).toBe(250);
    const both = chartScales(chart([{ label: "a", mark: "bars", y: [-5, 5] }]), box);
    expect(both.base).toBeCloseTo(150, 0);
  });

  it("begin at the bottom of a logarithmic axis, below the least", () => {
    const { y, base } = chartScales(
      chart([{ label: "a", mark: "bars", y: [1, 10] }], { y: { label: "", scale: "log" } }),
      box,
    );
    expect(base).toBe(250);
    expect(y.at(1)).toBeLessThan(240);
  });

  it("share four fifths of the least distance between their places", () => {
    const one = { label: "a", mark: "bars", x: [1, 2, 4], y: [1, 1, 1] } as const;
    expect(chartScales(chart([one]), box).barWidth).toBeCloseTo(80, 9); // 4 units across 400 pixels
    expect(chartScales(chart([one, { ...one, label: "b" }]), box).barWidth).toBeCloseTo(40, 9);
  });
});

describe("a chart that cannot be drawn", () => {
  it("because the parts of a series differ in length is refused by the series' name", () => {
    expect(() => checkChart(chart([{ label: "a", x: [1], y: [1, 2] }]))).toThrow(
      'chart "losses": series "a" has 2 values y, but 1 of x',
    );
    expect(() => checkChart(chart([{ label: "a", y: [1], band: { low: [0], high: [] } }]))).toThrow(
      'series "a" has 1 values y, but 0 of band.high',
    );
  });

  it("because bars would have no width is refused", () => {
    expect(() =>
      checkChart(chart([{ label: "a", mark: "bars", y: [1] }], { x: { label: "", scale: "log" } })),
    ).toThrow('bars, as of series "a", cannot stand on a logarithmic axis');
  });
});
