import { DataError } from "../data/errors.js";
import type { NamedArray } from "../data/named-array.js";
import { allocate, type DType } from "../shape/dtype.js";
import { sizeOf } from "../shape/shape.js";

export interface SafetensorsFile {
  /** In the order in which their data stands in the file. */
  readonly tensors: ReadonlyMap<string, NamedArray>;
  readonly metadata: Readonly<Record<string, string>>;
}

const ownNames: { readonly [D in DType]: string } = { float32: "F32", int32: "I32", bool: "BOOL" };

/** As in the reference implementation: a longer header is an attack or an accident. */
const maximumHeader = 100_000_000;

/** How elements of a type of the file become ours. */
interface Reader {
  readonly bytes: number;
  readonly dtype: DType;
  /** Undefined if our dtype cannot hold the value. */
  read(view: DataView, offset: number): number | undefined;
}

const readers: Readonly<Record<string, Reader>> = {
  F32: { bytes: 4, dtype: "float32", read: (view, at) => view.getFloat32(at, true) },
  F64: { bytes: 8, dtype: "float32", read: (view, at) => view.getFloat64(at, true) },
  F16: { bytes: 2, dtype: "float32", read: (view, at) => halfToNumber(view.getUint16(at, true)) },
  BF16: { bytes: 2, dtype: "float32", read: (view, at) => bfloatToNumber(view.getUint16(at, true)) },
  I32: { bytes: 4, dtype: "int32", read: (view, at) => view.getInt32(at, true) },
  I64: { bytes: 8, dtype: "int32", read: (view, at) => narrow(view.getBigInt64(at, true)) },
  U8: { bytes: 1, dtype: "int32", read: (view, at) => view.getUint8(at) },
  BOOL: { bytes: 1, dtype: "bool", read: (view, at) => (view.getUint8(at) === 0 ? 0 : 1) },
};

function narrow(value: bigint): number | undefined {
  return value === BigInt.asIntN(32, value) ? Number(value) : undefined;
}

/** IEEE 754 binary16: 1 sign, 5 exponent and 10 fraction bits. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const scratch = new DataView(new ArrayBuffer(4));

/** The upper half of a float32. */
function bfloatToNumber(bits: number): number {
  scratch.setUint32(0, bits << 16);
  return scratch.getFloat32(0);
}

/**
 * The bytes of a safetensors file: an 8-byte header length, a JSON header, then the arrays, little-endian, without
 * gaps. The header is padded with spaces so that the arrays start at a multiple of 8 bytes.
 *
 * Source: the format description of https://github.com/huggingface/safetensors.
 */
export function writeSafetensors(
  tensors: Iterable<readonly [name: string, array: NamedArray]>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const header: Record<string, unknown> = Object.create(null);
  header.__metadata__ = metadata;
  const list = [...tensors];
  let end = 0;
  for (const [name, { dtype, shape, data }] of list) {
    if (name in header)
      throw new RangeError(`writeSafetensors: the name ${JSON.stringify(name)} occurs twice`);
    if (data.length !== sizeOf(shape)) {
      throw new RangeError(
        `writeSafetensors: ${name} [${shape.join(", ")}] needs ${sizeOf(shape)} elements, got ${data.length}`,
      );
    }
    const start = end;
    end += data.length * (dtype === "bool" ? 1 : 4);
    header[name] = { dtype: ownNames[dtype], shape, data_offsets: [start, end] };
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const headerSize = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + headerSize + end);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(headerSize), true);
  bytes.fill(0x20, 8, 8 + headerSize);
  bytes.set(json, 8);
  let at = 8 + headerSize;
  for (const [, { dtype, data }] of list) {
    for (const value of data) {
      if (dtype === "float32") view.setFloat32(at, value, true);
      else if (dtype === "int32") view.setInt32(at, value, true);
      else view.setUint8(at, value === 0 ? 0 : 1);
      at += dtype === "bool" ? 1 : 4;
    }
  }
  return bytes;
}

interface HeaderEntry {
  readonly name: string;
  readonly type: string;
  readonly shape: number[];
  readonly start: number;
  readonly end: number;
}

