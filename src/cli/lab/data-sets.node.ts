import { open, stat } from "node:fs/promises";
import { basename } from "node:path";
import { constants, gunzipSync } from "node:zlib";
import { cifar10Classes } from "../../data/cifar.js";
import type { DataPart, DataSet } from "../../data/data-index.js";
import { DataError } from "../../data/errors.js";
import { isGzip } from "../../data/gzip.js";
import { digitClasses } from "../../data/labelled-images.js";
import { findCifar10 } from "../data/cifar10.node.js";
import { findMnist, type SourceOptions } from "../data/sources.node.js";

export interface FoundSets {
  readonly sets: readonly DataSet[];
  /** The files on this machine by the paths that `sets` names. */
  readonly files: ReadonlyMap<string, string>;
  /** What was found but cannot be used, a message each. */
  readonly problems: readonly string[];
}

/** MNIST and CIFAR-10 where they are on this machine. Reads only the beginnings and the ends of their files. */
export async function findDataSets(options: SourceOptions = {}): Promise<FoundSets> {
  const files = new Map<string, string>();
  const publish = (folder: string, file: string) => {
    const path = `${folder}/${basename(file)}`;
    files.set(path, file);
    return path;
  };
  const sets: DataSet[] = [];
  const problems: string[] = [];
  const attempt = async (make: () => Promise<DataSet | undefined>) => {
    try {
      const set = await make();
      if (set !== undefined) sets.push(set);
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
    }
  };

  await attempt(async () => {
    const found = findMnist(options);
    if (found === undefined) return undefined;
    const part = async (images: string, labels: string): Promise<DataPart> => ({
      format: "idx",
      images: publish("mnist", images),
      labels: publish("mnist", labels),
      count: await countIdxImages(images),
      bytes: (await stat(images)).size + (await stat(labels)).size,
    });
    return {
      name: "mnist",
      title: "MNIST",
      classes: digitClasses,
      channels: 1,
      height: 28,
      width: 28,
      train: [await part(found.trainImages, found.trainLabels)],
      test: [await part(found.testImages, found.testLabels)],
    };
  });

  await attempt(async () => {
    const found = findCifar10(options);
    if (found === undefined) return undefined;
    const part = async (records: string): Promise<DataPart> => ({
      format: "cifar10",
      records: publish("cifar10", records),
      count: await countRecords(records),
      bytes: (await stat(records)).size,
    });
    return {
      name: "cifar10",
      title: "CIFAR-10",
      classes: cifar10Classes,
      channels: 3,
      height: 32,
      width: 32,
      train: await Promise.all(found.train.map(part)),
      test: [await part(found.test)],
    };
  });
  return { sets, files, problems };
}

/** So many bytes of a file from `start`, or fewer where it ends. */
async function readSlice(path: string, start: number, length: number): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, Math.max(0, start));
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** The number of images that the header of an IDX file states. */
async function countIdxImages(path: string): Promise<number> {
  const head = await readSlice(path, 0, 4096);
  let header = head;
  try {
    if (isGzip(head)) header = gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch (cause) {
    throw new DataError(path, "the gzip data is damaged", { cause });
  }
  if (header.length < 16 || header.readUInt32BE(0) !== 0x0803) {
    throw new DataError(path, "is no IDX file of images (unsigned bytes of rank 3)");
  }
  return header.readUInt32BE(4);
}

const recordSize = 1 + 3 * 32 * 32;

/** The number of whole records; gzip ends with the length of what it holds (RFC 1952, section 2.3.1). */
async function countRecords(path: string): Promise<number> {
  const { size } = await stat(path);
  const packed = isGzip(await readSlice(path, 0, 2)) && size >= 18;
  const bytes = packed ? (await readSlice(path, size - 4, 4)).readUInt32LE(0) : size;
  if (bytes === 0 || bytes % recordSize !== 0) {
    throw new DataError(path, `${bytes} bytes are not a whole number of records of ${recordSize}`);
  }
  return bytes / recordSize;
}
