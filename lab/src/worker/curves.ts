/** Values in a block of full detail. */
const size = 8192;
/** Values in all blocks of a series, above which older ones lose detail. */
const capacity = 2 ** 18;
/** Of the last blocks no detail is lost: saved runs hold the values of the last 20,000 steps. */
const recent = 4;

/** `size` places, or fewer, of which each is the mean of as many neighbours as it stands for. */
type Block = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

const strideOf = (block: Block): number => size / block.length;

/**
 * Numbers that grow with training, one a step, in bounded memory: of a long series the older blocks keep means of 2, 4, 8 and more
 * neighbours, which no chart could tell apart.
 */
export class Series {
  readonly #blocks: Block[] = [];
  readonly #kind: new (
    length: number,
  ) => Block;
  #length = 0;

  /** @param kind what the values fit in without loss: losses in 32-bit floats, as the network has them */
  constructor(kind: new (length: number) => Block = Float64Array) {
    this.#kind = kind;
  }

  get length(): number {
    return this.#length;
  }

  /** Of all values in memory. */
  get bytes(): number {
    return this.#blocks.reduce((sum, block) => sum + block.byteLength, 0);
  }

  push(value: number): void {
    const at = this.#length++;
    let block = this.#blocks[Math.floor(at / size)];
    if (block === undefined) {
      block = new this.#kind(size);
      this.#blocks.push(block);
      while (this.bytes > capacity * block.BYTES_PER_ELEMENT && this.#thin());
    }
    block[at % size] = value;
  }

  /** NaN where there is none. */
  at(index: number): number {
    return index >= 0 && index < this.#length ? this.#value(index) : Number.NaN;
  }

  #value(index: number): number {
    const block = this.#blocks[Math.floor(index / size)] as Block;
    return block[Math.floor((index % size) / strideOf(block))] as number;
  }

  /** Halves the detail of the oldest block that has most of it. @returns false if none can lose any */
  #thin(): boolean {
    let chosen = -1;
    for (let i = 0; i < this.#blocks.length - recent; i++)
      if ((this.#blocks[i]?.length ?? 0) > (this.#blocks[chosen]?.length ?? 1)) chosen = i;
    const block = this.#blocks[chosen];
    if (block === undefined) return false;
    const halved = new this.#kind(block.length / 2);
    for (let i = 0; i < halved.length; i++) {
      const [a, b] = [block[2 * i] as number, block[2 * i + 1] as number];
      halved[i] = Number.isNaN(a) ? b : Number.isNaN(b) ? a : (a + b) / 2;
    }
    this.#blocks[chosen] = halved;
    return true;
  }

  /** Forgets all from `length` on. */
  truncate(length: number): void {
    this.#length = Math.min(this.#length, length);
    this.#blocks.length = Math.ceil(this.#length / size);
    const last = this.#blocks.at(-1);
    if (last === undefined || last.length === size) return;
    // More values will come to this block, each in a place of its own.
    const whole = new this.#kind(size);
    for (let i = 0; i < size; i++) whole[i] = last[Math.floor(i / strideOf(last))] as number;
    this.#blocks[this.#blocks.length - 1] = whole;
  }

  /** A copy. */
  slice(begin = 0, end = this.#length): Float64Array<ArrayBuffer> {
    const last = Math.min(end, this.#length);
    return Float64Array.from({ length: Math.max(0, last - begin) }, (_, i) => this.#value(begin + i));
  }

  /** The means of so many values in a row each, the last perhaps of fewer; NaN counts for nothing. */
  means(width: number): Float64Array<ArrayBuffer> {
    if (width === 1) return this.slice();
    const sums = new Float64Array(Math.ceil(this.#length / width));
    const counts = new Float64Array(sums.length);
    for (const [index, block] of this.#blocks.entries()) {
      const stride = strideOf(block);
      const end = Math.min(this.#length, (index + 1) * size);
      for (let i = 0, at = index * size; at < end; i++, at += stride) {
        const value = block[i] as number;
        if (Number.isNaN(value)) continue;
        const until = Math.min(end, at + stride);
        for (let from = at; from < until; ) {
          const bin = Math.floor(from / width);
          const to = Math.min(until, (bin + 1) * width);
          sums[bin] = (sums[bin] as number) + (to - from) * value;
          counts[bin] = (counts[bin] as number) + to - from;
          from = to;
        }
      }
    }
    return sums.map((sum, bin) => sum / (counts[bin] as number));
  }

  /** The mean of the last `count` values before `end`; NaN if there are none. */
  meanBefore(end: number, count: number): number {
    const last = Math.min(end, this.#length);
    const first = Math.max(0, last - count);
    let sum = 0;
    for (let i = first; i < last; i++) sum += this.#value(i);
    return last > first ? sum / (last - first) : Number.NaN;
  }
}

/** What a branch's steps gave. */
export class History {
  readonly loss = new Series(Float32Array);
  readonly accuracy = new Series();
  readonly validationStep = new Series();
  readonly validationLoss = new Series(Float32Array);
  readonly validationAccuracy = new Series();

  /** Steps recorded. */
  get length(): number {
    return this.loss.length;
  }

  /** How often held-out examples were looked at within so many steps. */
  validationsBefore(step: number): number {
    let count = this.validationStep.length;
    while (count > 0 && this.validationStep.at(count - 1) > step) count--;
    return count;
  }

  /** Forgets what came after so many steps. */
  truncate(step: number): void {
    this.loss.truncate(step);
    this.accuracy.truncate(step);
    const kept = this.validationsBefore(step);
    for (const series of [this.validationStep, this.validationLoss, this.validationAccuracy])
      series.truncate(kept);
  }

  /** A copy of what came before so many steps. */
  before(step: number): History {
    const copy = new History();
    for (const name of ["loss", "accuracy"] as const) {
      for (const value of this[name].slice(0, step)) copy[name].push(value);
    }
    const seen = this.validationsBefore(step);
    for (const name of ["validationStep", "validationLoss", "validationAccuracy"] as const) {
      for (const value of this[name].slice(0, seen)) copy[name].push(value);
    }
    return copy;
  }
}
