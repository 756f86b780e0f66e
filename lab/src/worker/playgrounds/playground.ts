/**
 * A small problem that can be seen whole. `Live` is what may change while it trains, `Frame` what the page shows. Making one
 * takes what is fixed from its first step on: the same fixed and live settings give the same bits at every step.
 */
export interface Playground<Live, Frame> {
  /** After so many steps it is over. */
  readonly limit?: number;
  /** Other settings from the next step on. */
  change(live: Live): void;
  /** @throws Error saying what went wrong, if training cannot go on */
  step(): Promise<void>;
  /** Where it stands, as plain data and fresh typed arrays. */
  frame(): Promise<Frame>;
}

export interface Surroundings {
  /** Address of the page, beside which data lie. */
  readonly base: string;
}

export type MakePlayground<Fixed, Live, Frame> = (
  fixed: Fixed,
  live: Live,
  surroundings: Surroundings,
) => Promise<Playground<Live, Frame>>;

/** A curve, thinned to what a screen shows. */
export interface Curve {
  readonly x: Float64Array<ArrayBuffer>;
  readonly y: Float64Array<ArrayBuffer>;
}

/** @throws Error if a loss is not a number any more */
export function requireFinite(loss: number, step: number, learningRate: number): void {
  if (Number.isFinite(loss)) return;
  throw new Error(
    `The loss is not finite at step ${step}. The learning rate is ${learningRate}; reset, and try a smaller one.`,
  );
}
