import { deflateSync } from "node:zlib";
import { encode } from "fast-png";
import { describe, expect, it } from "vitest";
import { decodePng } from "../../src/cli/data/png.node.js";
import { DataError } from "../../src/data/errors.js";
import { mnistImage } from "../../src/data/image.js";

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** The checksum of PNG's chunks, bit by bit (PNG specification, annex D). */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

function chunk(type: string, data: ArrayLike<number>): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), Uint8Array.from(data)]);
  const framed = Buffer.alloc(8 + body.length);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), 4 + body.length);
  return framed;
}

/** A PNG of the chunks that the encoder does not write. Rows are as the file packs them. */
function png(
  [width, height, depth, colourType]: readonly [number, number, number, number],
  rows: readonly (readonly number[])[],
  extra: readonly Buffer[] = [],
): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = depth;
  header[9] = colourType;
  const data = deflateSync(Uint8Array.from(rows.flatMap((row) => [0, ...row])));
  return Buffer.concat([
    Uint8Array.from(signature),
    chunk("IHDR", header),
    ...extra,
    chunk("IDAT", data),
    chunk("IEND", []),
  ]);
}

/** Channels, then the pixels. */
function decoded(bytes: Uint8Array): [number, ...number[]] {
  const { width, height, channels, data } = decodePng(bytes, "a.png");
  expect(data).toHaveLength(width * height * channels);
  return [channels, ...Array.from(data)];
}

