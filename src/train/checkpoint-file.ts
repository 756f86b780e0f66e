import { DataError } from "../data/errors.js";
import { readSafetensors, writeSafetensors } from "../io/safetensors.js";
import type { Checkpoint } from "./checkpoint.js";

const formatName = "gradus checkpoint 1";

/** A checkpoint's bytes: a safetensors file whose metadata hold the state of the training. */
export function encodeCheckpoint({ tensors, state }: Omit<Checkpoint, "source">): Uint8Array<ArrayBuffer> {
  return writeSafetensors(tensors, { format: formatName, state: JSON.stringify(state) });
}

/** @throws DataError if the file is not whole, or no checkpoint of this version */
export function decodeCheckpoint(bytes: Uint8Array, source: string): Checkpoint {
  const { tensors, metadata } = readSafetensors(bytes, source);
  if (metadata.format !== formatName) {
    const found =
      metadata.format === undefined ? "has no format entry" : `says ${JSON.stringify(metadata.format)}`;
    throw new DataError(
      source,
      `is safetensors, but no checkpoint: its metadata ${found}, expected "${formatName}"`,
    );
  }
  try {
    return { source, tensors, state: JSON.parse(metadata.state ?? "") };
  } catch (cause) {
    throw new DataError(source, "corrupt: the training state in its metadata is not JSON", { cause });
  }
}
