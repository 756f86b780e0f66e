import { describe, expect, it } from "vitest";
import { DataError } from "../../src/data/errors.js";
import { parseIdx, writeIdx } from "../../src/data/idx.js";

describe("IDX files", () => {
  it("come back as they were written, of any rank", () => {
    for (const shape of [[], [3], [0], [2, 3], [2, 3, 4], [300, 1, 2]]) {
      const data = Uint8Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => (7 * i) % 256);
      const read = parseIdx(writeIdx(shape, data), "a.idx");
      expect(read.shape).toEqual(shape);
      expect(read.data).toEqual(data);
      expect(read.source).toBe("a.idx");
    }
  });

  it("have the bytes that the format asks for", () => {
    const bytes = writeIdx([2, 258], new Uint8Array(516).fill(9));
    expect([...bytes.subarray(0, 14)]).toEqual([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 1, 2, 9, 9]);
    expect(bytes).toHaveLength(12 + 516);
  });

  it("are read from the middle of a buffer", () => {
    const padded = new Uint8Array(20);
    padded.set(writeIdx([2], Uint8Array.of(5, 6)), 7);
    expect([...parseIdx(padded.subarray(7, 17), "x").data]).toEqual([5, 6]);
  });

  const whole = writeIdx([2, 3], Uint8Array.of(1, 2, 3, 4, 5, 6));
  const changed = (index: number, value: number) => whole.map((byte, i) => (i === index ? value : byte));
  const tooLarge = writeIdx([1, 1, 1, 1], Uint8Array.of(1)).map((byte, i) =>
    i >= 4 && i < 20 ? 0xff : byte,
  );

  it.each([
    ["empty", new Uint8Array(), /4-byte magic number.* 0 bytes/],
    ["not IDX", new TextEncoder().encode("<html>"), /0x3c68746d.*0x00000803/],
    ["of floats", changed(2, 0x0d), /float32.*type 13.*uint8/],
    ["of an unknown type", changed(2, 7), /0x00000702/],
    ["cut in the header", whole.subarray(0, 9), /truncated.*rank 2 has 12 bytes.*has 9/],
    ["cut in the data", whole.subarray(0, 16), /truncated.*2 x 3.*6 bytes.*4 follow/],
    ["too long", Uint8Array.of(...whole, 0), /too long.*6 bytes.*7 follow/],
    ["of absurd size", tooLarge, /truncated.*4294967295 x 4294967295/],
  ])("that are %s are refused with the file's name and the numbers", (_, bytes, message) => {
    const read = () => parseIdx(bytes, "images.idx");
    expect(read).toThrow(DataError);
    expect(read).toThrow(/^images\.idx: /);
    expect(read).toThrow(message);
  });

  it("are not written with a shape that does not fit", () => {
    expect(() => writeIdx([2, 2], new Uint8Array(3))).toThrow(/\[2, 2\] needs 4 bytes.*3/);
    expect(() => writeIdx([-1], new Uint8Array(1))).toThrow(/dimension -1/);
    expect(() => writeIdx([1.5, 2], new Uint8Array(3))).toThrow(/dimension 1.5/);
    expect(() => writeIdx(new Array(256).fill(1), new Uint8Array(1))).toThrow(/rank 256/);
  });
});
