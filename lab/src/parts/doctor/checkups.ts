/** What the doctor has measured while the page was open, for its charts. */
import type { inspect } from "gradus";
import type { Checkup } from "../../worker/lenses/examination.js";
import { weightsOf } from "./layers.js";

/** Twice as many are kept before every second one is dropped. */
const kept = 300;

type Figure = "updateRatio" | "gradientNorm";

interface Entry {
  readonly step: number;
  readonly weights: readonly inspect.ParameterExamination[];
}

export class Checkups {
  #training = "";
  #entries: Entry[] = [];

  /**
   * Adds an examination. Another training begins another record; what came after a step to which one went back is
   * forgotten, since it may come otherwise.
   */
  add(training: string, { step, examination }: Checkup): void {
    if (training !== this.#training) this.#entries = [];
    this.#training = training;
    while (this.#entries.length > 0 && this.#entries.at(-1)!.step >= step) this.#entries.pop();
    this.#entries.push({ step, weights: weightsOf(examination) });
    if (this.#entries.length > 2 * kept) this.#entries = this.#entries.filter((_, i) => i % 2 === 0);
  }

  /** Names of the weights, in the network's order. */
  get names(): string[] {
    return this.#entries.at(-1)?.weights.map(({ name }) => name) ?? [];
  }

  get steps(): number[] {
    return this.#entries.map(({ step }) => step);
  }

  /** One curve for each of the weights; null where a logarithm has no place for the number. */
  curves(figure: Figure): (number | null)[][] {
    return this.names.map((_, i) =>
      this.#entries.map(({ weights }) => {
        const value = weights[i]?.[figure] ?? 0;
        return value > 0 ? value : null;
      }),
    );
  }
}
