import { MultiBar, Presets, type SingleBar } from "cli-progress";
import type { ProgressEvent, TrainEvent } from "../../train/events.js";
import { type Colors, colorsFor, duration, grouped, percent } from "./style.js";

/** What the bar says on narrow terminals, too, where a line that breaks could not be redrawn. */
const essentials = "{bar} {percentage}%  epoch {epoch}/{epochs}  loss {loss}";

/** Shows training in a terminal: a bar that moves where there is one, else a line every few seconds. */
export class TrainingDisplay {
  readonly #output: NodeJS.WriteStream;
  readonly #colors: Colors;
  readonly #secondsBetweenLines: number;
  #bars: MultiBar | undefined;
  #bar: SingleBar | undefined;
  #validation: number | undefined;
  #lastLine = Number.NEGATIVE_INFINITY;

  constructor(output: NodeJS.WriteStream, secondsBetweenLines = 3) {
    this.#output = output;
    this.#colors = colorsFor(output);
    this.#secondsBetweenLines = secondsBetweenLines;
  }

  show(event: TrainEvent): void {
    switch (event.event) {
      case "progress":
        this.#progress(event);
        break;
      case "epoch": {
        if (event.validationAccuracy !== null) this.#validation = event.validationAccuracy;
        const epoch = String(event.cutShort ? event.epoch + 1 : event.epoch);
        const cutShort = event.cutShort ? " (time is up)" : "";
        const head = `epoch ${epoch.padStart(String(event.epochs).length)}/${event.epochs}${cutShort}  loss ${event.loss.toFixed(4)}`;
        const validation =
          event.validationAccuracy === null
            ? ""
            : `, validation accuracy ${percent(event.validationAccuracy)}`;
        const full = `${head}, accuracy ${percent(event.accuracy)}${validation}`;
        const text = full.length <= this.#columns ? full : head + validation;
        const speed = `  ${grouped(event.examplesPerSecond)} examples/s`;
        this.#line(text.length + speed.length <= this.#columns ? text + this.#colors.dim(speed) : text);
        break;
      }
      case "done":
      case "stopped":
      case "failed":
        this.close();
        break;
      case "start":
      case "interval":
      case "checkpoint":
    }
  }

  close(): void {
    this.#bars?.stop();
    this.#bars = undefined;
    this.#bar = undefined;
  }

  #progress(event: ProgressEvent): void {
    const { epoch, epochs } = event;
    const loss = event.loss.toFixed(4);
    const validation = this.#validation === undefined ? "-" : percent(this.#validation);
    const speed = grouped(event.examplesPerSecond);
    const left = duration(event.secondsLeft);
    if (this.#output.isTTY) {
      this.#open();
      this.#bar?.update(Math.round(event.fraction * 1000), {
        epoch: epoch + 1,
        epochs,
        loss,
        validation,
        speed,
        left,
      });
      return;
    }
    const now = performance.now();
    if (now - this.#lastLine < this.#secondsBetweenLines * 1000) return;
    this.#lastLine = now;
    this.#output.write(
      `${percent(event.fraction, 0).padStart(4)}  epoch ${epoch + 1}/${epochs}  loss ${loss}  ` +
        `validation ${validation}  ${speed} examples/s  ${left} left\n`,
    );
  }

  /** Of a terminal; elsewhere lines may be as long as they like. */
  get #columns(): number {
    return this.#output.isTTY ? (this.#output.columns ?? 80) - 1 : Number.POSITIVE_INFINITY;
  }

  #open(): void {
    if (this.#bar) return;
    this.#bars = new MultiBar(
      {
        stream: this.#output,
        format:
          this.#columns >= 110
            ? `${essentials}  validation {validation}  {speed} examples/s  {left} left`
            : `${essentials}  {left} left`,
        barsize: Math.max(4, Math.min(24, this.#columns - 48)),
        hideCursor: true,
        clearOnComplete: true,
        gracefulExit: false,
        forceRedraw: true,
      },
      Presets.shades_classic,
    );
    this.#bar = this.#bars.create(1000, 0, {
      epoch: 1,
      epochs: 1,
      loss: "-",
      validation: "-",
      speed: "-",
      left: "-",
    });
  }

  /** A line above the bar. */
  #line(text: string): void {
    if (this.#bars) {
      this.#bars.log(`${text}\n`);
      this.#bars.update();
    } else this.#output.write(`${text}\n`);
  }
}
