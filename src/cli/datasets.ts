import { datasetOf } from "../recipe/datasets.js";
import type { DatasetName, Recipe } from "../recipe/schema.js";
import { loadCifar10 } from "./data/cifar10.node.js";
import { readLabelledImages } from "./data/idx-file.node.js";
import { loadDigits, loadMnist, type SourceOptions } from "./data/sources.node.js";
import type { TrainAndTest } from "./example.js";

/** Where the images of a recipe's data set come from. */
export interface DataSource {
  /** Whether they are searched in the folder that `--data` names. */
  readonly searched: boolean;
  load(options: SourceOptions): Promise<TrainAndTest>;
}

const named: Readonly<Record<DatasetName, DataSource>> = {
  digits: { searched: false, load: () => loadDigits() },
  mnist: { searched: true, load: loadMnist },
  cifar10: { searched: true, load: loadCifar10 },
};

/** The source of the data set that a recipe trains on. */
export function sourceOf(recipe: Recipe): DataSource {
  const files = recipe.dataset;
  if (typeof files === "string") return named[files];
  const { name, classes, height, width } = datasetOf(recipe);
  const options = { name, classes, imageSize: { height, width } };
  return {
    searched: false,
    load: async () => ({
      train: await readLabelledImages(files.images, files.labels, options),
      test: await readLabelledImages(files.testImages, files.testLabels, options),
    }),
  };
}