/**
 * Reads a safetensors file, strictly. Types F64, F16 and BF16 become float32, I64 and U8 int32.
 *
 * @param source names the file in errors
 * @throws DataError if it is truncated, its header is no such JSON, arrays overlap or leave gaps, sizes do not
 *   fit the shapes, or a type or an integer has no counterpart here
 */
export function readSafetensors(bytes: Uint8Array, source: string): SafetensorsFile {
  const fail = (problem: string, cause?: unknown): never => {
    throw new DataError(source, problem, { cause });
  };
  if (bytes.length < 8) {
    fail(
      `truncated: a safetensors file starts with 8 bytes of header length, but this has ${bytes.length} bytes`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerSize = Number(view.getBigUint64(0, true));
  if (headerSize > maximumHeader)
    fail("not a safetensors file: its first 8 bytes are no sensible length of a header");
  if (8 + headerSize > bytes.length) {
    fail(
      `truncated or no safetensors file: it claims a header of ${headerSize} bytes, but only ${bytes.length - 8} follow`,
    );
  }
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(8, 8 + headerSize)));
  } catch (cause) {
    fail("corrupt: the header is not JSON", cause);
  }
  if (!isRecord(header)) return fail("corrupt: the header is not a JSON object");

  const metadata: Record<string, string> = {};
  const entries: HeaderEntry[] = [];
  for (const [name, value] of Object.entries(header)) {
    if (name === "__metadata__") {
      if (!isRecord(value)) return fail("corrupt: __metadata__ is not an object");
      for (const [key, text] of Object.entries(value)) {
        if (typeof text !== "string") return fail(`corrupt: __metadata__.${key} is not a string`);
        metadata[key] = text;
      }
    } else {
      const entry = headerEntry(name, value);
      if (typeof entry === "string") return fail(`corrupt: tensor ${JSON.stringify(name)} ${entry}`);
      entries.push(entry);
    }
  }
  entries.sort((a, b) => a.start - b.start || a.end - b.end);

  const available = bytes.length - 8 - headerSize;
  let expectedStart = 0;
  for (const { name, start, end } of entries) {
    if (end > available) {
      fail(
        `truncated: tensor ${JSON.stringify(name)} ends at byte ${end} of the data, but there are only ${available}`,
      );
    }
    if (start !== expectedStart) {
      fail(
        `corrupt: tensor ${JSON.stringify(name)} starts at byte ${start} of the data, expected ${expectedStart}: ` +
          (start < expectedStart ? "it overlaps the one before" : "there is a gap before it"),
      );
    }
    expectedStart = end;
  }
  if (expectedStart !== available) {
    fail(`too long: the tensors take ${expectedStart} bytes, but ${available} follow the header`);
  }

  const tensors = new Map<string, NamedArray>();
  for (const { name, type, shape, start } of entries) {
    const reader = readers[type] as Reader;
    const data = allocate(reader.dtype, sizeOf(shape));
    const first = 8 + headerSize + start;
    for (let i = 0; i < data.length; i++) {
      const value = reader.read(view, first + i * reader.bytes);
      if (value === undefined)
        return fail(`tensor ${JSON.stringify(name)} holds an integer beyond 32 bits at index ${i}`);
      data[i] = value;
    }
    tensors.set(name, { dtype: reader.dtype, shape, data });
  }
  return { tensors, metadata };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((entry) => Number.isSafeInteger(entry) && entry >= 0);
}

/** The checked entry, or what is wrong with it. */
function headerEntry(name: string, value: unknown): HeaderEntry | string {
  if (!isRecord(value)) return "is not an object";
  const { dtype: type, shape, data_offsets: offsets } = value;
  const reader = typeof type === "string" && Object.hasOwn(readers, type) ? readers[type] : undefined;
  if (reader === undefined || typeof type !== "string") {
    return `has the type ${JSON.stringify(type)}; readable are ${Object.keys(readers).join(", ")}`;
  }
  if (!isCounts(shape)) return `has the shape ${JSON.stringify(shape)}`;
  if (!isCounts(offsets) || offsets.length !== 2) return `has the offsets ${JSON.stringify(offsets)}`;
  const [start, end] = offsets as [number, number];
  const needed = sizeOf(shape) * reader.bytes;
  if (end - start !== needed)
    return `of shape [${shape.join(", ")}] and type ${type} needs ${needed} bytes, but has ${end - start}`;
  return { name, type, shape, start, end };
}
