import { DataError } from "./errors.js";

export interface GunzipOptions {
  /** Names the file in errors. */
  readonly source: string;
  /** Refuse to unpack more than this many bytes. Default: 2^30, far above any data set here. */
  readonly maximumBytes?: number;
}

/** Whether the bytes start with the gzip magic number (RFC 1952, section 2.3.1). */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes.length >= 2 && bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * Unpacks gzip with the platform's own `DecompressionStream`, which browsers and Node share.
 *
 * @throws DataError if the data is truncated, corrupt (its CRC-32 is checked), or larger than `maximumBytes`
 */
export async function gunzip(bytes: Uint8Array, options: GunzipOptions): Promise<Uint8Array<ArrayBuffer>> {
  const { source, maximumBytes = 2 ** 30 } = options;
  if (!isGzip(bytes)) {
    throw new DataError(source, "not a gzip file: it does not start with the bytes 1f 8b");
  }
  const stream = new DecompressionStream("gzip");
  const writer = stream.writable.getWriter();
  // Reading below reports every failure; the writing side fails with it and has nothing to add.
  const ignore = () => {};
  writer.closed.catch(ignore);
  writer
    .write(plainBuffer(bytes))
    .then(() => writer.close(), ignore)
    .catch(ignore);

  const reader = stream.readable.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    let result: ReadableStreamReadResult<Uint8Array>;
    try {
      result = await reader.read();
    } catch (cause) {
      const reason = cause instanceof Error && cause.message !== "" ? ` (${cause.message})` : "";
      throw new DataError(
        source,
        `the gzip data is truncated or corrupt${reason}: ${bytes.length} bytes were read and ${size} unpacked ` +
          "before the error",
        { cause },
      );
    }
    if (result.done) break;
    size += result.value.length;
    if (size > maximumBytes) {
      reader.cancel().catch(ignore);
      throw new DataError(source, `unpacks to more than the ${maximumBytes} bytes allowed`);
    }
    chunks.push(result.value);
  }
  const unpacked = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    unpacked.set(chunk, offset);
    offset += chunk.length;
  }
  return unpacked;
}

/** The bytes themselves, or what they unpack to if they are gzip. */
export async function gunzipIfNeeded(bytes: Uint8Array, options: GunzipOptions): Promise<Uint8Array> {
  return isGzip(bytes) ? gunzip(bytes, options) : bytes;
}

/** Streams take no views of shared memory; only those are copied. */
function plainBuffer(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset, length } = bytes;
  return buffer instanceof ArrayBuffer ? new Uint8Array(buffer, byteOffset, length) : new Uint8Array(bytes);
}
