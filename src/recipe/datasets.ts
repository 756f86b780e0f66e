import { cifar10Classes } from "../data/cifar.js";
import { digitClasses } from "../data/labelled-images.js";
import type { DatasetName, DatasetRecipe, Recipe } from "./schema.js";

/** What must be known of a data set before it is read. */
export interface Dataset {
  readonly name: string;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** In the order of the labels. */
  readonly classes: readonly string[];
}

const digit = { channels: 1, height: 28, width: 28, classes: digitClasses };

/** The data sets that recipes can name. */
export const datasets: Readonly<Record<DatasetName, Dataset>> = {
  digits: { ...digit, name: "digits" },
  mnist: { ...digit, name: "mnist" },
  cifar10: { name: "cifar10", channels: 3, height: 32, width: 32, classes: cifar10Classes },
};

function ownDataset(name: string, { imageSize, classes }: Exclude<DatasetRecipe, string>): Dataset {
  const [height, width] = imageSize;
  const names = typeof classes === "number" ? Array.from({ length: classes }, (_, i) => String(i)) : classes;
  return { name, channels: 1, height, width, classes: names };
}

/** The data set that a recipe trains on. */
export function datasetOf({ name, dataset }: Pick<Recipe, "name" | "dataset">): Dataset {
  return typeof dataset === "string" ? datasets[dataset] : ownDataset(`the data of ${name}`, dataset);
}
