import type { Playground } from "../../lab/src/worker/playgrounds/playground.js";

/** How a playground stands after more steps. */
export async function advanced<Live, Frame>(game: Playground<Live, Frame>, steps: number): Promise<Frame> {
  for (let i = 0; i < steps; i++) await game.step();
  return game.frame();
}
