import { describe, expect, it } from "vitest";
import { ModuleBuilder } from "../../../src/backends/wasm/assembler/index.js";
import { OperandCheck } from "../../../src/backends/wasm/assembler/operand-check.js";
import { type MathName, mathFunctions } from "../../../src/backends/wasm/math/index.js";

const CAPACITY = 1 << 15;

/** Compiles a function of the math library with a loop that applies it to arrays of up to CAPACITY values. */
function vectorized(name: MathName) {
  const module = new ModuleBuilder({ check: OperandCheck });
  module.importMemory("env", "memory", { minimum: 6 });
  const target = mathFunctions(module)[name];
  const f = module.func("run", { params: ["i32"], export: true });
  const address = f.local("i32");
  f.forRange(address, 0, f.param(0), 16, () => {
    f.get(address);
    for (let operand = 0; operand < target.params.length; operand++) {
      f.get(address);
      f.v128.load(operand * CAPACITY * 4);
    }
    f.call(target);
    f.v128.store(2 * CAPACITY * 4);
  });
  const memory = new WebAssembly.Memory({ initial: 6 });
  const compiled = new WebAssembly.Module(module.finish());
  const { run } = new WebAssembly.Instance(compiled, { env: { memory } }).exports as {
    run: (bytes: number) => void;
  };
  const f32 = new Float32Array(memory.buffer);
  const views = {
    first: f32.subarray(0, CAPACITY),
    second: f32.subarray(CAPACITY, 2 * CAPACITY),
    result: f32.subarray(2 * CAPACITY, 3 * CAPACITY),
  };
  return {
    ...views,
    run: (count: number) => run(count * 4),
    /** Applies the function to single values. */
    at: (x: number, y = 0): number => {
      views.first.fill(x, 0, 4);
      views.second.fill(y, 0, 4);
      run(16);
      return views.result[0]!;
    },
  };
}

/** The distance of neighbouring float32 at `value`, not below that of the subnormals. */
function ulp(value: number): number {
  const magnitude = Math.min(Math.abs(value), 3.4028234663852886e38);
  if (magnitude < 2 ** -126) return 2 ** -149;
  doubleView[0] = magnitude;
  return 2 ** ((wordView[1]! >>> 20) - 1023 - 23);
}
const doubleView = new Float64Array(1);
const wordView = new Uint32Array(doubleView.buffer);

/** The error of `actual` in units of the last place of the exact value; infinite where the kind of value differs. */
function ulpError(actual: number, exact: number): number {
  const rounded = Math.fround(exact);
  if (Object.is(actual, rounded) && !Number.isFinite(rounded)) return 0;
  if (Number.isNaN(actual) || Number.isNaN(rounded)) return Infinity;
  if (actual === 0 && rounded === 0 && !Object.is(actual, rounded)) return Infinity;
  // An infinity stands for the first number beyond the range.
  const clamp = (value: number) => Math.max(-(2 ** 128), Math.min(2 ** 128, value));
  return Math.abs(clamp(actual) - clamp(exact)) / ulp(exact);
}

/** The greatest error over `count` float32 whose bit patterns are spread evenly from `from` to `to`, and their negatives. */
function sweep(
  name: MathName,
  exact: (x: number) => number,
  options: { count?: number; from?: number; to?: number } = {},
): { error: number; at: number } {
  const { count = 150_000, from = 0, to = Infinity } = options;
  const { first, result, run } = vectorized(name);
  const bits = new Uint32Array(first.buffer, first.byteOffset, CAPACITY);
  const probe = new Float32Array([from, to]);
  const [low, high] = new Uint32Array(probe.buffer) as unknown as [number, number];
  const worst = { error: 0, at: 0 };
  for (const sign of [0, 0x80000000]) {
    for (let start = 0; start < count; start += CAPACITY) {
      const size = Math.min(CAPACITY, count - start);
      for (let index = 0; index < size; index++) {
        bits[index] = (low + Math.floor(((high - low) * (start + index)) / (count - 1))) | sign;
      }
      run((size + 3) & ~3);
      for (let index = 0; index < size; index++) {
        const error = ulpError(result[index]!, exact(first[index]!));
        if (error > worst.error) Object.assign(worst, { error, at: first[index]! });
      }
    }
  }
  return worst;
}

