/**
 * Element types. `bool` is stored like int32 (0 or 1), so that masks have the same lane width as the numbers
 * they select; `float64` exists only as the arithmetic of the reference backend, never as a dtype.
 */
export type DType = "float32" | "int32" | "bool";

export const dtypes: readonly DType[] = ["float32", "int32", "bool"];

/** Every dtype takes four bytes. */
export const BYTES_PER_ELEMENT = 4;

/** The array that holds elements of a dtype outside of a program. */
export type TypedArray = Float32Array | Int32Array;

export function allocate(dtype: DType, size: number): TypedArray {
  return dtype === "float32" ? new Float32Array(size) : new Int32Array(size);
}
