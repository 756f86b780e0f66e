import type { TypedArray } from "../../src/shape/dtype.js";

/** The values that a sample row without a PyTorch expression must have, worked out by hand. */
type Expectation = (a: TypedArray, b: TypedArray) => readonly number[];

export const expectations: Readonly<Record<string, Expectation>> = {
  "randomBits [5] 31 of key 0,0,0": (key) => randomWords(5, 31, key),
  "randomBits [2,3] 24 of key -1,-1,-1": (key) => randomWords(6, 24, key),
  "randomBits [37] 1 of key 7,11,13": (key) => randomWords(37, 1, key),
  "randomBits [4,9] 23 of key 123456789,-987654321,42": (key) => randomWords(36, 23, key),
  "randomBits [] 8 of key 1,2,3": (key) => randomWords(1, 8, key),
  "randomBits [0] 16 of key 1,2,3": () => [],

  "abs int32[10] special": () => [0, 1, 1, 2, 3, 7, 65_537, 2_147_483_647, -2_147_483_648, 2_147_483_647],
  "cast float32[6] given to int32": () => [
    2_147_483_647, -2_147_483_648, 2_147_483_520, -2_147_483_648, 0, 0,
  ],
  "cast float32[16] special to int32": () => [
    0, 2_147_483_647, -2_147_483_648, 0, 0, 1, -1, 0, -2, 3, 2_147_483_647, -2_147_483_648, 0, 0, -90, 90,
  ],
  "divide int32[100] special and int32[100] special": (a, b) => integers(a, b, (x, y) => x / y),
  "remainder int32[100] special and int32[100] special": (a, b) => integers(a, b, (x, y) => x % y),

  "argmax float32[0,3] along 1": () => [],
  "argmax float32[2,4] along 1 with ties": () => [1, 0],
  "argmax float32[3,4] along 1 with ties": () => [1, 0, 1],
  "argmax bool[2,3] along 1 with ties": () => [1, 0],

  "maxPool [1,2,1] window 2 strides 1 padding 2+2 dilation 2": (x) => [
    x[0]!,
    -Infinity,
    x[0]!,
    x[1]!,
    -Infinity,
    x[1]!,
  ],
  "maxPoolGradient [1,2,1] window 2 strides 1 padding 2+2 dilation 2": (_, g) => [
    g[0]! + g[2]!,
    g[3]! + g[5]!,
  ],
  "maxPoolSelect [1,2,1] window 2 strides 1 padding 2+2 dilation 2": (_, t) => [
    t[0]!,
    0,
    t[0]!,
    t[1]!,
    0,
    t[1]!,
  ],
  // 3  1 | -Infinity -Infinity
  // 2  3 | -Infinity -Infinity
  "maxPoolGradient [1,1,2,4] window 2,2 strides 2,2 padding 0+0,0+0 dilation 1,1 with ties": (_, g) => [
    g[0]!,
    0,
    g[1]!,
    0,
    0,
    0,
    0,
    0,
  ],
  "maxPoolSelect [1,1,2,4] window 2,2 strides 2,2 padding 0+0,0+0 dilation 1,1 with ties": (_, t) => [
    t[0]!,
    t[2]!,
  ],
  // 1   2 | NaN 7 |        0 NaN
  // NaN 9 |   8 NaN | Infinity NaN
  "maxPoolGradient [1,1,2,6] window 2,2 strides 2,2 padding 0+0,0+0 dilation 1,1 with ties": (_, g) => [
    0,
    0,
    g[1]!,
    0,
    0,
    g[2]!,
    g[0]!,
    0,
    0,
    0,
    0,
    0,
  ],
  "maxPoolSelect [1,1,2,6] window 2,2 strides 2,2 padding 0+0,0+0 dilation 1,1 with ties": (_, t) => [
    t[6]!,
    t[2]!,
    t[5]!,
  ],
  // padding [-5 -5 -5] padding
  "maxPoolGradient [1,1,3] window 2 strides 1 padding 1+1 dilation 1 with ties": (_, g) => [
    g[0]! + g[1]!,
    g[2]!,
    g[3]!,
  ],
  "maxPoolSelect [1,1,3] window 2 strides 1 padding 1+1 dilation 1 with ties": (_, t) => [
    t[0]!,
    t[0]!,
    t[1]!,
    t[2]!,
  ],

  "gather float32[3,2] at [5] given along 0": (t) => [0, 0, t[0]!, t[1]!, 0, 0, t[4]!, t[5]!, 0, 0],
  "gather float32[2,3] at [4] given along 1": (t) => [0, t[2]!, 0, t[1]!, 0, t[5]!, 0, t[4]!],
  "gather float32[0,2] at [3] given along 0": () => [0, 0, 0, 0, 0, 0],
  "scatterAdd float32[5,2] into float32[3,2] at [5] given along 0": (u) => [u[2]!, u[3]!, 0, 0, u[6]!, u[7]!],
  "scatterAdd float32[2,4] into float32[2,3] at [4] given along 1": (u) => [0, u[3]!, u[1]!, 0, u[7]!, u[5]!],
  "scatterAdd float32[3,2] into float32[0,2] at [3] given along 0": () => [],
};

/** Exact integers, cut to 32 bits; 0 for a division by zero. */
function integers(a: TypedArray, b: TypedArray, f: (x: bigint, y: bigint) => bigint): number[] {
  return Array.from(a, (x, i) => (b[i] === 0 ? 0 : Number(BigInt.asIntN(32, f(BigInt(x), BigInt(b[i]!))))));
}

function randomWords(count: number, bits: number, [k0, k1, k2]: TypedArray): number[] {
  return Array.from({ length: count }, (_, i) => threefry([k0!, k1!], [i, k2!])[0] >>> (32 - bits));
}

/**
 * Threefry-2x32-20 as the paper states it (Salmon and others, SC 2011, section 3.3), with 64-bit integers: another
 * way of computing it than the library's.
 */
export function threefry(
  key: readonly [number, number],
  counter: readonly [number, number],
): [number, number] {
  const word = (value: bigint) => BigInt.asUintN(32, value);
  const [k0, k1] = [word(BigInt(key[0])), word(BigInt(key[1]))];
  const schedule = [k0, k1, 0x1bd11bdan ^ k0 ^ k1];
  const rotations = [13n, 15n, 26n, 6n, 17n, 29n, 16n, 24n];
  let x = word(BigInt(counter[0]) + k0);
  let y = word(BigInt(counter[1]) + k1);
  for (let round = 0; round < 20; round++) {
    const rotation = rotations[round % 8]!;
    x = word(x + y);
    y = word((y << rotation) | (y >> (32n - rotation))) ^ x;
    if (round % 4 === 3) {
      const injection = (round + 1) / 4;
      x = word(x + schedule[injection % 3]!);
      y = word(y + schedule[(injection + 1) % 3]! + BigInt(injection));
    }
  }
  return [Number(x), Number(y)];
}
