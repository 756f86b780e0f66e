import type { Chart, ChartSeries } from "../example.js";
import { type Box, type ChartScales, chartScales, checkChart, xOf } from "./scales.js";

/**
 * Okabe and Ito's colours without their yellow, which is too pale for lines on white: apart for the colour-blind, too.
 * Source: Okabe and Ito, "Color universal design", 2002.
 */
export const seriesColors = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"];

/** So that series can be told apart without colours; of other length than the colours, so that pairs repeat late. */
const dashes = ["", "7 4", "2 3", "9 3 2 3", "4 2"];

/** Outlines from the middle: circle, square, triangle, diamond, cross. `r` is half the size. */
const markers: readonly ((r: number) => string)[] = [
  (r) => `m${-r},0a${r},${r} 0 1,0 ${2 * r},0a${r},${r} 0 1,0 ${-2 * r},0z`,
  (r) => `m${-r},${-r}h${2 * r}v${2 * r}h${-2 * r}z`,
  (r) => `m0,${-r}l${r},${2 * r}h${-2 * r}z`,
  (r) => `m0,${-r}l${r},${r}l${-r},${r}l${-r},${-r}z`,
  (r) => `m${-r},${-r}l${2 * r},${2 * r}m0,${-2 * r}l${-2 * r},${2 * r}`,
];

const width = 760;
const height = 460;
const fontSize = 14;
/** Of an average letter, since nothing here can measure text. */
const letterWidth = 0.56 * fontSize;

/**
 * A chart as the text of an SVG file, on white.
 *
 * @throws RangeError naming a series whose parts differ in length
 */
