import { compile, concatenate, type Tensor, tensor, Variable } from "gradus";
import type { Entry } from "./entries.js";
import { makeOptimizer } from "./optimizers.js";
import type { MakePlayground } from "./playground.js";
import { type SurfaceName, surfaceList } from "./surface-list.js";

/** Crossings of the field whose heights the page draws. */
const columns = 200;
const lines = 160;

export interface SurfacesFixed {
  readonly surface: SurfaceName;
  readonly start: readonly [number, number];
  readonly entries: readonly Entry[];
}

/** Nothing can change on the way. */
export type SurfacesLive = Readonly<Record<string, never>>;

export interface SurfacePath extends Entry {
  /** Where it has been, from the start on: `[steps + 1, 2]`. */
  readonly places: Float32Array<ArrayBuffer>;
  /** The height there. */
  readonly height: number;
  /** It has left all numbers behind. */
  readonly lost: boolean;
}

export interface SurfacesFrame {
  readonly surface: SurfaceName;
  readonly paths: readonly SurfacePath[];
  /** Heights `[lines, columns]`, from the top. */
  readonly field: Float32Array<ArrayBuffer>;
  readonly columns: number;
  readonly lines: number;
}

/** Optimizers on a loss of two numbers, from the same start. */
export const surfaces: MakePlayground<SurfacesFixed, SurfacesLive, SurfacesFrame> = async (fixed) => {
  const { x, y, height } = surfaceList[fixed.surface];
  const walkers = fixed.entries.map((entry) => {
    const place = new Variable([2], [...fixed.start], { name: "place" });
    const optimizer = makeOptimizer(entry.optimizer, [place], entry.learningRate);
    const heightAt = () => height(place.value.slice([0], [1]), place.value.slice([1], [2]));
    // Its place and height after the step.
    const step = compile(() => {
      optimizer.minimize(heightAt().sum());
      return concatenate([place.value, heightAt()]);
    });
    return { entry, step, places: [...fixed.start], height: Number.NaN, lost: false };
  });
  const field = await fieldOf(x, y, height);

  return {
    limit: 2000,
    change() {},

    async step() {
      for (const walker of walkers) {
        if (walker.lost) continue;
        const [left = Number.NaN, up = Number.NaN, value = Number.NaN] = await walker.step().data();
        if (Number.isFinite(value)) {
          walker.places.push(left, up);
          walker.height = value;
        } else walker.lost = true;
      }
    },

    async frame() {
      const paths = walkers.map(({ entry, places, height, lost }) => ({
        ...entry,
        places: Float32Array.from(places),
        height,
        lost,
      }));
      return { surface: fixed.surface, paths, field: field.slice(), columns, lines };
    },
  };
};

async function fieldOf(
  x: readonly [number, number],
  y: readonly [number, number],
  height: (x: Tensor, y: Tensor) => Tensor,
): Promise<Float32Array<ArrayBuffer>> {
  const along = (i: number, count: number, [low, high]: readonly [number, number]) =>
    low + (i / (count - 1)) * (high - low);
  const places = { length: columns * lines };
  const xs = Float32Array.from(places, (_, i) => along(i % columns, columns, x));
  const ys = Float32Array.from(places, (_, i) => along(lines - 1 - Math.floor(i / columns), lines, y));
  return Float32Array.from(await height(tensor(xs), tensor(ys)).data());
}
