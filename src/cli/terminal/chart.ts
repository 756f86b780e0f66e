import { type Box, chartScales, checkChart, xOf } from "../charts/scales.js";
import { seriesColors } from "../charts/svg.js";
import type { Chart } from "../example.js";
import { type ColorDepth, colorCode } from "./style.js";

/** The bits of the dots of a character of Braille, `[row][column]` (Unicode, U+2800). */
const dots = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;

interface Cell {
  /** 0 where nothing is drawn. */
  bits: number;
  /** The one drawn last. */
  series: number;
}

/** A canvas of dots, 2 x 4 to a character. */
class Dots {
  readonly cells: Cell[][];

  constructor(columns: number, rows: number) {
    this.cells = Array.from({ length: rows }, () =>
      Array.from({ length: columns }, () => ({ bits: 0, series: 0 })),
    );
  }

  dot(x: number, y: number, series: number): void {
    const [column, row] = [Math.round(x), Math.round(y)];
    const cell = this.cells[Math.floor(row / 4)]?.[Math.floor(column / 2)];
    if (cell === undefined) return;
    cell.bits |= dots[(row % 4) as 0 | 1 | 2 | 3][(column % 2) as 0 | 1];
    cell.series = series;
  }

  line(from: readonly [number, number], to: readonly [number, number], series: number): void {
    const steps = Math.max(1, Math.ceil(Math.max(Math.abs(to[0] - from[0]), Math.abs(to[1] - from[1]))));
    for (let i = 0; i <= steps; i++) {
      const share = i / steps;
      this.dot(from[0] + share * (to[0] - from[0]), from[1] + share * (to[1] - from[1]), series);
    }
  }
}

/**
 * A chart drawn with dots of Braille, for a glance; the picture of it is the SVG.
 *
 * @param columns of the terminal
 * @throws RangeError naming a series whose parts differ in length
 */
export function chartLines(chart: Chart, columns: number, depth: ColorDepth, rows = 12): string[] {
  checkChart(chart);
  const [wide, high] = [Math.max(20, Math.min(columns, 90)), rows * 4];
  const spacing = { x: 36, y: 10 };
  const probe = chartScales(chart, { left: 0, right: 2 * wide, top: 0, bottom: high - 1 }, spacing);
  const margin = Math.min(12, Math.max(...probe.y.ticks.map(({ label }) => label.length), 1)) + 1;
  const box: Box = { left: 0, right: 2 * (wide - margin) - 1, top: 0, bottom: high - 1 };
  const canvas = new Dots(wide - margin, rows);
  const scales = chartScales(chart, box, spacing);
  draw(chart, scales, canvas);

  const paint = (text: string, series: number) => {
    const hex = seriesColors[series % seriesColors.length]!;
    // Black stands for the colour of the text, which is the one that can be read.
    if (depth === 1 || hex === "#000000") return text;
    const color = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)) as [
      number,
      number,
      number,
    ];
    return `\u001b[38;${colorCode(color, depth)}m${text}\u001b[39m`;
  };
  const labels = new Map(scales.y.ticks.map(({ at, label }) => [Math.floor(Math.round(at) / 4), label]));
  const body = canvas.cells.map((cells, row) => {
    const label = (labels.get(row) ?? "").slice(0, margin - 1).padStart(margin - 1);
    const filled = cells.slice(0, cells.findLastIndex(({ bits }) => bits !== 0) + 1);
    const drawn = stretches(filled)
      .map(({ text, series }) => paint(text, series))
      .join("");
    return `${label}│${drawn}`;
  });
  const legend = chart.series.flatMap(({ label }, i) => (label === "" ? [] : [`${paint("━━", i)} ${label}`]));
  return [
    chart.title,
    ...(chart.y.label === "" ? [] : [`${" ".repeat(margin)}${chart.y.label}`]),
    ...body,
    `${" ".repeat(margin - 1)}└${"─".repeat(wide - margin)}`,
    axisLine(scales.x.ticks, margin, wide),
    `${" ".repeat(margin)}${[chart.x.label, ...legend].filter(Boolean).join("   ")}`,
  ];
}

/** Neighbouring characters of one colour, and the empty ones behind them, so that colours change as seldom as they can. */
function stretches(cells: readonly Cell[]): { text: string; readonly series: number }[] {
  const found: { text: string; readonly series: number }[] = [];
  for (const { bits, series } of cells) {
    const text = bits === 0 ? " " : String.fromCodePoint(0x2800 + bits);
    const last = found.at(-1);
    if (last !== undefined && (bits === 0 || last.series === series)) last.text += text;
    else found.push({ text, series });
  }
  return found;
}

function draw({ series }: Chart, scales: ReturnType<typeof chartScales>, canvas: Dots): void {
  const bars = series.filter(({ mark }) => mark === "bars");
  series.forEach((each, index) => {
    const x = xOf(each);
    let before: readonly [number, number] | undefined;
    for (let i = 0; i < each.y.length; i++) {
      const point = [scales.x.at(x[i]!), scales.y.at(each.y[i]!)] as const;
      if (!point.every(Number.isFinite)) {
        before = undefined;
        continue;
      }
      if (each.mark === "bars") {
        const left = point[0] + scales.barWidth * (bars.indexOf(each) - bars.length / 2);
        for (let column = Math.round(left); column < Math.round(left + scales.barWidth); column++) {
          canvas.line([column, scales.base], [column, point[1]], index);
        }
      } else canvas.line(each.mark === "points" ? point : (before ?? point), point, index);
      before = point;
    }
  });
}

/** Labels below an axis, in the middle of their place, leaving out those that would touch. */
function axisLine(
  ticks: readonly { readonly at: number; readonly label: string }[],
  margin: number,
  wide: number,
): string {
  let line = "";
  for (const { at, label } of ticks) {
    const start = Math.min(margin + Math.floor(at / 2) - Math.floor(label.length / 2), wide - label.length);
    if (label === "" || start < line.length + (line === "" ? 0 : 2)) continue;
    line = `${line.padEnd(start)}${label}`;
  }
  return line;
}
