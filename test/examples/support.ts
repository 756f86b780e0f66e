import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { decode } from "fast-png";
import { onTestFinished } from "vitest";
import type { Example, Outcome } from "../../src/cli/example.js";
import { exampleContext } from "../../src/cli/examples/context.node.js";
import { OutputFolder } from "../../src/cli/examples/output.node.js";
import { Reader } from "../../src/cli/examples/reader.js";
import { runExample as run } from "../../src/cli/examples/run.js";

export interface ExampleRun extends Outcome {
  /** What the reader would see, without the claim and the measurement. */
  readonly text: string;
  /** Names of the files written. */
  readonly files: readonly string[];
  /** The pixels of a picture written, as bytes. */
  pixels(name: string): { width: number; height: number; channels: number; data: ArrayLike<number> };
  read(name: string): string;
}

/** Runs an example as the command line does, quick unless told otherwise, and collects what it gives. */
export async function runExample(
  example: Example,
  settings: {
    readonly quick?: boolean;
    readonly seed?: number;
    readonly data?: string;
    readonly options?: Readonly<Record<string, string>>;
  } = {},
): Promise<ExampleRun> {
  const out = mkdtempSync(join(tmpdir(), "gradus-example-"));
  onTestFinished(() => rmSync(out, { recursive: true, force: true }));
  let text = "";
  const sink = new Writable({
    write(chunk, _, done) {
      text += String(chunk);
      done();
    },
  });
  const outcome = await run(
    example,
    exampleContext(example, {
      quick: settings.quick ?? true,
      seed: settings.seed ?? 1,
      signal: new AbortController().signal,
      data: settings.data,
      options: settings.options ?? {},
      out: new OutputFolder(out),
      reader: new Reader(sink),
    }),
  );
  return {
    ...outcome,
    text,
    files: readdirSync(out).sort(),
    pixels: (name) => decode(readFileSync(join(out, name))),
    read: (name) => readFileSync(join(out, name), "utf8"),
  };
}

/** The real data beside the checkout, or where `GRADUS_DATA` says; undefined where there is none. */
export function sharedData(name: "mnist" | "cifar10"): string | undefined {
  const folder = join(process.env.GRADUS_DATA ?? join(import.meta.dirname, "../../../shared/data"), name);
  return existsSync(folder) ? folder : undefined;
}
