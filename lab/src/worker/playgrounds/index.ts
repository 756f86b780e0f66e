import { autoencoder } from "./autoencoder.js";
import { classify } from "./classify.js";
import { painting } from "./painting.js";
import { race } from "./race.js";
import { regression } from "./regression.js";
import { surfaces } from "./surfaces.js";

/** All playgrounds, by the name that the page asks for. */
export const playgrounds = { classify, regression, painting, autoencoder, race, surfaces };

export type Playgrounds = typeof playgrounds;
export type PlaygroundName = keyof Playgrounds;
export type FixedOf<K extends PlaygroundName> = Parameters<Playgrounds[K]>[0];
export type LiveOf<K extends PlaygroundName> = Parameters<Playgrounds[K]>[1];
export type FrameOf<K extends PlaygroundName> = Awaited<
  ReturnType<Awaited<ReturnType<Playgrounds[K]>>["frame"]>
>;
