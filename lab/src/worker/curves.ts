/** Values in a block of full detail. */
const size = 8192;
/** Values in all blocks of a series, above which older ones lose detail. */
const capacity = 2 ** 18;
/** Of the last blocks no detail is lost: saved runs hold the values of the last 20,000 steps. */
const recent = 4;

type Values = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

/** `size` places, of which each so many neighbours have their mean in common. */
interface Block {
  readonly values: Values;
  readonly stride: number;
}

/**
 * Numbers that grow with training, one a step, in bounded memory: of a long series the older blocks keep means of 2, 4, 8 and more
 * neighbours, which no chart could tell apart.
 */
export class Series {
  readonly #blocks: Block[] = [];
  readonly #kind: new (
    length: number,
  ) => Values;
  #length = 0;
  #stored = 0;

  /** @param kind what the values fit in without loss: losses in 32-bit floats, as the network has them */
  constructor(kind: new (length: number) => Values = Float64Array) {
    this.#kind = kind;
  }

  get length(): number {
    return this.#length;
  }

  /** Of all values in memory. */
  get bytes(): number {
    return this.#blocks.reduce((sum, { values }) => sum + values.byteLength, 0);
  }

  push(value: number): void {
    const at = this.#length++;
    const index = Math.floor(at / size);
    let block = this.#blocks[index];
    if (block === undefined) {
      block = { values: new this.#kind(size), stride: 1 };
      this.#blocks.push(block);
      this.#stored += size;
      while (this.#stored > capacity && this.#thin());
    }
    block.values[at % size] = value;
  }

  /** NaN where there is none. */
  at(index: number): number {
    return index >= 0 && index < this.#length ? this.#value(index) : Number.NaN;
  }

  #value(index: number): number {
    const { values, stride } = this.#blocks[Math.floor(index / size)] as Block;
    return values[Math.floor((index % size) / stride)] as number;
  }

  /** Halves the detail of the oldest block that has most of it. @returns false if none can lose any */
  #thin(): boolean {
    let chosen = -1;
    for (let i = 0; i < this.#blocks.length - recent; i++) {
      const { stride } = this.#blocks[i] as Block;
      if (stride < (this.#blocks[chosen]?.stride ?? size)) chosen = i;
    }
    const block = this.#blocks[chosen];
    if (block === undefined) return false;
    const values = new this.#kind(block.values.length / 2);
    for (let i = 0; i < values.length; i++) {
      const [a, b] = [block.values[2 * i] as number, block.values[2 * i + 1] as number];
      values[i] = Number.isNaN(a) ? b : Number.isNaN(b) ? a : (a + b) / 2;
    }
    this.#blocks[chosen] = { values, stride: 2 * block.stride };
    this.#stored -= values.length;
    return true;
  }

  /** Forgets all from `length` on. */
  truncate(length: number): void {
    this.#length = Math.min(this.#length, length);
    this.#blocks.length = Math.ceil(this.#length / size);
    const last = this.#blocks.at(-1);
    // More values will come to this block, each in a place of its own.
    if (last !== undefined && last.stride > 1) {
      const values = new this.#kind(size);
      for (let i = 0; i < size; i++) values[i] = last.values[Math.floor(i / last.stride)] as number;
      this.#blocks[this.#blocks.length - 1] = { values, stride: 1 };
    }
    this.#stored = this.#blocks.reduce((sum, { values }) => sum + values.length, 0);
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
    for (const [index, { values, stride }] of this.#blocks.entries()) {
      const end = Math.min(this.#length, (index + 1) * size);
      for (let i = 0, at = index * size; at < end; i++, at += stride) {
        const value = values[i] as number;
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
