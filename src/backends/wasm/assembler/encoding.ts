/**
 * Bytes of the WebAssembly binary format: LEB128 integers, IEEE floats, names and sections.
 * Source: WebAssembly Core Specification 2.0, section 5 (Binary Format).
 */

/** A type that a local, a parameter, a result or a stack slot can have. */
export type ValueType = "i32" | "i64" | "f32" | "f64" | "v128";

/** The byte that stands for each value type. */
export const VALUE_TYPE_CODE: { readonly [T in ValueType]: number } = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
};

const textEncoder = new TextEncoder();

/** A byte array that grows by doubling, so that appending is amortized constant time. */
export class ByteWriter {
  #data: Uint8Array;
  #view: DataView;
  #length = 0;

  constructor(capacity = 256) {
    this.#data = new Uint8Array(capacity);
    this.#view = new DataView(this.#data.buffer);
  }

  /** The number of bytes written so far. */
  get length(): number {
    return this.#length;
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#data.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#data.length * 2));
    grown.set(this.#data.subarray(0, this.#length));
    this.#data = grown;
    this.#view = new DataView(grown.buffer);
  }

  /** One byte. */
  byte(value: number): void {
    if (this.#length === this.#data.length) this.#reserve(1);
    this.#data[this.#length++] = value;
  }

  /** Replaces a byte that is already written. */
  patchByte(position: number, value: number): void {
    this.#data[position] = value;
  }

  /** Raw bytes. */
  bytes(values: ArrayLike<number>): void {
    this.#reserve(values.length);
    this.#data.set(values, this.#length);
    this.#length += values.length;
  }

  /** All bytes of another writer. */
  append(other: ByteWriter): void {
    this.bytes(other.view());
  }

  /** An unsigned 32-bit integer as LEB128. */
  u32(value: number): void {
    this.#reserve(5);
    let rest = value >>> 0;
    while (rest >= 0x80) {
      this.#data[this.#length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#data[this.#length++] = rest;
  }

  /** A signed 32-bit integer as LEB128; unsigned values above 2^31 - 1 wrap to the same bits. */
  s32(value: number): void {
    this.#reserve(5);
    let rest = value | 0;
    while (rest < -0x40 || rest > 0x3f) {
      this.#data[this.#length++] = (rest & 0x7f) | 0x80;
      rest >>= 7;
    }
    this.#data[this.#length++] = rest & 0x7f;
  }

  /** A signed 64-bit integer as LEB128; values above 2^63 - 1 wrap to the same bits. */
  s64(value: bigint): void {
    let rest = BigInt.asIntN(64, value);
    while (rest < -0x40n || rest > 0x3fn) {
      this.byte(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    this.byte(Number(rest & 0x7fn));
  }

  /** A 32-bit integer in four little-endian bytes. */
  fixed32(value: number): void {
    this.#reserve(4);
    this.#view.setInt32(this.#length, value, true);
    this.#length += 4;
  }

  /** A 64-bit integer in eight little-endian bytes. */
  fixed64(value: bigint): void {
    this.#reserve(8);
    this.#view.setBigInt64(this.#length, value, true);
    this.#length += 8;
  }

  /** A number rounded to float32, in four little-endian bytes. */
  f32(value: number): void {
    this.#reserve(4);
    this.#view.setFloat32(this.#length, value, true);
    this.#length += 4;
  }

  /** A float64 in eight little-endian bytes. */
  f64(value: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  /** A UTF-8 string preceded by its length in bytes. */
  name(text: string): void {
    const encoded = textEncoder.encode(text);
    this.u32(encoded.length);
    this.bytes(encoded);
  }

  /** A section: its number, the length of its content, its content. An empty vector section is left out by the caller. */
  section(id: number, content: ByteWriter): void {
    this.byte(id);
    this.u32(content.length);
    this.append(content);
  }

  /** The bytes written so far, without a copy; valid until the next write. */
  view(): Uint8Array {
    return this.#data.subarray(0, this.#length);
  }

  /** A copy of the bytes written so far. */
  toBytes(): Uint8Array<ArrayBuffer> {
    return this.#data.slice(0, this.#length);
  }
}
