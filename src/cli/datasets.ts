import { digitClasses } from "../data/labelled-images.js";
import { readLabelledImages } from "./data/idx-file.node.js";
import { loadDigits, loadMnist, type SourceOptions } from "./data/sources.node.js";
import type { TrainAndTest } from "./example.js";
import type { DatasetRecipe, datasetNames, Recipe } from "./recipe.js";

/** What a recipe must know of a data set before it is read. */
export interface Dataset {
  readonly name: string;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly classes: readonly string[];
  /** Whether it is searched in the folder that `--data` names. */
  readonly searched: boolean;
  load(options: SourceOptions): Promise<TrainAndTest>;
}

const digit = { channels: 1, height: 28, width: 28, classes: digitClasses };

const named: Readonly<Record<(typeof datasetNames)[number], Dataset>> = {
  digits: { ...digit, name: "digits", searched: false, load: () => loadDigits() },
  mnist: { ...digit, name: "mnist", searched: true, load: loadMnist },
};

function ownDataset(name: string, files: Exclude<DatasetRecipe, string>): Dataset {
  const [height, width] = files.imageSize;
  const classes =
    typeof files.classes === "number"
      ? Array.from({ length: files.classes }, (_, i) => String(i))
      : files.classes;
  const options = { name, classes, imageSize: { height, width } };
  return {
    name,
    channels: 1,
    height,
    width,
    classes,
    searched: false,
    load: async () => ({
      train: await readLabelledImages(files.images, files.labels, options),
      test: await readLabelledImages(files.testImages, files.testLabels, options),
    }),
  };
}

/** The data set that a recipe trains on. */
export function datasetOf({ name, dataset }: Recipe): Dataset {
  return typeof dataset === "string" ? named[dataset] : ownDataset(`the data of ${name}`, dataset);
}
