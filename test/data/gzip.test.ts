import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { DataError } from "../../src/data/errors.js";
import { gunzip, gunzipIfNeeded, isGzip } from "../../src/data/gzip.js";

const source = "images.gz";
/** Too irregular for the compressor to make it tiny. */
const plain = Uint8Array.from({ length: 300_000 }, (_, i) => (i * i * 31 + (i >> 5)) % 251);
const packed = new Uint8Array(gzipSync(plain));

/** `toEqual` takes a second for so many bytes. */
const same = (found: Uint8Array) => Buffer.compare(found, plain) === 0;

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe("gunzip", () => {
  it("gives back what was packed", async () => {
    expect(same(await gunzip(packed, { source }))).toBe(true);
    expect(await gunzip(new Uint8Array(gzipSync(new Uint8Array())), { source })).toHaveLength(0);
  });

  it("reads part of a buffer, and shared memory", async () => {
    const padded = new Uint8Array(packed.length + 20).fill(1);
    padded.set(packed, 10);
    expect(same(await gunzip(padded.subarray(10, 10 + packed.length), { source }))).toBe(true);
    const shared = new Uint8Array(new SharedArrayBuffer(packed.length));
    shared.set(packed);
    expect(same(await gunzip(shared, { source }))).toBe(true);
  });

  it("unpacks only where it is needed", async () => {
    expect(same(await gunzipIfNeeded(packed, { source }))).toBe(true);
    expect(await gunzipIfNeeded(plain, { source })).toBe(plain);
    expect([isGzip(packed), isGzip(plain), isGzip(Uint8Array.of(0x1f))]).toEqual([true, false, false]);
  });

  it.each([
    ["truncated in the middle", packed.subarray(0, packed.length >> 1)],
    ["truncated in the header", packed.subarray(0, 6)],
    ["without its last byte", packed.subarray(0, packed.length - 1)],
    ["of a wrong checksum", packed.map((byte, i) => (i === packed.length - 6 ? byte ^ 1 : byte))],
    ["corrupt in the middle", packed.map((byte, i) => (i === packed.length >> 1 ? byte ^ 0x55 : byte))],
    ["followed by something else", Uint8Array.of(...packed, 1, 2, 3)],
  ])("refuses data that is %s, naming the file and how much there was", async (_, bytes) => {
    const error = await failure(gunzip(bytes, { source }));
    expect(error).toBeInstanceOf(DataError);
    expect(String(error)).toMatch(/images\.gz: the gzip data is truncated or corrupt/);
    expect(String(error)).toContain(`${bytes.length} bytes`);
  });

  it("refuses what is no gzip", async () => {
    expect(String(await failure(gunzip(plain, { source })))).toMatch(/images\.gz: not a gzip file.*1f 8b/);
  });

  it("refuses to unpack more than is allowed", async () => {
    const bomb = new Uint8Array(gzipSync(new Uint8Array(5_000_000)));
    const error = await failure(gunzip(bomb, { source, maximumBytes: 1_000_000 }));
    expect(error).toBeInstanceOf(DataError);
    expect(String(error)).toMatch(/more than the 1000000 bytes/);
    expect(await gunzip(bomb, { source, maximumBytes: 5_000_000 })).toHaveLength(5_000_000);
  });
});
