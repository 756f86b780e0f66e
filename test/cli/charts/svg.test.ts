import { describe, expect, it } from "vitest";
import { chartSvg, seriesColors } from "../../../src/cli/charts/svg.js";
import type { Chart } from "../../../src/cli/example.js";

const chart = (series: Chart["series"], axes: Partial<Pick<Chart, "x" | "y">> = {}): Chart => ({
  title: "losses",
  x: { label: "step" },
  y: { label: "loss" },
  series,
  ...axes,
});

/** The attributes `d` of the paths drawn in a series' colour within the plot. */
function paths(svg: string, series = 0): string[] {
  const plot = svg.slice(svg.indexOf("</clipPath>"));
  return [...plot.matchAll(/<path[^>]*>/g)]
    .map(([path]) => path)
    .filter((path) => path.includes(`"${seriesColors[series]}"`))
    .map((path) => /d="([^"]*)"/.exec(path)![1]!);
}

/** The places where ticks are labelled, by label. */
function ticks(svg: string) {
  const x = new Map<string, number>();
  const y = new Map<string, number>();
  for (const [, at, label] of svg.matchAll(/<text text-anchor="middle" x="([\d.]+)" y="[\d.]+">([^<]+)</g))
    x.set(label!, Number(at));
  for (const [, at, label] of svg.matchAll(/<text text-anchor="end" x="[\d.]+" y="([\d.]+)">([^<]+)</g))
    y.set(label!, Number(at) - 5);
  return { x, y };
}

describe("charts as SVG", () => {
  it("put points where the axes say", () => {
    const svg = chartSvg(chart([{ label: "a", x: [0, 1, 2], y: [0, 10, 4] }]));
    const { x, y } = ticks(svg);
    const points = [
      [0, 0],
      [1, 10],
      [2, 4],
    ].map(([at, value]) => `${x.get(at!.toFixed(1))},${y.get(String(value))}`);
    expect(paths(svg)[0]).toBe(`M${points.join("L")}`);
  });

  it("leave a gap for what is not finite, and a dot for a point between two gaps", () => {
    const svg = chartSvg(chart([{ label: "a", y: [0, 1, Number.NaN, 1, Number.POSITIVE_INFINITY, 0, 1] }]));
    const [line, dots] = paths(svg);
    expect(line).toMatch(/^M[\d.]+,[\d.]+L[\d.]+,[\d.]+M[\d.]+,[\d.]+h0M[\d.]+,[\d.]+L[\d.]+,[\d.]+$/);
    expect(dots!.match(/M/g)).toHaveLength(5);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });

  it("drop what a logarithmic axis cannot show", () => {
    const svg = chartSvg(
      chart([{ label: "a", mark: "points", y: [1, 0, -1, 10] }], { y: { label: "", scale: "log" } }),
    );
    expect(paths(svg)[0]!.match(/M/g)).toHaveLength(2);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });

  it("draw bars of series side by side, from 0 up or down", () => {
    const svg = chartSvg(
      chart([
        { label: "a", mark: "bars", y: [1, -1] },
        { label: "b", mark: "bars", y: [1, Number.NaN] },
      ]),
    );
    const bars = [0, 1].map((series) =>
      [...paths(svg, series)[0]!.matchAll(/M([\d.]+),([\d.]+)V([\d.]+)h([\d.]+)V\2z/g)].map((match) =>
        match.slice(1).map(Number),
      ),
    );
    const [[up, down], [beside, ...none]] = bars as [number[][], number[][]];
    const zero = ticks(svg).y.get("0.0")!;
    expect([up![1], down![1]]).toEqual([zero, zero]);
    expect(up![2]).toBeLessThan(zero);
    expect(down![2]).toBeGreaterThan(zero);
    expect(beside![0]).toBeCloseTo(up![0]! + up![3]!, 0);
    expect(none).toEqual([]);
  });

  it("fill the band between low and high", () => {
    const svg = chartSvg(
      chart([{ label: "a", x: [0, 1], y: [0.5, 0.5], band: { low: [0, 0], high: [1, 1] } }]),
    );
    const { y } = ticks(svg);
    const [low, high] = [y.get("0.0"), y.get("1.0")];
    expect(paths(svg)[0]).toMatch(
      new RegExp(`^M[\\d.]+,${high}L[\\d.]+,${high}L[\\d.]+,${low}L[\\d.]+,${low}z$`),
    );
  });

  it("escape what comes from outside", () => {
    const svg = chartSvg({ ...chart([{ label: 'a "b" <c>\u001b', y: [1] }]), title: "<script>&amp;" });
    expect(svg).toContain("&#60;script&#62;&#38;amp;");
    expect(svg).toContain("a &#34;b&#34; &#60;c&#62; <");
    for (const text of ["<script", "\u001b"]) expect(svg).not.toContain(text);
  });

  it("tell series apart by colour and by dash, again and again", () => {
    const many = Array.from({ length: 30 }, (_, i) => ({
      label: `s${i}`,
      y: Array.from({ length: 30 }, (_, x) => x),
    }));
    const svg = chartSvg(chart(many));
    const styles = [
      ...svg.matchAll(/<path fill="none" stroke="(#\w{6})" stroke-width="2"( stroke-dasharray="[^"]*")?/g),
    ].map(([style]) => style);
    expect(styles).toHaveLength(30);
    expect(new Set(styles).size).toBe(30);
  });

  it("are drawn without series, and with empty ones", () => {
    for (const series of [
      [],
      [{ label: "none", y: [] }],
      [{ label: "none", y: [], mark: "bars" as const }],
    ]) {
      const svg = chartSvg(chart(series));
      expect(svg).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
      expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    }
  });

  it("slant names that would touch, and leave room for long ones", () => {
    const categories = Array.from({ length: 12 }, (_, i) => `a rather long name ${i}`);
    const axes = { x: { label: "", categories } };
    expect(chartSvg(chart([{ label: "", mark: "bars", y: categories.map(() => 1) }], axes))).toContain(
      "rotate(-35)",
    );
    const two = { x: { label: "", categories: ["a", "b"] } };
    expect(chartSvg(chart([{ label: "", mark: "bars", y: [1, 2] }], two))).not.toContain("rotate(-35)");
  });
});
