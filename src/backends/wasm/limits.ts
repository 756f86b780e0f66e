import { type FunctionBuilder, ModuleBuilder } from "./assembler/index.js";
import { hasRelaxedSimd } from "./features.js";

/** What one core can do at best, as WebAssembly reaches it. */
export interface MachineLimits {
  /** Arithmetic operations a second of multiply-adds that touch registers only; a multiply-add is two. */
  readonly operationsPerSecond: number;
  /** Bytes a second that a stream through memory reads and writes. */
  readonly bytesPerSecond: number;
  /** Multiply-adds are fused (relaxed SIMD). */
  readonly fused: boolean;
}

/** Enough independent sums to hide the latency of two units, few enough for 16 registers. */
const SUMS = 12;
const ARRAYS = 3;

/** `sums += factor * other`, as often as the parameter says. */
function emitMultiplyAdds(f: FunctionBuilder, fused: boolean): void {
  const [factor, other] = [0.999, 0.001].map((value) => {
    const local = f.local("v128");
    f.f32x4.const(value);
    f.set(local);
    return local;
  }) as [ReturnType<FunctionBuilder["local"]>, ReturnType<FunctionBuilder["local"]>];
  const sums = Array.from({ length: SUMS }, (_, index) => {
    const sum = f.local("v128");
    f.f32x4.const(index);
    f.set(sum);
    return sum;
  });
  f.forRange(f.local("i32"), 0, f.param(0), 1, () => {
    for (const sum of sums) {
      f.get(factor);
      if (fused) {
        f.get(other);
        f.get(sum);
        f.f32x4.relaxed_madd();
      } else {
        f.get(sum);
        f.f32x4.mul();
        f.get(other);
        f.f32x4.add();
      }
      f.set(sum);
    }
  });
  // The result uses every sum, so that none is optimized away.
  sums.forEach((sum, index) => {
    f.get(sum);
    if (index > 0) f.f32x4.add();
  });
  f.f32x4.extract_lane(0);
}

/** `a[i] = b[i] + 3 c[i]` (McCalpin's STREAM triad), 64 bytes a turn; the parameters are addresses and the end of a. */
function emitTriad(f: FunctionBuilder): void {
  const [a, b, c, end] = [0, 1, 2, 3].map((index) => f.param(index)) as [
    ReturnType<FunctionBuilder["local"]>,
    ReturnType<FunctionBuilder["local"]>,
    ReturnType<FunctionBuilder["local"]>,
    ReturnType<FunctionBuilder["local"]>,
  ];
  const scale = f.local("v128");
  f.f32x4.const(3);
  f.set(scale);
  f.loop((start) => {
    for (let offset = 0; offset < 64; offset += 16) {
      f.get(a);
      f.get(c);
      f.v128.load(offset);
      f.get(scale);
      f.f32x4.mul();
      f.get(b);
      f.v128.load(offset);
      f.f32x4.add();
      f.v128.store(offset);
    }
    for (const pointer of [b, c, a]) {
      f.get(pointer);
      f.i32.const(64);
      f.i32.add();
      f.set(pointer);
    }
    f.get(a);
    f.get(end);
    f.i32.lt_u();
    f.brIf(start);
  });
}

interface Exports {
  multiplyAdd(turns: number): number;
  triad(a: number, b: number, c: number, end: number): void;
}

/**
 * Measures a core's limits, each for about `seconds`, so that the time of a program can be given as a share of them. The mean over
 * the time, not the best moment: it is what other programs get.
 */
export function measureLimits(seconds = 0.2, mebibytesEach = 64): MachineLimits {
  const fused = hasRelaxedSimd();
  const module = new ModuleBuilder();
  module.importMemory("env", "memory", { minimum: 1 });
  emitMultiplyAdds(module.func("multiplyAdd", { params: ["i32"], results: ["f32"], export: true }), fused);
  emitTriad(module.func("triad", { params: ["i32", "i32", "i32", "i32"], results: [], export: true }));
  const array = mebibytesEach * 2 ** 20;
  const memory = new WebAssembly.Memory({ initial: (ARRAYS * array) / 65536 + 1 });
  new Float32Array(memory.buffer).fill(1);
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.finish()), { env: { memory } });
  const { multiplyAdd, triad } = instance.exports as WebAssembly.Exports & Exports;
  const turns = 2 ** 16;
  return {
    operationsPerSecond: rate(seconds, turns * SUMS * 8, () => void multiplyAdd(turns)),
    bytesPerSecond: rate(seconds, ARRAYS * (array - 64), () => triad(64, 64 + array, 64 + 2 * array, array)),
    fused,
  };
}

function rate(seconds: number, amount: number, turn: () => void): number {
  // Engines begin with quick, slow code, and exchange it between calls once it has shown to be worth better.
  const warm = performance.now() + seconds * 500;
  while (performance.now() < warm) turn();
  const start = performance.now();
  let done = 0;
  let elapsed = 0;
  do {
    turn();
    done += amount;
    elapsed = (performance.now() - start) / 1000;
  } while (elapsed < seconds);
  return done / elapsed;
}
