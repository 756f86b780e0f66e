import { Presets, SingleBar } from "cli-progress";
import type { PixelImage } from "../../data/image.js";
import type { Chart } from "../example.js";
import { chartLines } from "../terminal/chart.js";
import { fitted, pictureLines } from "../terminal/picture.js";
import { type Colors, colorDepth, colorsFor, percent, table, wrapped } from "../terminal/style.js";

/** A terminal, or any other stream. */
export type ReaderStream = NodeJS.WritableStream &
  Partial<Pick<NodeJS.WriteStream, "isTTY" | "columns" | "rows" | "getColorDepth">>;

const secondsBetweenLines = 5;

/** Shows what an example says: on a terminal with pictures and a moving bar, elsewhere as plain text. */
export class Reader {
  readonly colors: Colors;
  readonly #stream: ReaderStream;
  #bar: SingleBar | undefined;
  #lastLine = Number.NEGATIVE_INFINITY;

  constructor(stream: ReaderStream) {
    this.#stream = stream;
    this.colors = colorsFor(stream);
  }

  /** Lines, broken at words where they are longer than the terminal is wide. */
  say(text: string): void {
    this.#print(`${this.#isTerminal ? wrapped(text, this.#columns) : text}\n`);
  }

  /** A table, with a title above each column. Columns of numbers stand to the right. */
  table(columns: readonly string[], rows: readonly (readonly (string | number)[])[]): void {
    const cells = rows.map((row) => row.map(cellText));
    const left = columns.flatMap((_, i) => (cells.every((row) => isNumber(row[i] ?? "")) ? [] : [i]));
    const [head, ...body] = table([columns, ...cells], left).split("\n");
    this.#print(`${[this.colors.dim(head ?? ""), ...body].join("\n")}\n`);
  }

  progress(what: string, share: number): void {
    if (this.#isTerminal) this.#moveBar(what, share);
    else {
      const now = performance.now();
      if (now - this.#lastLine < 1000 * secondsBetweenLines) return;
      this.#lastLine = now;
      this.#stream.write(`${what} ${percent(share, 0)}\n`);
    }
  }

  picture(image: PixelImage, caption: string): void {
    const depth = colorDepth(this.#stream);
    if (depth === 1) return;
    const lines = pictureLines(fitted(image, this.#columns, Math.max(8, this.#rows - 4)), depth);
    this.#print(`\n${[...lines, this.colors.dim(caption)].join("\n")}\n`);
  }

  chart(chart: Chart): void {
    if (!this.#isTerminal) return;
    this.#print(`\n${chartLines(chart, this.#columns, colorDepth(this.#stream)).join("\n")}\n`);
  }

  /** Takes the bar away. */
  close(): void {
    this.#bar?.stop();
    this.#bar = undefined;
  }

  get #isTerminal(): boolean {
    return this.#stream.isTTY === true;
  }

  /** Wide lines are hard to read. */
  get #columns(): number {
    return Math.min(this.#stream.columns ?? 80, 101) - 1;
  }

  get #rows(): number {
    return Math.min(this.#stream.rows ?? 24, 60);
  }

  #print(text: string): void {
    this.close();
    this.#stream.write(text);
  }

  #moveBar(what: string, share: number): void {
    const value = Math.round(1000 * share);
    if (share >= 1) this.close();
    else if (this.#bar) this.#bar.update(value, { what });
    else this.#bar = this.#newBar(what, value);
  }

  #newBar(what: string, value: number): SingleBar {
    const bar = new SingleBar(
      {
        stream: this.#stream,
        format: "{bar} {percentage}%  {what}",
        barsize: Math.max(4, Math.min(30, this.#columns - what.length - 10)),
        hideCursor: true,
        clearOnComplete: true,
        gracefulExit: false,
      },
      Presets.shades_classic,
    );
    bar.start(1000, value, { what });
    return bar;
  }
}

/** Numbers with about five digits, so that columns stay narrow. */
function cellText(cell: string | number): string {
  if (typeof cell === "string" || Number.isInteger(cell)) return String(cell);
  return String(Number(cell.toPrecision(5)));
}

const isNumber = (text: string) =>
  /^([-+−]?[\d.,]+(e[-+]?\d+)?( ?(%|x|s|ms|kB|MB))?|NaN|-?Infinity|-|)$/.test(text);
