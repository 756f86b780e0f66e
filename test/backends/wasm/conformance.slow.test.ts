import { afterAll, describe } from "vitest";
import type { Backend } from "../../../src/backends/backend.js";
import { type WasmOptions, wasmBackend } from "../../../src/backends/wasm/backend.js";
import { checks } from "../../../src/backends/wasm/checks.js";
import { structureOf } from "../../../src/compile/structure.js";
import { node } from "../../../src/graph/build.js";
import type { Node } from "../../../src/graph/types.js";
import { conformance, type Run } from "../../conformance/conformance.js";

/** Runs graphs as programs of a WebAssembly device, the way the runtime does. */
function runner(backend: Backend): Run {
  return async (roots, leaf) => {
    const computation = { outputs: roots as readonly Node[], updates: [] };
    const executable = await backend.load(computation);
    const buffers = structureOf(computation).leaves.map((entry) => {
      const read =
        entry.kind === "input"
          ? node("input", [], { slot: entry.slot })
          : node("variable", [], { cell: entry.cell });
      const buffer = backend.allocate(read);
      buffer.write(leaf(read));
      return buffer;
    });
    const results = executable.run(buffers);
    for (const buffer of buffers) buffer.release();
    return results;
  };
}

const settings: readonly { readonly name: string; readonly options: WasmOptions }[] = [
  {
    name: "wasm, one thread, plain multiply and add",
    options: { threads: 1, fused: false, stepsPerTurn: 4, checks },
  },
  { name: "wasm, one thread, fused multiply-add", options: { threads: 1, stepsPerTurn: 1, checks } },
  { name: "wasm, three threads", options: { threads: 3, checks } },
];

describe.each(settings)("$name", ({ name, options }) => {
  const backend = wasmBackend(options);
  afterAll(() => backend.close());
  conformance(name, runner(backend));
});
