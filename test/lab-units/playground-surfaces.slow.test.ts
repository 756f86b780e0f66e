import { expect, it } from "vitest";
import { optimizerNames } from "../../lab/src/worker/playgrounds/optimizers.js";
import { type SurfaceName, surfaceList, usualRate } from "../../lab/src/worker/playgrounds/surface-list.js";
import { surfaces } from "../../lab/src/worker/playgrounds/surfaces.js";
import { useDevice } from "../../src/index.js";
import { advanced } from "./playground-steps.js";

it("all optimizers come down all surfaces with their usual rates", async () => {
  useDevice({ threads: 1 });
  for (const name of Object.keys(surfaceList) as SurfaceName[]) {
    const entries = optimizerNames.map((optimizer) => ({
      optimizer,
      learningRate: usualRate(name, optimizer),
    }));
    const { start } = surfaceList[name];
    const game = await surfaces({ surface: name, start, entries }, {}, { base: "http://localhost/" });
    const heights = (await advanced(game, 1)).paths.map(({ height }) => height);
    const { paths } = await advanced(game, 120);
    for (const [i, { optimizer, height, lost }] of paths.entries()) {
      expect(lost, `${optimizer} on ${name}`).toBe(false);
      expect(height, `${optimizer} on ${name}`).toBeLessThan(heights[i] as number);
    }
  }
});
