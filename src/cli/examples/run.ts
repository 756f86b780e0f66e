import { UserError } from "../errors.js";
import type { Example, ExampleContext, Json, Outcome } from "../example.js";

/** What `--json` prints beside an example's own values. */
export interface ExampleFacts {
  readonly example: string;
  readonly quick: boolean;
  readonly seed: number;
  readonly seconds: number;
  readonly claim: string;
  readonly measured: string;
  readonly files: readonly string[];
}

const factNames: Readonly<Record<keyof ExampleFacts, true>> = {
  example: true,
  quick: true,
  seed: true,
  seconds: true,
  claim: true,
  measured: true,
  files: true,
};

/**
 * Runs an example.
 * @throws RangeError if one of its values would hide a fact that `--json` prints
 */
export async function runExample(example: Example, context: ExampleContext): Promise<Outcome> {
  const outcome = await example.run(context);
  const taken = Object.keys(outcome.values).find((name) => Object.hasOwn(factNames, name));
  if (taken !== undefined) {
    throw new RangeError(
      `example ${example.name}: its value "${taken}" needs another name: --json prints that itself`,
    );
  }
  return outcome;
}

/** The line that `--json` prints. Numbers that are not finite become null. */
export function jsonLine(facts: ExampleFacts, values: { readonly [key: string]: Json }): string {
  return `${JSON.stringify({ ...facts, ...values })}\n`;
}

/** Longer than any step: an example that looks at its signal ends by itself before. */
const graceMilliseconds = 2000;

/** What came of `work`, or undefined once it was told to stop: then it has a moment to end by itself. */
export async function untilStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  const stopped = new Promise<undefined>((resolve) => {
    const wait = () => setTimeout(resolve, graceMilliseconds, undefined);
    if (signal.aborted) wait();
    else signal.addEventListener("abort", wait, { once: true });
  });
  try {
    const result = await Promise.race([work, stopped]);
    return signal.aborted ? undefined : result;
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

/** @throws UserError naming an option of the example that every example has already */
export function checkOwnOptions(example: Example, taken: readonly string[]): void {
  const name = Object.keys(example.options ?? {}).find((own) => taken.includes(own));
  if (name !== undefined)
    throw new UserError(`example ${example.name}: its option --${name} needs another name`);
}
