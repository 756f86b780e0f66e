import { DataError } from "./errors.js";

/** An array of bytes of any rank, as an IDX file holds it: row-major, last dimension fastest. */
export interface IdxArray {
  /** Where it came from, for error messages. */
  readonly source: string;
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

const uint8Type = 0x08;
const typeNames: Readonly<Record<number, string>> = {
  8: "uint8",
  9: "int8",
  11: "int16",
  12: "int32",
  13: "float32",
  14: "float64",
};

function product(shape: readonly number[]): number {
  return shape.reduce((size, dimension) => size * dimension, 1);
}

/**
 * Reads an IDX file of unsigned bytes.
 *
 * Format (the MNIST page of LeCun, Cortes and Burges): two zero bytes, the element type (8 is unsigned byte), the
 * rank, then each dimension as a big-endian 32-bit integer, then the elements.
 *
 * @param source names the file in errors
 * @returns an array whose `data` shares memory with `bytes`
 * @throws DataError if it is not IDX, not of unsigned bytes, or longer or shorter than its header says
 */
export function parseIdx(bytes: Uint8Array, source: string): IdxArray {
  if (bytes.length < 4) {
    throw new DataError(
      source,
      `an IDX file starts with a 4-byte magic number, but this has ${bytes.length} bytes`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = view.getUint32(0);
  const type = bytes[2] as number;
  const rank = bytes[3] as number;
  if (magic >>> 16 !== 0 || (type !== uint8Type && typeNames[type] === undefined)) {
    const found = magic.toString(16).padStart(8, "0");
    throw new DataError(
      source,
      `not an IDX file: it starts with 0x${found}, expected 0x000008 and the rank ` +
        "(0x00000803 for images, 0x00000801 for labels)",
    );
  }
  if (type !== uint8Type) {
    throw new DataError(
      source,
      `holds ${typeNames[type]} elements (IDX type ${type}), expected uint8 (type 8)`,
    );
  }
  const headerSize = 4 + 4 * rank;
  if (bytes.length < headerSize) {
    throw new DataError(
      source,
      `truncated: an IDX header of rank ${rank} has ${headerSize} bytes, but the file has ${bytes.length}`,
    );
  }
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const expected = product(shape);
  const found = bytes.length - headerSize;
  if (found !== expected) {
    const problem = found < expected ? "truncated" : "too long";
    throw new DataError(
      source,
      `${problem}: the header says ${shape.join(" x ") || "one element"}, that is ${expected} bytes after the ` +
        `header, but ${found} follow`,
    );
  }
  return { source, shape, data: bytes.subarray(headerSize) };
}

/**
 * The bytes of an IDX file of unsigned bytes.
 *
 * @throws RangeError if the shape cannot be written or does not fit the data
 */
export function writeIdx(shape: readonly number[], data: Uint8Array): Uint8Array<ArrayBuffer> {
  if (shape.length > 255) throw new RangeError(`writeIdx: rank ${shape.length}, but IDX allows at most 255`);
  for (const dimension of shape) {
    if (!Number.isInteger(dimension) || dimension < 0 || dimension > 0xffff_ffff) {
      throw new RangeError(`writeIdx: dimension ${dimension} of [${shape.join(", ")}] is no 32-bit size`);
    }
  }
  if (product(shape) !== data.length) {
    throw new RangeError(
      `writeIdx: shape [${shape.join(", ")}] needs ${product(shape)} bytes, but there are ${data.length}`,
    );
  }
  const headerSize = 4 + 4 * shape.length;
  const bytes = new Uint8Array(headerSize + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, (uint8Type << 8) | shape.length);
  shape.forEach((dimension, axis) => {
    view.setUint32(4 + 4 * axis, dimension);
  });
  bytes.set(data, headerSize);
  return bytes;
}