describe("PNG images", () => {
  it.each([1, 2, 3, 4] as const)("of %d channels of 8 bits come back as they were", (channels) => {
    const data = Uint8Array.from({ length: 5 * 3 * channels }, (_, i) => (37 * i) % 256);
    const image = { width: 5, height: 3, channels, data };
    expect(decodePng(encode(image), "a.png")).toEqual(image);
    expect(decodePng(encode(image, { interlace: "Adam7" }), "a.png")).toEqual(image);
  });

  it.each([1, 2, 3, 4] as const)("of %d channels of 16 bits are rounded to 8", (channels) => {
    const data = Uint16Array.from(
      { length: 4 * channels },
      (_, i) => [0, 65535, 32768, 1000, 128, 129][i % 6]!,
    );
    const rounded = Array.from(data, (value) => Math.round(value / 257));
    expect(decoded(encode({ width: 2, height: 2, channels, depth: 16, data }))).toEqual([
      channels,
      ...rounded,
    ]);
  });

  it("of grey below 8 bits are unpacked, and stretched to 255", () => {
    expect(decoded(png([3, 2, 1, 0], [[0b10100000], [0b01000000]]))).toEqual([1, 255, 0, 255, 0, 255, 0]);
    expect(decoded(png([5, 1, 2, 0], [[0b00011011, 0b10000000]]))).toEqual([1, 0, 85, 170, 255, 170]);
    expect(
      decoded(
        png(
          [3, 2, 4, 0],
          [
            [0x0f, 0x80],
            [0x12, 0x30],
          ],
        ),
      ),
    ).toEqual([1, 0, 255, 136, 17, 34, 51]);
  });

  const palette = chunk("PLTE", [10, 20, 30, 40, 50, 60, 70, 80, 90]);

  it.each([
    [1, [0b01000000], [0, 1, 0]],
    [2, [0b10000100], [2, 0, 1]],
    [4, [0x02, 0x10], [0, 2, 1]],
    [8, [2, 1, 0], [2, 1, 0]],
  ])("with a palette and %d bits have its colours", (depth, row, indices) => {
    const colours = indices.flatMap((index) => [30 * index + 10, 30 * index + 20, 30 * index + 30]);
    expect(decoded(png([3, 1, depth, 3], [row], [palette]))).toEqual([3, ...colours]);
  });

  it("with a palette of which some colours are transparent have alpha", () => {
    const bytes = png([3, 1, 8, 3], [[0, 1, 2]], [palette, chunk("tRNS", [0, 128])]);
    expect(decoded(bytes)).toEqual([4, 10, 20, 30, 0, 40, 50, 60, 128, 70, 80, 90, 255]);
  });

  it("with one transparent colour have alpha", () => {
    const grey = png([3, 1, 8, 0], [[7, 8, 7]], [chunk("tRNS", [0, 7])]);
    expect(decoded(grey)).toEqual([2, 7, 0, 8, 255, 7, 0]);
    const colours = png([3, 1, 8, 2], [[1, 2, 3, 1, 2, 4, 0, 2, 3]], [chunk("tRNS", [0, 1, 0, 2, 0, 3])]);
    expect(decoded(colours)).toEqual([4, 1, 2, 3, 0, 1, 2, 4, 255, 0, 2, 3, 255]);
    // Compared before rounding: 0x0101 and 0x0102 both become 1.
    const deep = png([2, 1, 16, 0], [[1, 1, 1, 2]], [chunk("tRNS", [1, 2])]);
    expect(decoded(deep)).toEqual([2, 1, 255, 1, 0]);
    const packed = png([2, 1, 2, 0], [[0b01100000]], [chunk("tRNS", [0, 1])]);
    expect(decoded(packed)).toEqual([2, 85, 0, 170, 255]);
  });

  const noise = Uint8Array.from({ length: 64 * 64 }, (_, i) => (i * i * 7) % 255);
  const whole = encode({ width: 64, height: 64, channels: 1, data: noise });
  const middle = whole.length >> 1;

  it.each([
    ["empty", new Uint8Array(), /not a PNG/],
    [
      "of another format",
      Uint8Array.from([0xff, 0xd8, 0xff, 0xe0, 0, 16, 74, 70, 73, 70]),
      /not a PNG.*signature/,
    ],
    ["only a signature", Uint8Array.from(signature), /truncated or corrupt/],
    ["cut in the header", whole.subarray(0, 20), /truncated or corrupt/],
    ["cut in the pixels", whole.subarray(0, middle), /truncated or corrupt/],
    [
      "changed in the pixels",
      whole.map((byte, i) => (i === middle ? byte ^ 1 : byte)),
      /truncated or corrupt \(.*CRC/i,
    ],
    ["without pixels", png([3, 1, 8, 0], []), /truncated or corrupt/],
    ["short of rows", png([3, 3, 8, 0], [[1, 2, 3]]), /truncated or corrupt/],
    ["beyond its palette", png([1, 1, 8, 3], [[9]], [palette]), /truncated or corrupt.*palette/],
    ["without its palette", png([1, 1, 8, 3], [[0]]), /truncated or corrupt/],
    ["of no width", png([0, 1, 8, 0], [[]]), /the image is 0 x 1: it has no pixels/],
    ["too large to unpack", png([60_000, 60_000, 8, 0], [[]]), /60000 x 60000, more than 100000000 pixels/],
  ])("that are %s are refused with the file's name", (_, bytes, message) => {
    const decode = () => decodePng(bytes, "broken.png");
    expect(decode).toThrow(DataError);
    expect(decode).toThrow(/^broken\.png: /);
    expect(decode).toThrow(message);
  });

  it("give the same digit whatever their colour type", () => {
    const isInk = (x: number, y: number) => x >= 40 && x < 50 && y >= 15 && y < 85;
    const paint = (channels: 1 | 2 | 3 | 4, ink: number[], paper: number[]) => {
      const data = Uint8Array.from(
        Array.from({ length: 100 * 100 }, (_, i) =>
          isInk(i % 100, Math.floor(i / 100)) ? ink : paper,
        ).flat(),
      );
      return mnistImage(decodePng(encode({ width: 100, height: 100, channels, data }), "one.png"));
    };
    const expected = paint(1, [0], [255]);
    expect(expected.filter((value) => value > 0).length).toBeGreaterThan(30);
    expect(paint(3, [0, 0, 0], [255, 255, 255])).toEqual(expected);
    expect(paint(4, [0, 0, 0, 255], [0, 0, 0, 0])).toEqual(expected);
    expect(paint(1, [255], [0])).toEqual(expected);
  });
});