/** erf in float64: its Maclaurin series with positive terms, or the continued fraction of erfc (DLMF 7.6.2, 7.9.1). */
function erf(x: number): number {
  const a = Math.abs(x);
  if (Number.isNaN(a)) return a;
  if (a > 6) return Math.sign(x);
  if (a < 2.5) {
    let term = x;
    let sum = x;
    for (let n = 1; Math.abs(term) > Math.abs(sum) * 1e-17; n++) {
      term *= (2 * x * x) / (2 * n + 1);
      sum += term;
    }
    return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
  }
  let fraction = 0;
  for (let n = 60; n > 0; n--) fraction = n / 2 / (a + fraction);
  return Math.sign(x) * (1 - Math.exp(-a * a) / Math.sqrt(Math.PI) / (a + fraction));
}

function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const e = Math.exp(x);
  return e / (1 + e);
}

describe("errors stay within the stated bounds", () => {
  type Row = [
    name: MathName,
    range: string,
    exact: (x: number) => number,
    bound: number,
    options: { count?: number; from?: number; to?: number },
  ];
  const table: Row[] = [
    ["exp", "1e-4..110", Math.exp, 1.5, { from: 1e-4, to: 110, count: 400_000 }],
    ["exp", "all", Math.exp, 1.5, {}],
    ["log", "0.25..4", Math.log, 1.5, { from: 0.25, to: 4, count: 400_000 }],
    ["log", "all", Math.log, 1.5, {}],
    ["tanh", "0.01..12", Math.tanh, 2.5, { from: 0.01, to: 12, count: 300_000 }],
    ["tanh", "all", Math.tanh, 2.5, {}],
    ["sigmoid", "0.01..110", sigmoid, 2.5, { from: 0.01, to: 110, count: 300_000 }],
    ["sigmoid", "all", sigmoid, 2.5, {}],
    ["erf", "0.01..4.5", erf, 3, { from: 0.01, to: 4.5, count: 100_000 }],
    ["erf", "all", erf, 3, { count: 50_000 }],
    ["sin", "0.01..1e5", Math.sin, 2, { from: 0.01, to: 1e5, count: 300_000 }],
    ["sin", "all", Math.sin, 2, {}],
    ["cos", "0.01..1e5", Math.cos, 2, { from: 0.01, to: 1e5, count: 300_000 }],
    ["cos", "all", Math.cos, 2, {}],
  ];

  it.each(table)("%s over %s", (name, range, exact, bound, options) => {
    const { error, at } = sweep(name, exact, options);
    if (process.env.GRADUS_PRINT_ULP) console.log(`${name} (${range}): ${error.toFixed(3)} ulp at ${at}`);
    expect(error, `at ${at}`).toBeLessThanOrEqual(bound);
    expect(error).toBeGreaterThan(0.4); // A sweep that sees no rounding at all measures nothing.
  });

  it("sin and cos near multiples of pi/2, where the reduction cancels", () => {
    for (const [name, exact] of [
      ["sin", Math.sin],
      ["cos", Math.cos],
    ] as const) {
      const { first, result, run } = vectorized(name);
      for (let index = 0; index < CAPACITY; index++)
        first[index] = (index + 1) * (Math.PI / 2) * (index % 2 ? 1 : 1e4);
      run(CAPACITY);
      let worst = 0;
      for (let index = 0; index < CAPACITY; index++)
        worst = Math.max(worst, ulpError(result[index]!, exact(first[index]!)));
      expect(worst).toBeLessThanOrEqual(2);
    }
  });

  it("pow: pairs of all signs and sizes", () => {
    const { first, second, result, run } = vectorized("pow");
    let state = 1;
    const uniform = () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    };
    let worst = 0;
    let where = "";
    for (let round = 0; round < 12; round++) {
      for (let index = 0; index < CAPACITY; index++) {
        const x = Math.exp((uniform() - 0.5) * (round % 3 === 0 ? 170 : round % 3 === 1 ? 4 : 0.01));
        // Exponents that keep most results in range, some integers with negative bases, some just at the limits.
        const y = ((uniform() - 0.5) * 210) / Math.max(Math.abs(Math.log(x)), 1e-6);
        const negative = index % 4 === 0;
        first[index] = negative ? -x : x;
        second[index] = negative ? Math.round(y) : y;
      }
      run(CAPACITY);
      for (let index = 0; index < CAPACITY; index++) {
        const error = ulpError(result[index]!, first[index]! ** second[index]!);
        if (error > worst) {
          worst = error;
          where = `${first[index]} ** ${second[index]}`;
        }
      }
    }
    if (process.env.GRADUS_PRINT_ULP) console.log(`pow: ${worst.toFixed(3)} ulp at ${where}`);
    expect(worst, where).toBeLessThanOrEqual(1);
    expect(worst).toBeGreaterThan(0.4);
  });
});

