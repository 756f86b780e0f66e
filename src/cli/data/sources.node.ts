import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { DataError } from "../../data/errors.js";
import { digitClasses, subset } from "../../data/labelled-images.js";
import { stratifiedSplit } from "../../data/split.js";
import type { TrainAndTest } from "../example.js";
import { assetsFolder, cacheFolder, type Environment } from "./folders.node.js";
import { readLabelledImages } from "./idx-file.node.js";

export interface SourceOptions {
  /** The folder the user named. If given, the data must be there, and nowhere else is searched. */
  readonly data?: string | undefined;
  /** Default: `process.env`. */
  readonly environment?: Environment | undefined;
}

const imageSize = { height: 28, width: 28 };

/** Part of the data set's definition: another seed gives another test set and incomparable accuracies. */
const digitsSplitSeed = 1998;
const digitsTestFraction = 0.2;

/**
 * The 10,000 handwritten digits that the package carries (the first 10,000 of MNIST's training set): 8,000 to
 * train and 2,000 to test, by a fixed stratified split.
 */
export async function loadDigits(folder = join(assetsFolder(), "digits")): Promise<TrainAndTest> {
  const { images, labels } = digitsFiles(folder);
  if (!existsSync(images) || !existsSync(labels)) {
    throw new DataError(
      folder,
      "the embedded digits are not there; in a source checkout `npm run build` makes them",
    );
  }
  const all = await readLabelledImages(images, labels, { name: "digits", classes: digitClasses, imageSize });
  const split = stratifiedSplit(all.labels, digitClasses.length, digitsTestFraction, digitsSplitSeed);
  return { train: subset(all, split.train), test: subset(all, split.test) };
}

function digitsFiles(folder: string) {
  return { images: join(folder, "images.idx3-ubyte.gz"), labels: join(folder, "labels.idx1-ubyte.gz") };
}

/** The parts of MNIST: the first element of each is the stem of its file's name, the second what follows it. */
const mnistParts = {
  trainImages: ["train-images", "idx3-ubyte"],
  trainLabels: ["train-labels", "idx1-ubyte"],
  testImages: ["t10k-images", "idx3-ubyte"],
  testLabels: ["t10k-labels", "idx1-ubyte"],
} as const;

type MnistPart = keyof typeof mnistParts;
type MnistFiles = Readonly<Record<MnistPart, string>>;

/** Where MNIST is searched, in this order. */
export function mnistFolders(options: SourceOptions = {}): string[] {
  const { data, environment = process.env } = options;
  if (data !== undefined) return [resolve(data), resolve(data, "mnist")];
  const named = environment.GRADUS_DATA;
  return [
    ...(named ? [resolve(named), resolve(named, "mnist")] : []),
    join(cacheFolder(environment), "mnist"),
  ];
}

/** The names a part's file may have: plain before gzip, since it needs no unpacking. */
function fileNames(part: MnistPart): string[] {
  const [stem, suffix] = mnistParts[part];
  return ["", ".gz"].flatMap((packing) => ["-", "."].map((mark) => `${stem}${mark}${suffix}${packing}`));
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

interface Search {
  readonly files: MnistFiles | undefined;
  /** A line a folder: what was there and what was not. */
  readonly report: readonly string[];
}

function searchMnist(options: SourceOptions): Search {
  const report: string[] = [];
  for (const folder of mnistFolders(options)) {
    const find = (part: MnistPart) =>
      fileNames(part)
        .map((name) => join(folder, name))
        .find(isFile);
    const { trainImages, trainLabels, testImages, testLabels } = {
      trainImages: find("trainImages"),
      trainLabels: find("trainLabels"),
      testImages: find("testImages"),
      testLabels: find("testLabels"),
    };
    if (trainImages && trainLabels && testImages && testLabels) {
      return { files: { trainImages, trainLabels, testImages, testLabels }, report };
    }
    const found = { trainImages, trainLabels, testImages, testLabels };
    const missing = (Object.keys(mnistParts) as MnistPart[]).filter((part) => found[part] === undefined);
    const partly = missing.length < 4;
    const what = partly
      ? `lacks ${missing.map((part) => fileNames(part)[0]).join(", ")}`
      : "none of the files";
    report.push(`${folder} (${existsSync(folder) ? what : "no such folder"})`);
  }
  return { files: undefined, report };
}

/** The paths of MNIST's four files, searched as `loadMnist` does; `undefined` if they are nowhere together. */
export const findMnist = (options: SourceOptions = {}): MnistFiles | undefined => searchMnist(options).files;

/**
 * MNIST from its four standard IDX files, plain or gzip, with `-` or `.` before `idx` in their names. They are
 * searched in the folder given, or else in the folder that `GRADUS_DATA` names, then the cache folder; of a
 * given or named folder also its `mnist` subfolder.
 *
 * @throws DataError saying where it looked and how to get the files, or what is wrong with them
 */
export async function loadMnist(options: SourceOptions = {}): Promise<TrainAndTest> {
  const { files, report } = searchMnist(options);
  if (files === undefined) {
    const lines = report.map((line) => `\n  looked in ${line}`).join("");
    throw new DataError(
      "mnist",
      `the four files ${Object.values(mnistParts)
        .map(([stem]) => stem)
        .join(", ")} were not found:${lines}\n` +
        "`gradus data fetch mnist` downloads them; or name their folder with --data or GRADUS_DATA",
    );
  }
  const read = (images: string, labels: string) =>
    readLabelledImages(images, labels, { name: "mnist", classes: digitClasses, imageSize });
  const training = read(files.trainImages, files.trainLabels);
  const testing = read(files.testImages, files.testLabels);
  // Where both are broken, the training set is the one to be told of, whichever is read first.
  testing.catch(() => {});
  return { train: await training, test: await testing };
}

/** A row of `gradus data`. */
export interface DatasetListing {
  readonly name: string;
  readonly description: string;
  /** Images to train and to test. */
  readonly count: { readonly train: number; readonly test: number };
  readonly present: boolean;
  /** The folder where it is, or would be put by fetching. */
  readonly where: string;
  /** How to get it where it is not present. */
  readonly howToGet: string;
}

/** The data sets that the command knows, whether present or not. Reads no data. */
export function listDatasets(options: SourceOptions = {}): DatasetListing[] {
  const digitsFolder = join(assetsFolder(), "digits");
  const digits = digitsFiles(digitsFolder);
  const mnist = searchMnist(options).files;
  return [
    {
      name: "digits",
      description:
        "handwritten digits, 28 x 28, grey: the first 10,000 of MNIST's training set, carried by the package",
      count: { train: 8_000, test: 2_000 },
      present: isFile(digits.images) && isFile(digits.labels),
      where: digitsFolder,
      howToGet: "npm run build",
    },
    {
      name: "mnist",
      description: "handwritten digits, 28 x 28, grey: the full MNIST",
      count: { train: 60_000, test: 10_000 },
      present: mnist !== undefined,
      where:
        mnist === undefined
          ? join(cacheFolder(options.environment), "mnist")
          : resolve(mnist.trainImages, ".."),
      howToGet: "gradus data fetch mnist",
    },
  ];
}
