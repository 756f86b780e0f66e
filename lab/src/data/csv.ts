/**
 * Images as rows of a table: a label, and the pixels from 0 to 255, as in Kaggle's MNIST. The text comes in pieces, so that
 * a large file needs neither a long wait nor all of its text in memory.
 */
export interface ImageTable {
  readonly classes: readonly string[];
  readonly channels: 1 | 3;
  readonly height: number;
  readonly width: number;
  /** `[images, channels, height, width]` */
  readonly pixels: Uint8Array<ArrayBuffer>;
  readonly labels: Uint8Array<ArrayBuffer>;
}

/** A line longer than this is no row of pixels: 256 x 256 in colour take less. */
const longestLine = 1_000_000;
const mostClasses = 256;
const sides = { least: 4, most: 256 };
/** Columns with these names in a header hold the label; else it is the first. */
const labelNames = new Set(["label", "class", "target", "y"]);

/** Takes the text of a file piece by piece. Errors name the file, the line and the column, counted from 1. */
export class ImageTableReader {
  readonly #source: string;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  #rest = "";
  #line = 0;
  /** Values in each row. */
  #columns = 0;
  #labelColumn = 0;
  /** The line that said how many values a row has. */
  #firstLine = 0;
  #pixels = new Uint8Array(0);
  #count = 0;
  readonly #words: string[] = [];
  readonly #classes = new Set<string>();

  /** @param source names the file in errors */
  constructor(source: string) {
    this.#source = source;
  }

  /** Images read so far. */
  get count(): number {
    return this.#count;
  }

  /** @throws Error naming line and column of what is wrong */
  push(bytes: Uint8Array): void {
    this.#take(this.#decode(bytes));
  }

  /** @throws Error as `push`, or if the whole is no set of images */
  end(): ImageTable {
    this.#take(`${this.#decode()}\n`);
    if (this.#count === 0) throw this.#error("it has no rows of numbers");
    if (this.#classes.size < 2) {
      throw this.#error(
        `all ${this.#count} images are of the class "${this.#words[0]}"; there must be two classes at least`,
      );
    }
    const { channels, side } = this.#shape();
    const classes = [...this.#classes].sort(inOrder);
    const index = new Map(classes.map((name, i) => [name, i]));
    return {
      classes,
      channels,
      height: side,
      width: side,
      pixels: this.#pixels.slice(0, this.#count * (this.#columns - 1)),
      labels: Uint8Array.from(this.#words, (word) => index.get(word) as number),
    };
  }

  #decode(bytes?: Uint8Array): string {
    try {
      return bytes === undefined ? this.#decoder.decode() : this.#decoder.decode(bytes, { stream: true });
    } catch {
      throw this.#error("it is no text", this.#line + 1);
    }
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() as string;
    for (const line of lines) this.#readLine(line.endsWith("\r") ? line.slice(0, -1) : line);
    if (this.#rest.length > longestLine)
      throw this.#error("the line is too long for an image", this.#line + 1);
  }

  #readLine(line: string): void {
    this.#line++;
    if (line.trim() === "") return;
    const cells = line.split(",");
    if (this.#columns === 0) {
      if (cells.length === 1) {
        const separator = line.includes(";") ? "semicolons" : line.includes("\t") ? "tabs" : undefined;
        throw this.#error(
          separator === undefined
            ? "there is only one value, but a label and pixels are needed"
            : `values are separated by ${separator}, but must be by commas`,
          this.#line,
        );
      }
      this.#columns = cells.length;
      this.#firstLine = this.#line;
      this.#shape();
      const names = cells.map((cell) => this.#unquoted(cell, 0).toLowerCase());
      const named = Math.max(
        0,
        names.findIndex((name) => labelNames.has(name)),
      );
      if (
        names.every((name, i) => i === named || (name !== "" && name !== "nan" && Number.isNaN(Number(name))))
      ) {
        this.#labelColumn = named;
        return;
      }
    }
    if (cells.length !== this.#columns) {
      throw this.#error(
        `there are ${cells.length} values, but ${this.#columns} in line ${this.#firstLine}`,
        this.#line,
      );
    }
    this.#readRow(cells);
  }

  #readRow(cells: readonly string[]): void {
    const size = this.#columns - 1;
    const start = this.#count * size;
    if (start + size > this.#pixels.length) {
      const larger = new Uint8Array(Math.max(2 * this.#pixels.length, 64 * size));
      larger.set(this.#pixels);
      this.#pixels = larger;
    }
    const label = this.#unquoted(cells[this.#labelColumn] as string, this.#labelColumn);
    if (label === "") throw this.#error("the label is empty", this.#line, this.#labelColumn);
    for (let i = 0, at = start; i < cells.length; i++) {
      if (i !== this.#labelColumn) this.#pixels[at++] = this.#pixel(cells[i] as string, i);
    }
    this.#classes.add(label);
    if (this.#classes.size > mostClasses) {
      throw this.#error(
        `this is class ${mostClasses + 1}, and there may be ${mostClasses}; is this value the label?`,
        this.#line,
        this.#labelColumn,
      );
    }
    this.#words.push(label);
    this.#count++;
  }

  #pixel(cell: string, column: number): number {
    const text = this.#unquoted(cell, column);
    const value = Number(text);
    if (text === "") throw this.#error("the value is empty", this.#line, column);
    if (Number.isNaN(value)) throw this.#error(`"${shortened(text)}" is no number`, this.#line, column);
    if (value < 0 || value > 255)
      throw this.#error(`${shortened(text)} is not from 0 to 255`, this.#line, column);
    if (!Number.isInteger(value)) {
      throw this.#error(
        `${shortened(text)} is no whole number; pixels are from 0 to 255`,
        this.#line,
        column,
      );
    }
    return value;
  }

  /** Quotes around a whole value may be left out, and are. */
  #unquoted(cell: string, column: number): string {
    const text = cell.trim();
    if (!text.includes('"')) return text;
    const inner = text.slice(1, -1);
    if (text.length < 2 || !text.startsWith('"') || !text.endsWith('"') || inner.includes('"')) {
      throw this.#error(
        "quotation marks must stand around a whole value, and no comma may be within",
        this.#line,
        column,
      );
    }
    return inner.trim();
  }

  #shape(): { channels: 1 | 3; side: number } {
    const values = this.#columns - 1;
    for (const channels of [1, 3] as const) {
      const side = Math.sqrt(values / channels);
      if (Number.isInteger(side) && side >= sides.least && side <= sides.most) return { channels, side };
    }
    throw this.#error(
      `there are ${values} values besides the label, but square images are needed: n x n of them, or 3 x n x n in colour, ` +
        `with n from ${sides.least} to ${sides.most}`,
      this.#firstLine,
    );
  }

  #error(problem: string, line?: number, column?: number): Error {
    const place =
      line === undefined ? "" : `, line ${line}${column === undefined ? "" : `, column ${column + 1}`}`;
    return new Error(`${this.#source}${place}: ${problem}`);
  }
}

/** Numbers by their value, then words by the alphabet. */
function inOrder(a: string, b: string): number {
  const [first, second] = [Number(a), Number(b)];
  if (Number.isNaN(first) !== Number.isNaN(second)) return Number.isNaN(first) ? 1 : -1;
  return Number.isNaN(first) ? (a < b ? -1 : a > b ? 1 : 0) : first - second;
}

const shortened = (text: string) => (text.length > 20 ? `${text.slice(0, 20)}...` : text);
