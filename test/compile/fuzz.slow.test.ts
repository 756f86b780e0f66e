import { afterAll, describe, expect, test } from "vitest";
import { wasmBackend } from "../../src/backends/wasm/backend.js";
import { checks } from "../../src/backends/wasm/checks.js";
import type { Computation } from "../../src/graph/computation.js";
import { print } from "../../src/graph/print.js";
import { randomComputation } from "./random-program.js";
import { Leaves, onBackend, onReference, Random, type Results } from "./support.js";

const PROGRAMS = Number(process.env.GRADUS_FUZZ_PROGRAMS ?? 300);
const FIRST_SEED = Number(process.env.GRADUS_FUZZ_SEED ?? 1);

const settings = [
  { name: "one thread, plain multiply and add", options: { threads: 1, fused: false, checks } },
  { name: "one thread", options: { threads: 1, checks } },
  { name: "three threads", options: { threads: 3, checks } },
] as const;

describe("random programs", () => {
  const backends = settings.map(({ options }) => wasmBackend(options));
  afterAll(() => {
    for (const backend of backends) backend.close();
  });

  test(`${PROGRAMS} programs agree with the reference, and with themselves on any number of threads`, async () => {
    for (let seed = FIRST_SEED; seed < FIRST_SEED + PROGRAMS; seed++) {
      const computation = randomComputation(new Random(seed), 8 + (seed % 41));
      const expected = onReference(computation, new Leaves(seed));
      const results: Results[] = [];
      for (const [i, backend] of backends.entries()) {
        try {
          const result = await onBackend(backend, computation, new Leaves(seed));
          results.push(result);
          compare(result, expected);
        } catch (error) {
          const reason = error instanceof Error ? error.message : String(error);
          expect.fail(`seed ${seed}, ${settings[i]!.name}: ${reason}\n${describeComputation(computation)}`);
        }
      }
      expect(bitsOf(results[2]!), `seed ${seed}: three threads against one`).toEqual(bitsOf(results[1]!));
    }
  });
});

function describeComputation({ outputs, updates }: Computation): string {
  return print([...outputs, ...updates.map((update) => update.value)]);
}

function compare(actual: Results, expected: Results): void {
  const pairs = [
    ...actual.outputs.map((value, i) => [`output ${i}`, value, expected.outputs[i]!] as const),
    ...actual.updates.map((value, i) => [`update ${i}`, value, expected.updates[i]!] as const),
  ];
  for (const [name, got, wanted] of pairs) {
    if (got.length !== wanted.length)
      throw new Error(`${name} has ${got.length} elements, not ${wanted.length}`);
    let greatest = 1;
    for (let i = 0; i < wanted.length; i++)
      if (Number.isFinite(wanted[i])) greatest = Math.max(greatest, Math.abs(wanted[i]!));
    for (let i = 0; i < wanted.length; i++) {
      const same = Object.is(got[i], wanted[i]) || Math.abs(got[i]! - wanted[i]!) <= 2e-5 * greatest;
      if (!same) throw new Error(`${name}: element ${i} is ${got[i]}, expected ${wanted[i]}`);
    }
  }
}

function bitsOf({ outputs, updates }: Results): number[][] {
  return [...outputs, ...updates].map((value) =>
    Array.from(value instanceof Float32Array ? new Int32Array(value.buffer) : value),
  );
}
