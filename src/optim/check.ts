/** Throws unless `value` is a finite number above `bound`. */
export function requireAbove(value: number, bound: number, name: string, owner: string): void {
  if (!(Number.isFinite(value) && value > bound)) {
    throw new RangeError(`${owner}: ${name} is ${value}; it must be above ${bound}`);
  }
}

/** Throws unless `value` is a finite number of at least `bound`. */
export function requireAtLeast(value: number, bound: number, name: string, owner: string): void {
  if (!(Number.isFinite(value) && value >= bound)) {
    throw new RangeError(`${owner}: ${name} is ${value}; it must be at least ${bound}`);
  }
}

/** Throws unless `value` is in [0, 1): the decay rate of a moving average. */
export function requireDecay(value: number, name: string, owner: string): void {
  if (!(value >= 0 && value < 1)) {
    throw new RangeError(`${owner}: ${name} is ${value}; it must be at least 0 and below 1`);
  }
}

/** Throws unless `value` is an integer of at least `bound`. */
export function requireInteger(value: number, bound: number, name: string, owner: string): void {
  if (!Number.isInteger(value) || value < bound) {
    throw new RangeError(`${owner}: ${name} is ${value}; it must be an integer of at least ${bound}`);
  }
}

/** Throws unless `value` is in [0, 1]. */
export function requireShare(value: number, name: string, owner: string): void {
  if (!(value >= 0 && value <= 1)) {
    throw new RangeError(`${owner}: ${name} is ${value}; it must be between 0 and 1`);
  }
}
