import { encode } from "fast-png";
import type { PixelImage } from "../../data/image.js";
import { chartSvg } from "../charts/svg.js";
import { loadCifar10 } from "../data/cifar10.node.js";
import { readImage } from "../data/image.node.js";
import { loadDigits, loadMnist } from "../data/sources.node.js";
import { UserError } from "../errors.js";
import type { Example, ExampleContext } from "../example.js";
import type { OutputFolder } from "./output.node.js";
import type { Reader } from "./reader.js";

export interface ExampleSettings {
  readonly quick: boolean;
  readonly seed: number;
  readonly signal: AbortSignal;
  /** The folder of data that the user named. */
  readonly data: string | undefined;
  /** The values given for the example's own options. */
  readonly options: Readonly<Record<string, string | undefined>>;
  readonly out: OutputFolder;
  readonly reader: Reader;
}

/** What an example sees of the command line: its settings, data from files, and places for its results. */
export function exampleContext(example: Example, settings: ExampleSettings): ExampleContext {
  const { quick, seed, signal, data, options, out, reader } = settings;
  const write = (name: string, content: string | Uint8Array, caption?: string) => {
    signal.throwIfAborted();
    out.write(name, content, caption);
  };
  const option = (name: string) => {
    const declared = example.options?.[name];
    if (declared === undefined) throw new RangeError(`example ${example.name} declares no option "${name}"`);
    return options[name] ?? declared.default;
  };
  return {
    quick,
    seed,
    signal,
    option,
    count: (name) => {
      const text = option(name);
      if (text === undefined) return undefined;
      const value = Number(text);
      if (Number.isSafeInteger(value) && value >= 1) return value;
      throw new UserError(`--${name} is "${text}", but must be an integer of at least 1`);
    },
    say: (text) => reader.say(text),
    table: (columns, rows) => reader.table(columns, rows),
    progress: (what, share) => {
      signal.throwIfAborted();
      reader.progress(what, share);
    },
    picture: async (name, image, caption = "") => {
      write(`${name}.png`, pngOf(image), caption);
      reader.picture(image, caption || name);
    },
    chart: async (name, chart) => {
      write(`${name}.svg`, chartSvg(chart), chart.title);
      reader.chart(chart);
    },
    file: async (name, content) => write(name, content),
    saved: async (name) => out.read(name),
    digits: () => loadDigits(),
    mnist: () => loadMnist({ data }),
    cifar10: () => loadCifar10({ data }),
    image: readImage,
  };
}

function pngOf({ width, height, channels, data }: PixelImage): Uint8Array {
  return encode({ width, height, channels, data: Uint8Array.from(data), depth: 8 });
}
