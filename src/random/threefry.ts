/**
 * Threefry-2x32 with 20 rounds: a pure function from a 64-bit key and a 64-bit counter to 64 random bits.
 *
 * Being counter-based it has no state to share or to save: any thread, on any backend, may compute any part of a
 * random tensor and gets the same bits. It needs only 32-bit add, rotate and exclusive or, which WebAssembly SIMD,
 * WGSL and JavaScript all do exactly.
 *
 * Source: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011, section 4.2;
 * the constants and the known answers that the tests check are those of the authors' Random123 library.
 */

/** Rotation of round `i` is `threefryRotations[i % 8]` bits to the left. */
export const threefryRotations: readonly number[] = [13, 15, 26, 6, 17, 29, 16, 24];

/** The key schedule's parity constant (from Skein, section 3.3.2, cut to 32 bits). */
export const threefryParity = 0x1bd11bda;

/**
 * Writes the two random words of `(key, counter)` to `out[offset]` and `out[offset + 1]`, allocating nothing.
 * All four inputs are taken modulo 2^32.
 */
export function threefry2x32Into(
  key0: number,
  key1: number,
  counter0: number,
  counter1: number,
  out: Uint32Array,
  offset = 0,
): void {
  const schedule0 = key0 | 0;
  const schedule1 = key1 | 0;
  const schedule2 = threefryParity ^ schedule0 ^ schedule1;
  let x0 = (counter0 + schedule0) | 0;
  let x1 = (counter1 + schedule1) | 0;

  // Five groups of four rounds; the rotations alternate between the two halves of the table and a rotated key
  // is injected after each group. Written out, because this is the inner loop of host-side initialization.
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 13) | (x1 >>> 19)) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 15) | (x1 >>> 17)) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 26) | (x1 >>> 6)) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 6) | (x1 >>> 26)) ^ x0;
  x0 = (x0 + schedule1) | 0;
  x1 = (x1 + schedule2 + 1) | 0;

  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 17) | (x1 >>> 15)) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 29) | (x1 >>> 3)) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 16) | (x1 >>> 16)) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 24) | (x1 >>> 8)) ^ x0;
  x0 = (x0 + schedule2) | 0;
  x1 = (x1 + schedule0 + 2) | 0;

  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 13) | (x1 >>> 19)) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 15) | (x1 >>> 17)) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 26) | (x1 >>> 6)) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 6) | (x1 >>> 26)) ^ x0;
  x0 = (x0 + schedule0) | 0;
  x1 = (x1 + schedule1 + 3) | 0;

  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 17) | (x1 >>> 15)) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 29) | (x1 >>> 3)) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 16) | (x1 >>> 16)) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 24) | (x1 >>> 8)) ^ x0;
  x0 = (x0 + schedule1) | 0;
  x1 = (x1 + schedule2 + 4) | 0;

  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 13) | (x1 >>> 19)) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 15) | (x1 >>> 17)) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 26) | (x1 >>> 6)) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 6) | (x1 >>> 26)) ^ x0;
  out[offset] = x0 + schedule2;
  out[offset + 1] = x1 + schedule0 + 5;
}

/** The two random words, each an integer in [0, 2^32), of a 64-bit key and a 64-bit counter. */
export function threefry2x32(
  key0: number,
  key1: number,
  counter0: number,
  counter1: number,
): [number, number] {
  const out = new Uint32Array(2);
  threefry2x32Into(key0, key1, counter0, counter1, out);
  return [out[0] as number, out[1] as number];
}
