import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encode as encodePng } from "fast-png";
import { encode } from "jpeg-js";
import { describe, expect, it } from "vitest";
import { readImage } from "../../src/cli/data/image.node.js";
import { decodeJpeg } from "../../src/cli/data/jpeg.node.js";
import { DataError } from "../../src/data/errors.js";

const [width, height] = [16, 8];

/** 16 x 8: red at the left, blue at the right. */
function plain(): Buffer {
  const data = Buffer.from(
    Array.from({ length: width * height }, (_, i) =>
      i % width < 8 ? [255, 0, 0, 255] : [0, 0, 255, 255],
    ).flat(),
  );
  return encode({ width, height, data }, 95).data;
}

/** The same picture as ImageMagick writes it with `-interlace JPEG`, `-colorspace Gray` and `-colorspace CMYK`. */
const others = {
  progressive:
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMUFRUVDA8XGBYUGBIUFRT/2wBDAQMEBAUEBQkFBQkUDQsNFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBT/wgARCAAIABADAREAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAABgf/xAAVAQEBAAAAAAAAAAAAAAAAAAAIBv/aAAwDAQACEAMQAAABnMKqQLjHX//EABQQAQAAAAAAAAAAAAAAAAAAABD/2gAIAQEAAQUCP//EABQRAQAAAAAAAAAAAAAAAAAAABD/2gAIAQMBAT8BP//EABQRAQAAAAAAAAAAAAAAAAAAABD/2gAIAQIBAT8BP//EABQQAQAAAAAAAAAAAAAAAAAAABD/2gAIAQEABj8CP//EABQQAQAAAAAAAAAAAAAAAAAAABD/2gAIAQEAAT8hP//aAAwDAQACAAMAAAAQ6//EABQRAQAAAAAAAAAAAAAAAAAAABD/2gAIAQMBAT8QP//EABQRAQAAAAAAAAAAAAAAAAAAABD/2gAIAQIBAT8QP//EABQQAQAAAAAAAAAAAAAAAAAAABD/2gAIAQEAAT8QP//Z",
  grey: "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMUFRUVDA8XGBYUGBIUFRT/wAALCAAIABABAREA/8QAFQABAQAAAAAAAAAAAAAAAAAABwj/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/9oACAEBAAA/AI6D7//Z",
  cmyk: "/9j/7gAOQWRvYmUAZAAAAAAC/9sAQwADAgIDAgIDAwMDBAMDBAUIBQUEBAUKBwcGCAwKDAwLCgsLDQ4SEA0OEQ4LCxAWEBETFBUVFQwPFxgWFBgSFBUU/9sAQwEDBAQFBAUJBQUJFA0LDRQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU/8AAFAgACAAQBAERAAIRAQMRAQQRAP/EABcAAAMBAAAAAAAAAAAAAAAAAAAHCAn/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFQEBAQAAAAAAAAAAAAAAAAAACQf/xAAUEQEAAAAAAAAAAAAAAAAAAAAA/9oADgQBAAIRAxEEAAA/AKIXMVTVM/QbmND/2Q==",
};

const file = (name: keyof typeof others) => Buffer.from(others[name], "base64");

/** A JPEG with a note of its camera's orientation, as the second segment. */
function withOrientation(bytes: Buffer, orientation: number, little: boolean): Buffer {
  const note = Buffer.alloc(4 + 6 + 8 + 2 + 12 + 4);
  note.writeUInt16BE(0xffe1, 0);
  note.writeUInt16BE(note.length - 2, 2);
  note.write("Exif", 4, "latin1");
  const tiff = note.subarray(10);
  tiff.write(little ? "II" : "MM", "latin1");
  const write16 = (value: number, at: number) =>
    little ? tiff.writeUInt16LE(value, at) : tiff.writeUInt16BE(value, at);
  const write32 = (value: number, at: number) =>
    little ? tiff.writeUInt32LE(value, at) : tiff.writeUInt32BE(value, at);
  write16(42, 2);
  write32(8, 4);
  write16(1, 8); // one entry: the tag, a 16-bit number, one of them, its value
  write16(0x0112, 10);
  write16(3, 12);
  write32(1, 14);
  write16(orientation, 18);
  return Buffer.concat([bytes.subarray(0, 2), note, bytes.subarray(2)]);
}

/** The samples of the pixel at a place. */
function pixel(bytes: Uint8Array, x: number, y: number): number[] {
  const image = decodeJpeg(bytes, "a.jpg");
  expect(image.data).toHaveLength(image.width * image.height * image.channels);
  const at = (y * image.width + x) * image.channels;
  return Array.from(image.data.subarray(at, at + image.channels));
}

function expectNear(samples: number[], expected: number[]): void {
  expect(samples).toHaveLength(expected.length);
  for (const [i, sample] of samples.entries()) expect(Math.abs(sample - expected[i]!)).toBeLessThan(8);
}

const red = [254, 0, 0];
const blue = [0, 0, 254];

