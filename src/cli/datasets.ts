import { digitClasses } from "../data/labelled-images.js";
import { loadDigits, loadMnist, type SourceOptions, type TrainAndTest } from "./data/sources.node.js";
import type { datasetNames } from "./recipe.js";

/** What a recipe must know of a data set before it is read. */
export interface Dataset {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly classes: readonly string[];
  load(options: SourceOptions): Promise<TrainAndTest>;
}

const digit = { channels: 1, height: 28, width: 28, classes: digitClasses };

export const datasets: Readonly<Record<(typeof datasetNames)[number], Dataset>> = {
  digits: { ...digit, load: () => loadDigits() },
  mnist: { ...digit, load: loadMnist },
};
