import type { Run } from "./run.js";

/** What a lens has to look at. */
export interface Subject {
  /** The training; its model has the weights of the step at which it stands. */
  readonly run: Run;
  /** Makes something for this network once, such as a compiled program, and finds it again by `key`. */
  once<T>(key: string, make: () => T): T;
}

/**
 * A way of looking at the network as it is now: reads, and never changes. The result is numbers, words, and typed arrays
 * whose memory moves to the page, so a lens makes them afresh. Lenses are listed in `lenses/index.ts`.
 */
export type Lens<Parameters, Result> = (subject: Subject, parameters: Parameters) => Promise<Result>;