describe("JPEG images", () => {
  it.each([
    ["baseline", plain()],
    ["progressive", file("progressive")],
  ])("that are %s come as RGB", (_, bytes) => {
    expect(decodeJpeg(bytes, "a.jpg")).toMatchObject({ width, height, channels: 3 });
    expectNear(pixel(bytes, 3, 4), red);
    expectNear(pixel(bytes, 12, 4), blue);
  });

  it("that are grey come as grey", () => {
    const bytes = file("grey");
    expect(decodeJpeg(bytes, "a.jpg")).toMatchObject({ width, height, channels: 1 });
    expectNear(pixel(bytes, 3, 4), [54]); // Rec. 709, as ImageMagick weighs colours
    expectNear(pixel(bytes, 12, 4), [18]);
  });

  it("that are CMYK become RGB", () => {
    expectNear(pixel(file("cmyk"), 3, 4), red);
    expectNear(pixel(file("cmyk"), 12, 4), blue);
  });

  // The picture is marked in its upper left corner; each of the eight puts the mark into a corner, and may turn it.
  it.each([
    [1, 16, "upper left"],
    [2, 16, "upper right"],
    [3, 16, "lower right"],
    [4, 16, "lower left"],
    [5, 24, "upper left"],
    [6, 24, "upper right"],
    [7, 24, "lower right"],
    [8, 24, "lower left"],
    [9, 16, "upper left"],
  ])("with orientation %d are %d pixels high, their first pixel %s", (orientation, high, corner) => {
    const data = Buffer.alloc(24 * 16 * 4);
    for (let i = 0; i < 64; i++) data[((i >> 3) * 24 + (i % 8)) * 4] = 255;
    const marked = encode({ width: 24, height: 16, data }, 95).data;
    for (const little of [true, false]) {
      const bytes = withOrientation(marked, orientation, little);
      expect(decodeJpeg(bytes, "a.jpg")).toMatchObject({ width: 40 - high, height: high });
      for (const [y, row] of [4, high - 4].entries()) {
        for (const [x, column] of [4, 40 - high - 4].entries()) {
          const here = `${["upper", "lower"][y]} ${["left", "right"][x]}`;
          expectNear(pixel(bytes, column, row), here === corner ? red : [0, 0, 0]);
        }
      }
    }
  });

  const noise = Buffer.from(Array.from({ length: 64 * 64 * 4 }, (_, i) => (i * i * 7) % 255));
  const whole = encode({ width: 64, height: 64, data: noise }, 90).data;
  const frame = whole.indexOf(Buffer.of(0xff, 0xc0));
  const changed = (change: (bytes: Buffer) => void) => {
    const bytes = Buffer.from(whole);
    change(bytes);
    return bytes;
  };

  it.each([
    ["empty", new Uint8Array(), /not a JPEG/],
    [
      "of another format",
      encodePng({ width: 1, height: 1, channels: 1, data: Uint8Array.of(1) }),
      /not a JPEG.*signature/,
    ],
    ["only a signature", whole.subarray(0, 3), /truncated or corrupt \(it has no frame\)/],
    ["cut before the frame", whole.subarray(0, frame), /truncated or corrupt/],
    ["cut in the frame", whole.subarray(0, frame + 8), /truncated or corrupt \(its frame is cut\)/],
    ["cut after the frame", whole.subarray(0, frame + 40), /truncated or corrupt/],
    ["cut in the pixels", whole.subarray(0, whole.length >> 1), /truncated or corrupt/],
    [
      "of no width",
      changed((bytes) => bytes.writeUInt16BE(0, frame + 7)),
      /the image is 0 x 64: it has no pixels/,
    ],
    [
      "too large to unpack",
      changed((bytes) => bytes.writeUInt32BE(0xfde8fde8, frame + 5)),
      /65000 x 65000, more than 64000000 pixels/,
    ],
    ["of 12 bits", changed((bytes) => bytes.writeUInt8(12, frame + 4)), /12 bits a sample/],
    ["lossless", changed((bytes) => bytes.writeUInt8(0xc3, frame + 1)), /lossless.*save it as/],
  ])("that are %s are refused with the file's name", (_, bytes, message) => {
    const decode = () => decodeJpeg(bytes, "broken.jpg");
    expect(decode).toThrow(DataError);
    expect(decode).toThrow(/^broken\.jpg: /);
    expect(decode).toThrow(message);
  });
});

describe("image files", () => {
  it("are read whatever their names say, by their first bytes", async () => {
    const folder = mkdtempSync(join(tmpdir(), "gradus-image-"));
    const write = (name: string, bytes: Uint8Array) => {
      writeFileSync(join(folder, name), bytes);
      return join(folder, name);
    };
    try {
      const grey = { width: 2, height: 1, channels: 1, data: Uint8Array.of(7, 200) } as const;
      expect(await readImage(write("really-png.jpg", encodePng(grey)))).toEqual(grey);
      expect(await readImage(write("really-jpeg", plain()))).toMatchObject({ width, height, channels: 3 });
      await expect(readImage(write("a.gif", Buffer.from("GIF89a")))).rejects.toThrow(
        /a\.gif: neither a PNG nor a JPEG image/,
      );
      await expect(readImage(write("empty.png", new Uint8Array()))).rejects.toThrow(DataError);
      await expect(readImage(join(folder, "none.png"))).rejects.toThrow(/none\.png: no such file/);
      await expect(readImage(folder)).rejects.toThrow(/is a folder, expected a file/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