describe("special values", () => {
  const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

  it.each<[MathName, number, number]>([
    ["exp", 0, 1],
    ["exp", -0, 1],
    ["exp", -inf, 0],
    ["exp", inf, inf],
    ["exp", nan, nan],
    ["exp", 88.8, inf],
    ["exp", 3e38, inf],
    ["exp", -3e38, 0],
    ["exp", -103, Math.fround(Math.exp(-103))],
    ["log", 1, 0],
    ["log", 0, -inf],
    ["log", -0, -inf],
    ["log", -1, nan],
    ["log", -inf, nan],
    ["log", inf, inf],
    ["log", nan, nan],
    ["log", 2 ** -149, Math.fround(Math.log(2 ** -149))],
    ["tanh", 0, 0],
    ["tanh", -0, -0],
    ["tanh", inf, 1],
    ["tanh", -inf, -1],
    ["tanh", nan, nan],
    ["tanh", 2 ** -149, 2 ** -149],
    ["sigmoid", 0, 0.5],
    ["sigmoid", inf, 1],
    ["sigmoid", -inf, 0],
    ["sigmoid", nan, nan],
    ["sigmoid", -100, Math.fround(Math.exp(-100))],
    ["erf", 0, 0],
    ["erf", -0, -0],
    ["erf", inf, 1],
    ["erf", -inf, -1],
    ["erf", nan, nan],
    ["sin", 0, 0],
    ["sin", -0, -0],
    ["sin", inf, nan],
    ["sin", -inf, nan],
    ["sin", nan, nan],
    ["sin", 3.4028234663852886e38, Math.fround(Math.sin(3.4028234663852886e38))],
    ["cos", 0, 1],
    ["cos", inf, nan],
    ["cos", nan, nan],
    ["cos", 2 ** 100, Math.fround(Math.cos(2 ** 100))],
    ["sign", -3, -1],
    ["sign", 2 ** -149, 1],
    ["sign", inf, 1],
    ["sign", -0, -0],
    ["sign", 0, 0],
    ["sign", nan, nan],
  ])("%s(%d) = %d", (name, x, expected) => expect(vectorized(name).at(x)).toBe(expected));

  const values = [0, 2 ** -149, 1e-30, 0.3, 0.5, 1, 1.5, 2, 3, 4, 7, 1e5, 16777215, 1e30, 3.4e38, inf];
  const signed = [...values, ...values.map((value) => -value), nan].map(Math.fround);

  it("pow agrees with ** on a grid of special and ordinary values", () => {
    const { at } = vectorized("pow");
    for (const x of signed) {
      for (const y of signed) {
        expect(
          ulpError(at(x, y), x ** y),
          `${x} ** ${y} is ${at(x, y)}, should be ${x ** y}`,
        ).toBeLessThanOrEqual(1);
      }
    }
  });

  it("remainder is exactly % on a grid of special and ordinary values", () => {
    const { at } = vectorized("remainder");
    for (const x of signed) for (const y of signed) expect(at(x, y), `${x} % ${y}`).toBe(Math.fround(x % y));
  });

  it("remainder is exactly % on random bit patterns", () => {
    const { first, second, result, run } = vectorized("remainder");
    const bits = new Uint32Array(first.buffer, 0, 2 * CAPACITY);
    for (let index = 0; index < bits.length; index++)
      bits[index] = Math.imul(index + 1, 0x9e3779b1) ^ (index << 7);
    run(CAPACITY);
    let wrong = 0;
    for (let index = 0; index < CAPACITY; index++) {
      if (!Object.is(result[index], Math.fround(first[index]! % second[index]!))) wrong++;
    }
    expect(wrong).toBe(0);
  });
});

describe("mathFunctions", () => {
  it("treats lanes independently", () => {
    const { first, result, run } = vectorized("sin");
    first.set([1, Number.NaN, 1e30, -2]);
    run(4);
    const expected = [1, Number.NaN, Math.fround(1e30), -2].map(Math.sin);
    for (const [lane, value] of expected.entries()) expect(ulpError(result[lane]!, value)).toBeLessThan(2);
  });

  it("adds each function once, and only those that are used", () => {
    const size = (use: (functions: ReturnType<typeof mathFunctions>, module: ModuleBuilder) => void) => {
      const module = new ModuleBuilder();
      use(mathFunctions(module), module);
      return module.finish().length;
    };
    const nothing = size(() => {});
    const once = size((functions) => functions.exp);
    expect(once).toBeGreaterThan(nothing);
    expect(size((functions, module) => [functions.exp, mathFunctions(module).exp])).toBe(once);
    const sinAndCos = size((functions) => [functions.sin, functions.cos]);
    expect(sinAndCos).toBeLessThan(
      size((functions) => functions.sin) + size((functions) => functions.cos) - 200,
    );
  });
});
