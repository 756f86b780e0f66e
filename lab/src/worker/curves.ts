/** Values in a block. */
const size = 8192;

type Block = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

/** Numbers that grow with training, one a step, in blocks, so that there is never much more memory than values. */
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

  push(value: number): void {
    const at = this.#length++;
    const block = Math.floor(at / size);
    this.#blocks[block] ??= new this.#kind(size);
    this.#blocks[block][at % size] = value;
  }

  at(index: number): number {
    return index < this.#length ? this.#value(index) : Number.NaN;
  }

  #value(index: number): number {
    return this.#blocks[Math.floor(index / size)]?.[index % size] as number;
  }

  /** Forgets all from `length` on. */
  truncate(length: number): void {
    this.#length = Math.min(this.#length, length);
    this.#blocks.length = Math.ceil(this.#length / size);
  }

  /** A copy. */
  slice(begin = 0, end = this.#length): Float64Array<ArrayBuffer> {
    const last = Math.min(end, this.#length);
    return Float64Array.from({ length: Math.max(0, last - begin) }, (_, i) => this.#value(begin + i));
  }

  /** The means of so many values in a row each, the last perhaps of fewer; NaN counts for nothing. */
  means(stride: number): Float64Array<ArrayBuffer> {
    if (stride === 1) return this.slice();
    const result = new Float64Array(Math.ceil(this.#length / stride));
    for (let i = 0; i < result.length; i++) {
      let sum = 0;
      let count = 0;
      for (let k = i * stride; k < Math.min(this.#length, (i + 1) * stride); k++) {
        const value = this.#value(k);
        if (Number.isNaN(value)) continue;
        sum += value;
        count++;
      }
      result[i] = sum / count;
    }
    return result;
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
