import { PassThrough } from "node:stream";
import { defineExample, type Example } from "../../../src/cli/example.js";
import type { ReaderStream } from "../../../src/cli/examples/reader.js";

/** A stream that remembers; on request, a terminal of 60 columns with all colours. */
export function stream(terminal = false): ReaderStream & { text(): string } {
  const through = new PassThrough();
  let seen = "";
  through.on("data", (chunk: Buffer) => {
    seen += chunk.toString();
  });
  const size = { isTTY: true, columns: 60, rows: 30, getColorDepth: () => 24 };
  return Object.assign(through, terminal ? size : {}, { text: () => seen });
}

/** An example of which only some parts matter. */
export function example(parts: Partial<Example>): Example {
  return defineExample({
    name: "test",
    topic: "Foundations",
    rows: ["M1"],
    title: "a title",
    claim: "A claim.",
    run: async () => ({ measured: "Nothing.", values: {} }),
    ...parts,
  });
}
