import { compile, inspect, type Tensor } from "gradus";
import type { Lens } from "../lens.js";
import { type Numbers, numbersOf } from "../numbers.js";
import { type Chosen, judge } from "./chosen.js";

export interface ClassMapParameters {
  readonly chosen: Chosen;
  /** Class; default: the one that the network sees. */
  readonly of?: number | undefined;
  /** Layer, for Grad-CAM; without one, the class activation map, which fits only networks with a linear end. */
  readonly path?: string | undefined;
}

export interface ClassMap {
  /** `[channels, height, width]`, as the network sees it. */
  readonly input: Numbers;
  /** `[1, rows, columns]` of the layer. */
  readonly map: Numbers;
  /** The same, as large as the image: `[1, height, width]`. */
  readonly enlarged: Numbers;
  readonly of: number;
  readonly step: number;
}

/** Where in the image a layer speaks for a class. @throws RangeError if there is no class activation map of this network */
export const classMap: Lens<ClassMapParameters, ClassMap> = async (subject, { chosen, of, path }) => {
  const { run, once } = subject;
  const look = once(`class map ${path}`, () =>
    compile(
      (images: Tensor, classes: Tensor) => {
        const map = (upsample: boolean) =>
          path === undefined
            ? inspect.classActivationMap(run.model, images, { of: classes, upsample })
            : inspect.gradCam(run.model, images, { of: classes, path, upsample });
        return { map: map(false), enlarged: map(true) };
      },
      { name: "class map" },
    ),
  );
  const judged = await judge(subject, chosen, of);
  const { map, enlarged } = look(judged.images, judged.classes);
  const withoutBatch = { withoutBatch: true };
  return {
    input: await numbersOf(judged.images, withoutBatch),
    map: await numbersOf(map, withoutBatch),
    enlarged: await numbersOf(enlarged, withoutBatch),
    of: judged.of,
    step: run.step,
  };
};
