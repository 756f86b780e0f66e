import { BYTES_PER_ELEMENT, type DType, type TypedArray } from "../../shape/dtype.js";
import { SYNC } from "./emit/barrier.js";
import { MAXIMUM_PAGES } from "./emit/program.js";

const PAGE = 65536;
const ALIGNMENT = 64;

/** The linear memory that all programs of a device share, handed out in blocks. */
export class DeviceMemory {
  readonly memory: WebAssembly.Memory;
  readonly shared: boolean;
  /** Free blocks by address; neighbours are always joined. */
  #free: { start: number; size: number }[];
  readonly #sizes = new Map<number, number>();

  constructor(shared: boolean) {
    this.shared = shared;
    this.memory = shared
      ? new WebAssembly.Memory({ initial: 16, maximum: MAXIMUM_PAGES, shared: true })
      : new WebAssembly.Memory({ initial: 16 });
    const start = Math.ceil(SYNC.end / ALIGNMENT) * ALIGNMENT;
    this.#free = [{ start, size: 16 * PAGE - start }];
  }

  /** Bytes handed out. */
  get used(): number {
    let sum = 0;
    for (const size of this.#sizes.values()) sum += size;
    return sum;
  }

  /** @throws RangeError when the memory cannot grow any further. */
  allocate(bytes: number): number {
    const size = Math.max(1, Math.ceil(bytes / ALIGNMENT)) * ALIGNMENT;
    let block = this.#free.find((candidate) => candidate.size >= size);
    if (block === undefined) {
      this.#grow(size);
      block = this.#free.find((candidate) => candidate.size >= size)!;
    }
    const { start } = block;
    block.start += size;
    block.size -= size;
    if (block.size === 0) this.#free.splice(this.#free.indexOf(block), 1);
    this.#sizes.set(start, size);
    return start;
  }

  release(start: number): void {
    const size = this.#sizes.get(start);
    if (size === undefined) return;
    this.#sizes.delete(start);
    this.#insert({ start, size });
  }

  /** A view of memory; not to be kept, for memory that grows gets a new buffer. */
  view(start: number, length: number, dtype: DType): TypedArray {
    return dtype === "float32"
      ? new Float32Array(this.memory.buffer, start, length)
      : new Int32Array(this.memory.buffer, start, length);
  }

  words(start: number, length: number): Int32Array {
    return new Int32Array(this.memory.buffer, start, length);
  }

  #grow(size: number): void {
    const before = this.memory.buffer.byteLength;
    const tail = this.#free.find((block) => block.start + block.size === before);
    const missing = size - (tail?.size ?? 0);
    // Growing by a quarter keeps the number of growths small.
    const wanted = Math.ceil(Math.max(missing, before / 4) / PAGE);
    const least = Math.ceil(missing / PAGE);
    try {
      this.memory.grow(Math.min(wanted, Math.max(least, MAXIMUM_PAGES - before / PAGE)));
    } catch {
      const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
      throw new RangeError(
        `out of memory: ${mebibytes(size)} more are needed, ${mebibytes(this.used)} are in use, and WebAssembly's ` +
          `memory cannot grow beyond ${mebibytes(before)} here; a smaller batch needs less`,
      );
    }
    this.#insert({ start: before, size: this.memory.buffer.byteLength - before });
  }

  #insert(block: { start: number; size: number }): void {
    let at = this.#free.findIndex((other) => other.start > block.start);
    if (at < 0) at = this.#free.length;
    this.#free.splice(at, 0, block);
    const join = (left: number) => {
      const [a, b] = [this.#free[left], this.#free[left + 1]];
      if (a === undefined || b === undefined || a.start + a.size !== b.start) return;
      a.size += b.size;
      this.#free.splice(left + 1, 1);
    };
    join(at);
    join(at - 1);
  }
}

export function bytesFor(elements: number): number {
  return elements * BYTES_PER_ELEMENT;
}
