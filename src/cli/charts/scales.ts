import { scaleLinear, scaleLog } from "d3-scale";
import type { Chart, ChartAxis, ChartSeries } from "../example.js";

/** Where a chart's data lie, in pixels from the upper left. */
export interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export interface Tick {
  readonly at: number;
  /** Empty where a logarithmic axis has only a line. */
  readonly label: string;
}

/** From values to pixels along one axis. */
export interface AxisScale {
  /** `NaN` for what the axis cannot show. */
  at(value: number): number;
  readonly ticks: readonly Tick[];
  /** The values at the ends. */
  readonly domain: readonly [low: number, high: number];
}

export interface ChartScales {
  readonly x: AxisScale;
  readonly y: AxisScale;
  /** Where bars begin, and how wide they stand for one series, in pixels. */
  readonly base: number;
  readonly barWidth: number;
}

/** The horizontal positions of a series. */
export function xOf({ x, y }: ChartSeries): ArrayLike<number> {
  return x ?? Array.from({ length: y.length }, (_, i) => i);
}

/** @throws RangeError naming a series whose parts differ in length, or bars on an axis where they have no width */
export function checkChart({ title, series, x: axis }: Chart): void {
  for (const { label, x, y, band, mark } of series) {
    if (mark === "bars" && axis.scale === "log") {
      throw new RangeError(
        `chart "${title}": bars, as of series "${label}", cannot stand on a logarithmic axis`,
      );
    }
    const parts = { x, "band.low": band?.low, "band.high": band?.high };
    for (const [name, values] of Object.entries(parts)) {
      if (values === undefined || values.length === y.length) continue;
      throw new RangeError(
        `chart "${title}": series "${label}" has ${y.length} values y, but ${values.length} of ${name}`,
      );
    }
  }
}

/** The scales that show everything a chart has. @param spacing pixels between ticks, about */
export function chartScales(
  chart: Chart,
  box: Box,
  spacing: { readonly x: number; readonly y: number } = { x: 90, y: 45 },
): ChartScales {
  const bars = chart.series.filter(({ mark }) => mark === "bars");
  const places = uniqueSorted(bars.flatMap((series) => Array.from(xOf(series))));
  const pitch = leastGap(places);
  const ends = places.length === 0 ? [] : [places[0]! - pitch / 2, places.at(-1)! + pitch / 2];
  const xs = [...chart.series.flatMap((series) => Array.from(xOf(series))), ...ends];
  const ys = chart.series.flatMap(({ y, band }) =>
    [y, band?.low ?? [], band?.high ?? []].flatMap((part) => Array.from(part)),
  );
  const scattered = chart.series.every(({ mark }) => mark === "points");
  const x = axisScale(chart.x, xs, [box.left, box.right], spacing.x, scattered);
  const y = axisScale(
    chart.y,
    bars.length > 0 ? [...ys, ...roots(chart, ys)] : ys,
    [box.bottom, box.top],
    spacing.y,
    true,
  );
  const base = y.at(0);
  return {
    x,
    y,
    base: Number.isFinite(base) ? base : box.bottom,
    barWidth: places.length === 0 ? 0 : (0.8 * (x.at(pitch) - x.at(0))) / bars.length,
  };
}

/** Where bars begin: at 0, or below the least of them where there is no 0, so that it can be seen. */
function roots({ y }: Chart, values: readonly number[]): number[] {
  return y.scale === "log" ? [domainOf(values, true)[0] / 2] : [0];
}

function axisScale(
  axis: ChartAxis,
  values: readonly number[],
  range: readonly [number, number],
  spacing: number,
  rounded: boolean,
): AxisScale {
  const { categories } = axis;
  if (categories !== undefined) {
    const domain = [-0.5, Math.max(0.5, categories.length - 0.5)] as const;
    const scale = scaleLinear(domain, range);
    return {
      domain,
      at: (value) => placeOn(scale, value),
      ticks: categories.map((label, i) => ({ at: scale(i), label })),
    };
  }
  const isLog = axis.scale === "log";
  const domain = domainOf(values, isLog);
  const scale = isLog ? scaleLog(domain, range) : scaleLinear(domain, range);
  if (rounded) scale.nice();
  const count = Math.max(2, Math.round(Math.abs(range[1] - range[0]) / spacing));
  const format = scale.tickFormat(count, specifier(domain, isLog));
  const label = (value: number) => (isLog && format(value) !== "" ? power(value) : format(value));
  const [low = 0, high = 1] = scale.domain();
  return {
    domain: [low, high],
    at: (value) => (isLog && value <= 0 ? Number.NaN : placeOn(scale, value)),
    ticks: scale.ticks(count).map((value) => ({ at: scale(value), label: label(value) })),
  };
}

function placeOn(scale: (value: number) => number, value: number): number {
  return Number.isFinite(value) ? scale(value) : Number.NaN;
}

/** What the axis can show of the values, from the least to the greatest; never empty. */
function domainOf(values: readonly number[], isLog: boolean): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (!Number.isFinite(value) || (isLog && value <= 0)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return isLog ? [0.1, 1] : [0, 1];
  if (low < high) return [low, high];
  if (isLog) return [low / 2, high * 2];
  const reach = low === 0 ? 0.5 : Math.abs(low) / 10;
  return [low - reach, high + reach];
}

/** In the notation of `d3-format`: powers of ten for what would be long otherwise. */
function specifier([low, high]: readonly [number, number], isLog: boolean): string | undefined {
  if (isLog) return "g";
  const size = Math.max(Math.abs(low), Math.abs(high));
  return size >= 1e6 || size < 1e-3 ? "~e" : undefined;
}

/** `1e-5`, but `0.01` and `1000` in full. */
function power(value: number): string {
  const short = Number(value.toPrecision(6));
  return short >= 1e-3 && short < 1e5 ? String(short) : short.toExponential().replace("+", "");
}

function uniqueSorted(values: readonly number[]): number[] {
  return [...new Set(values.filter(Number.isFinite))].sort((a, b) => a - b);
}

/** Between neighbours of sorted numbers; 1 if there are none. */
function leastGap(sorted: readonly number[]): number {
  if (sorted.length < 2) return 1;
  return sorted.slice(1).reduce((least, x, i) => Math.min(least, x - sorted[i]!), Number.POSITIVE_INFINITY);
}
