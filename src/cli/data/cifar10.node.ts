import { existsSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { concatenate, parseCifar10 } from "../../data/cifar.js";
import { DataError } from "../../data/errors.js";
import { gunzipIfNeeded } from "../../data/gzip.js";
import type { LabelledImages } from "../../data/labelled-images.js";
import type { TrainAndTest } from "../example.js";
import { cacheFolder } from "./folders.node.js";
import { readDataFile } from "./idx-file.node.js";
import type { DatasetListing, SourceOptions } from "./sources.node.js";

/** The five training files of the binary version, and the test file; each plain or gzip. */
const trainFiles = [1, 2, 3, 4, 5].map((part) => `data_batch_${part}.bin`);
const testFile = "test_batch.bin";

/** Where CIFAR-10 is searched, in this order; also the folder of its own archive. */
function cifar10Folders({ data, environment = process.env }: SourceOptions): string[] {
  const named = environment.GRADUS_DATA;
  const roots = data !== undefined ? [data] : named ? [named] : [];
  const folders = roots.flatMap((root) => [resolve(root), resolve(root, "cifar10")]);
  if (data === undefined) folders.push(join(cacheFolder(environment), "cifar10"));
  return folders.flatMap((folder) => [folder, join(folder, "cifar-10-batches-bin")]);
}

function findFile(folder: string, name: string): string | undefined {
  return [name, `${name}.gz`]
    .map((file) => join(folder, file))
    .find((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true);
}

interface Cifar10Files {
  /** One to five. */
  readonly train: readonly string[];
  readonly test: string;
}

/** The paths of CIFAR-10's files, searched as `loadCifar10` does. */
export function findCifar10(options: SourceOptions = {}): Cifar10Files | undefined {
  for (const folder of cifar10Folders(options)) {
    const train = trainFiles.map((name) => findFile(folder, name)).filter((path) => path !== undefined);
    const test = findFile(folder, testFile);
    if (train.length > 0 && test !== undefined) return { train, test };
  }
  return undefined;
}

/**
 * CIFAR-10 from its binary files, plain or gzip: `test_batch.bin` and as many of `data_batch_1.bin` to
 * `data_batch_5.bin` as there are. They are searched like MNIST's.
 *
 * @throws DataError saying where it looked and how to get the files, or what is wrong with them
 */
export async function loadCifar10(options: SourceOptions = {}): Promise<TrainAndTest> {
  const files = findCifar10(options);
  if (files !== undefined) {
    const sets = await Promise.all(files.train.map(read));
    return { train: concatenate(sets, "cifar10"), test: await read(files.test) };
  }
  const looked = cifar10Folders(options)
    .filter((folder) => !folder.endsWith("cifar-10-batches-bin"))
    .map(
      (folder) => `\n  looked in ${folder} (${existsSync(folder) ? "none of the files" : "no such folder"})`,
    );
  throw new DataError(
    "cifar10",
    `${testFile} and at least ${trainFiles[0]} were not found:${looked.join("")}\n` +
      "unpack the binary version of CIFAR-10 (cifar-10-binary.tar.gz, from its authors' page at www.cs.toronto.edu/~kriz/cifar.html) " +
      "into one of these folders, or name its folder with --data or GRADUS_DATA",
  );
}

async function read(path: string): Promise<LabelledImages> {
  return parseCifar10(await gunzipIfNeeded(await readDataFile(path), { source: path }), path, "cifar10");
}

/** CIFAR-10's row of `gradus data`. Reads no data. */
export function cifar10Listing(options: SourceOptions = {}): DatasetListing {
  const files = findCifar10(options);
  return {
    name: "cifar10",
    description: "photographs of ten kinds of things, 32 x 32, in colour",
    count: { train: 10_000 * (files?.train.length ?? trainFiles.length), test: 10_000 },
    present: files !== undefined,
    where: files === undefined ? join(cacheFolder(options.environment), "cifar10") : dirname(files.test),
    howToGet: "cifar-10-binary.tar.gz from www.cs.toronto.edu/~kriz/cifar.html, unpacked there",
  };
}