export function chartSvg(chart: Chart): string {
  checkChart(chart);
  const legend = legendOf(chart.series);
  const box = boxOf(chart, legend.height);
  const scales = chartScales(chart, box);
  const bars = chart.series.filter(({ mark }) => mark === "bars");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img"
  font-family="system-ui, 'Helvetica Neue', Arial, sans-serif" font-size="${fontSize}" fill="#222">
<title>${escaped(chart.title)}</title>
<rect width="${width}" height="${height}" fill="#fff"/>
<text x="${width / 2}" y="28" text-anchor="middle" font-size="18" font-weight="600">${escaped(chart.title)}</text>
${legend.text}
${axes(chart, scales, box)}
<clipPath id="plot"><rect x="${box.left - 6}" y="${box.top - 6}" width="${box.right - box.left + 12}" height="${box.bottom - box.top + 12}"/></clipPath>
<g clip-path="url(#plot)" stroke-linejoin="round" stroke-linecap="round">
${chart.series.map((series, i) => mark(series, i, scales, bars.indexOf(series) - (bars.length - 1) / 2)).join("\n")}
</g>
</svg>
`;
}

function mark(series: ChartSeries, index: number, scales: ChartScales, barPlace: number): string {
  const color = seriesColors[index % seriesColors.length]!;
  const points = pointsOf(series, series.y, scales);
  if (series.mark === "bars") {
    const wide = scales.barWidth;
    const bars = points.filter(isShown).map(([x, y]) => {
      const left = x + wide * (barPlace - 0.5);
      return `M${round(left)},${round(scales.base)}V${round(y)}h${round(wide)}V${round(scales.base)}z`;
    });
    return `<path fill="${color}" d="${bars.join("")}"/>`;
  }
  if (series.mark === "points") return markersAt(points, index, pointSize(points.length));
  const dash = dashes[index % dashes.length]!;
  const line = `<path fill="none" stroke="${color}" stroke-width="2"${dash && ` stroke-dasharray="${dash}"`} d="${linePath(points)}"/>`;
  const few = points.length <= 25 ? markersAt(points, index, 4) : "";
  return [band(series, scales, color), line, few].filter(Boolean).join("\n");
}

function band(series: ChartSeries, scales: ChartScales, color: string): string {
  if (series.band === undefined) return "";
  const low = pointsOf(series, series.band.low, scales);
  const high = pointsOf(series, series.band.high, scales);
  const areas = runs(
    low.map((point, i) => [point, high[i]!] as const).map((pair) => (pair.every(isShown) ? pair : undefined)),
  );
  const path = areas
    .map(
      (run) =>
        `${linePath(run.map(([, top]) => top))}L${[...run]
          .reverse()
          .map(([bottom]) => bottom.map(round).join(","))
          .join("L")}z`,
    )
    .join("");
  return `<path fill="${color}" fill-opacity="0.2" d="${path}"/>`;
}

type Point = readonly [x: number, y: number];

const isShown = ([x, y]: Point) => Number.isFinite(x) && Number.isFinite(y);

function pointsOf(series: ChartSeries, y: ArrayLike<number>, scales: ChartScales): Point[] {
  const x = xOf(series);
  return Array.from({ length: y.length }, (_, i) => [scales.x.at(x[i]!), scales.y.at(y[i]!)] as const);
}

/** The stretches between gaps. */
function runs<T>(items: readonly (T | undefined)[]): T[][] {
  const all: T[][] = [[]];
  for (const item of items) {
    if (item === undefined) all.push([]);
    else all.at(-1)!.push(item);
  }
  return all.filter((run) => run.length > 0);
}

/** A line that is broken where a point cannot be shown; a point between two gaps is a dot. */
function linePath(points: readonly Point[]): string {
  return runs(points.map((point) => (isShown(point) ? point : undefined)))
    .map(
      (run) => `M${run.map((point) => point.map(round).join(",")).join("L")}${run.length === 1 ? "h0" : ""}`,
    )
    .join("");
}

function markersAt(points: readonly Point[], index: number, size: number): string {
  const color = seriesColors[index % seriesColors.length]!;
  const outline = markers[index % markers.length]!(size);
  const path = points
    .filter(isShown)
    .map(([x, y]) => `M${round(x)},${round(y)}${outline}`)
    .join("");
  const opacity = points.length > 300 ? ' opacity="0.5"' : "";
  return `<path fill="${color}" stroke="${color}" stroke-width="${size < 3 ? 0.5 : 1.5}"${opacity} d="${path}"/>`;
}

/** Many points must be small to be seen apart. */
const pointSize = (count: number) => (count > 2000 ? 1 : count > 300 ? 1.5 : count > 80 ? 2.5 : 4);

function axes({ x, y }: Chart, scales: ChartScales, box: Box): string {
  const lines: string[] = [];
  const slanted = isCrowded(x.categories, box);
  for (const { at, label } of scales.x.ticks) {
    const place = round(at);
    if (x.categories === undefined)
      lines.push(`<path stroke="#e4e4e4" d="M${place},${box.top}V${box.bottom}"/>`);
    lines.push(
      slanted
        ? `<text text-anchor="end" transform="translate(${place + 5},${box.bottom + 16}) rotate(-35)">${escaped(label)}</text>`
        : `<text text-anchor="middle" x="${place}" y="${box.bottom + 21}">${escaped(label)}</text>`,
    );
  }
  for (const { at, label } of scales.y.ticks) {
    const place = round(at);
    lines.push(`<path stroke="#e4e4e4" d="M${box.left},${place}H${box.right}"/>`);
    lines.push(`<text text-anchor="end" x="${box.left - 9}" y="${place + 5}">${escaped(label)}</text>`);
  }
  lines.push(`<path fill="none" stroke="#555" d="M${box.left},${box.top}V${box.bottom}H${box.right}"/>`);
  if (box.top < scales.base && scales.base < box.bottom) {
    lines.push(`<path stroke="#555" d="M${box.left},${round(scales.base)}H${box.right}"/>`);
  }
  const middle = { x: (box.left + box.right) / 2, y: (box.top + box.bottom) / 2 };
  lines.push(
    `<text text-anchor="middle" x="${round(middle.x)}" y="${height - 14}">${escaped(x.label)}</text>`,
  );
  lines.push(
    `<text text-anchor="middle" transform="translate(22,${round(middle.y)}) rotate(-90)">${escaped(y.label)}</text>`,
  );
  return lines.join("\n");
}

/** Rows of samples and names between title and plot. */
function legendOf(series: readonly ChartSeries[]): { readonly text: string; readonly height: number } {
  const entries: string[] = [];
  const from = 70;
  let left = from;
  let row = 0;
  series.forEach(({ label, mark: kind = "line" }, i) => {
    if (label === "") return;
    const wide = 40 + label.length * letterWidth + 18;
    if (left > from && left + wide > width - 20) {
      left = from;
      row++;
    }
    const y = 53 + row * 21;
    const color = seriesColors[i % seriesColors.length]!;
    const dash = dashes[i % dashes.length]!;
    const sample = {
      line: `<path stroke="${color}" stroke-width="2.5"${dash && ` stroke-dasharray="${dash}"`} d="M${left},${y - 5}h32"/>`,
      points: markersAt([[left + 16, y - 5]], i, 4),
      bars: `<path fill="${color}" d="M${left + 8},${y - 12}h16v14h-16z"/>`,
    };
    entries.push(`${sample[kind]}<text x="${left + 40}" y="${y}">${escaped(label)}</text>`);
    left = round(left + wide);
  });
  return { text: entries.join("\n"), height: entries.length === 0 ? 0 : 21 * (row + 1) };
}

/** Leaves as much room at the left and below as the labels take. */
function boxOf(chart: Chart, legendHeight: number): Box {
  const top = 46 + legendHeight;
  const rough = { left: 80, right: width - 24, top, bottom: height - 62 };
  const labels = chartScales(chart, rough).y.ticks.map(({ label }) => label.length);
  const left = Math.min(220, 48 + Math.max(2, ...labels) * letterWidth);
  const longest = Math.max(0, ...(chart.x.categories ?? []).map((label) => label.length));
  const below = isCrowded(chart.x.categories, rough) ? Math.min(140, 0.6 * longest * letterWidth) : 0;
  return { ...rough, left: round(left), bottom: round(rough.bottom - below) };
}

function isCrowded(categories: readonly string[] | undefined, { left, right }: Box): boolean {
  if (categories === undefined) return false;
  const longest = Math.max(0, ...categories.map((label) => label.length));
  return longest * letterWidth + 6 > (right - left) / categories.length;
}

const round = (value: number) => Math.round(value * 10) / 10;

/** As text of XML, which has no control characters. */
function escaped(text: string): string {
  return text.replace(/\p{Cc}/gu, " ").replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
