import { readFile } from "node:fs/promises";
import { DataError } from "../../data/errors.js";
import { gunzipIfNeeded } from "../../data/gzip.js";
import { type IdxArray, parseIdx } from "../../data/idx.js";
import {
  type LabelledImages,
  type LabelledImagesOptions,
  labelledImages,
} from "../../data/labelled-images.js";

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "no such file",
  EACCES: "permission to read it is denied",
  EPERM: "permission to read it is denied",
  EISDIR: "is a folder, expected a file",
};

/** The code of a system error (`ENOENT`, ...), if it is one. */
export function systemErrorCode(error: unknown): string | undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : undefined;
}

/** @throws DataError naming the file and why it cannot be read */
export async function readDataFile(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    const reason = reasons[systemErrorCode(cause) ?? ""];
    const detail = reason ?? (cause instanceof Error ? cause.message : String(cause));
    throw new DataError(path, reason === undefined ? `cannot be read (${detail})` : detail, { cause });
  }
}

/** Reads an IDX file of unsigned bytes, plain or gzip, whatever its name. */
export async function readIdxFile(path: string): Promise<IdxArray> {
  return parseIdx(await gunzipIfNeeded(await readDataFile(path), { source: path }), path);
}

/** Reads a pair of IDX files, images `[count, height, width]` and labels `[count]`, each plain or gzip. */
export async function readLabelledImages(
  imagesPath: string,
  labelsPath: string,
  options: LabelledImagesOptions,
): Promise<LabelledImages> {
  const [images, labels] = await Promise.all([readIdxFile(imagesPath), readIdxFile(labelsPath)]);
  return labelledImages(images, labels, options);
}
