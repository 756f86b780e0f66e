import type { FixedOf, FrameOf, LiveOf, PlaygroundName } from "./index.js";

/** What the page asks of its Worker. */
export type Order<K extends PlaygroundName = PlaygroundName> =
  | {
      readonly order: "start";
      /** Counts starts: what comes of an earlier one is out of date. */
      readonly run: number;
      readonly name: K;
      readonly fixed: FixedOf<K>;
      readonly live: LiveOf<K>;
      readonly base: string;
      /** Train until this step, then wait; Infinity trains on. */
      readonly target: number;
      readonly stepsPerSecond: number;
    }
  | { readonly order: "change"; readonly live: LiveOf<K> }
  | { readonly order: "play" }
  | { readonly order: "pause" }
  | { readonly order: "advance"; readonly steps: number }
  | { readonly order: "pace"; readonly stepsPerSecond: number }
  /** The page has drawn a frame. */
  | { readonly order: "seen" };

export type News<K extends PlaygroundName = PlaygroundName> =
  | {
      readonly news: "frame";
      readonly run: number;
      readonly step: number;
      readonly playing: boolean;
      readonly frame: FrameOf<K>;
    }
  | { readonly news: "failure"; readonly run: number; readonly message: string };
