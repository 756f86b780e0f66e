/** Numbers that grow with training, one a step, in memory that doubles. */
export class Series {
  #values = new Float64Array(256);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = new Float64Array(2 * this.#length);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length++] = value;
  }

  at(index: number): number {
    return index < this.#length ? (this.#values[index] as number) : Number.NaN;
  }

  /** Forgets all from `length` on. */
  truncate(length: number): void {
    this.#length = Math.min(this.#length, length);
  }

  /** A copy. */
  slice(begin = 0, end = this.#length): Float64Array<ArrayBuffer> {
    return this.#values.slice(begin, Math.min(end, this.#length));
  }

  /** The means of so many values in a row each, the last perhaps of fewer; NaN counts for nothing. */
  means(stride: number): Float64Array<ArrayBuffer> {
    if (stride === 1) return this.slice();
    const result = new Float64Array(Math.ceil(this.#length / stride));
    for (let i = 0; i < result.length; i++) {
      let sum = 0;
      let count = 0;
      for (let k = i * stride; k < Math.min(this.#length, (i + 1) * stride); k++) {
        const value = this.#values[k] as number;
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
    for (let i = first; i < last; i++) sum += this.#values[i] as number;
    return last > first ? sum / (last - first) : Number.NaN;
  }
}

/** What a branch's steps gave. */
export class History {
  readonly loss = new Series();
  readonly accuracy = new Series();
  readonly validationStep = new Series();
  readonly validationLoss = new Series();
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
