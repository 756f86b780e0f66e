import { describe, expect, it } from "vitest";
import { DataError } from "../../src/data/errors.js";
import type { NamedArray } from "../../src/data/named-array.js";
import { readSafetensors, writeSafetensors } from "../../src/io/safetensors.js";
import { decodeCheckpoint, encodeCheckpoint } from "../../src/train/checkpoint-file.js";

/** A file with this header and these data. */
function file(header: unknown, data: Uint8Array = new Uint8Array(0), headerSize?: bigint): Uint8Array {
  const json = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, headerSize ?? BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}

function bytesOf(write: (view: DataView) => void, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  write(new DataView(bytes.buffer));
  return bytes;
}

const weight: NamedArray = {
  dtype: "float32",
  shape: [2, 3],
  data: Float32Array.of(1, -2.5, 0, -0, 1e-45, Infinity),
};
const steps: NamedArray = { dtype: "int32", shape: [], data: Int32Array.of(-7) };
const mask: NamedArray = { dtype: "bool", shape: [3], data: Int32Array.of(1, 0, 1) };
const empty: NamedArray = { dtype: "float32", shape: [0, 4], data: new Float32Array(0) };

describe("safetensors", () => {
  it("gives back what was written, to the bit", () => {
    const arrays = new Map([
      ["mask", mask],
      ["weight", weight],
      ["steps", steps],
      ["empty", empty],
    ]);
    const { tensors, metadata } = readSafetensors(writeSafetensors(arrays, { note: "ä<" }), "x");
    expect(metadata).toEqual({ note: "ä<" });
    expect([...tensors.keys()].sort()).toEqual(["empty", "mask", "steps", "weight"]);
    for (const [name, array] of arrays) expect(tensors.get(name)).toEqual(array);
    expect(Object.is(tensors.get("weight")?.data[3], -0)).toBe(true);
  });

  it("writes the layout of the format: header length, padded JSON, little-endian data", () => {
    const bytes = writeSafetensors([["a", { dtype: "float32", shape: [1], data: Float32Array.of(1) }]]);
    const size = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(size % 8).toBe(0);
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + size)));
    expect(header.a).toEqual({ dtype: "F32", shape: [1], data_offsets: [0, 4] });
    expect([...bytes.subarray(8 + size)]).toEqual([0, 0, 0x80, 0x3f]);
  });

  it.each([
    [
      "F64",
      [1.5, -2],
      bytesOf((v) => {
        v.setFloat64(0, 1.5, true);
        v.setFloat64(8, -2, true);
      }, 16),
    ],
    [
      "F16",
      [1.5, -(2 ** -24)],
      bytesOf((v) => {
        v.setUint16(0, 0x3e00, true);
        v.setUint16(2, 0x8001, true);
      }, 4),
    ],
    [
      "F16",
      [-Infinity, 65504],
      bytesOf((v) => {
        v.setUint16(0, 0xfc00, true);
        v.setUint16(2, 0x7bff, true);
      }, 4),
    ],
    [
      "BF16",
      [1, -3.140625],
      bytesOf((v) => {
        v.setUint16(0, 0x3f80, true);
        v.setUint16(2, 0xc049, true);
      }, 4),
    ],
    [
      "I64",
      [-1, 2 ** 31 - 1],
      bytesOf((v) => {
        v.setBigInt64(0, -1n, true);
        v.setBigInt64(8, 2n ** 31n - 1n, true);
      }, 16),
    ],
    ["U8", [0, 255], Uint8Array.of(0, 255)],
    ["BOOL", [0, 1], Uint8Array.of(0, 1)],
  ])("reads %s as the type of ours that holds it: %j", (type, expected, data) => {
    const header = { t: { dtype: type, shape: [2], data_offsets: [0, data.length] } };
    expect([...(readSafetensors(file(header, data), "x").tensors.get("t")?.data ?? [])]).toEqual(expected);
  });

  const entry = (start: number, end: number) => ({
    dtype: "U8",
    shape: [end - start],
    data_offsets: [start, end],
  });
  it.each<[string, Uint8Array, RegExp]>([
    ["nothing", new Uint8Array(0), /truncated.*has 0 bytes/],
    ["a cut header", file({}, undefined, 500n), /claims a header of 500 bytes, but only 2 follow/],
    [
      "an absurd header",
      file({}, undefined, 2n ** 60n),
      /its first 8 bytes are no sensible length of a header/,
    ],
    ["no JSON", file("{'a'"), /header is not JSON/],
    ["JSON that is no object", file([1]), /not a JSON object/],
    ["an entry that is none", file({ a: 1 }), /tensor "a" is not an object/],
    [
      "an unknown type",
      file({ a: { dtype: "F8_E4M3", shape: [1], data_offsets: [0, 1] } }),
      /F8_E4M3.*readable are F32/,
    ],
    [
      "a type of Object.prototype",
      file({ a: { dtype: "constructor", shape: [1], data_offsets: [0, 1] } }),
      /readable are/,
    ],
    ["a bad shape", file({ a: { dtype: "U8", shape: [-1], data_offsets: [0, 1] } }), /shape \[-1\]/],
    ["bad offsets", file({ a: { dtype: "U8", shape: [1], data_offsets: [0] } }), /offsets \[0\]/],
    [
      "a size that does not fit",
      file({ a: { dtype: "F32", shape: [2], data_offsets: [0, 4] } }, new Uint8Array(4)),
      /"a" of shape \[2\] and type F32 needs 8 bytes, but has 4/,
    ],
    [
      "overlap",
      file({ a: entry(0, 4), b: entry(2, 6) }, new Uint8Array(6)),
      /"b" starts at byte 2.*overlaps/,
    ],
    ["a gap", file({ a: entry(0, 4), b: entry(5, 6) }, new Uint8Array(6)), /"b" starts at byte 5.*gap/],
    [
      "truncated data",
      file({ a: entry(0, 4) }, new Uint8Array(3)),
      /truncated: tensor "a" ends at byte 4.*only 3/,
    ],
    ["too much data", file({ a: entry(0, 4) }, new Uint8Array(5)), /too long.*take 4 bytes, but 5/],
    ["metadata that are no texts", file({ __metadata__: { a: 1 } }), /__metadata__.a is not a string/],
    [
      "a large integer",
      file(
        { a: { dtype: "I64", shape: [1], data_offsets: [0, 8] } },
        bytesOf((v) => v.setBigInt64(0, 2n ** 31n, true), 8),
      ),
      /beyond 32 bits at index 0/,
    ],
  ])("refuses %s", (_, bytes, message) => {
    expect(() => readSafetensors(bytes, "some.safetensors")).toThrow(DataError);
    expect(() => readSafetensors(bytes, "some.safetensors")).toThrow(message);
    expect(() => readSafetensors(bytes, "some.safetensors")).toThrow(/^some\.safetensors: /);
  });

  it("notices a file cut anywhere", () => {
    const whole = writeSafetensors([["weight", weight]], { a: "b" });
    for (let size = 0; size < whole.length; size++) {
      expect(() => readSafetensors(whole.subarray(0, size), "x"), `${size} bytes`).toThrow(DataError);
    }
  });

  it("refuses to write data that do not fill their shape, or a name twice", () => {
    expect(() => writeSafetensors([["a", { ...weight, shape: [7] }]])).toThrow(/needs 7 elements, got 6/);
    expect(() =>
      writeSafetensors([
        ["a", weight],
        ["a", weight],
      ]),
    ).toThrow(/occurs twice/);
  });
});

describe("checkpoints as files", () => {
  it("hold arrays and state", () => {
    const state = { epoch: 3, loss: 0.1 + 0.2, text: "é" };
    const back = decodeCheckpoint(encodeCheckpoint({ tensors: new Map([["weight", weight]]), state }), "c");
    expect(back.state).toEqual(state);
    expect(back.source).toBe("c");
    expect(back.tensors.get("weight")).toEqual(weight);
  });

  it("are told from other safetensors", () => {
    expect(() => decodeCheckpoint(writeSafetensors([]), "c")).toThrow(
      /c: is safetensors, but no checkpoint: .*no format/,
    );
    expect(() => decodeCheckpoint(writeSafetensors([], { format: "pt" }), "c")).toThrow(/says "pt"/);
    expect(() =>
      decodeCheckpoint(writeSafetensors([], { format: "gradus checkpoint 1", state: "{" }), "c"),
    ).toThrow(/not JSON/);
  });
});
