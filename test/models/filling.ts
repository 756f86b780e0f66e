import { type Shape, sizeOf } from "../../src/shape/shape.js";

/** Numbers in [-0.5, 0.5) that depend on a name and a position, exactly as `filling` of make_models.py gives them. */
export function filling(name: string, shape: Shape): Float64Array {
  const seed = [...name].reduce((sum, letter, i) => sum + (i + 1) * letter.charCodeAt(0), 0) % 4093;
  return Float64Array.from({ length: sizeOf(shape) }, (_, i) => {
    const k = (i * 1103 + seed * 977 + 13) % 4093;
    return ((k * k * k) % 4093) / 4096 - 0.5;
  });
}

/** The value of the variable of this name in the fixtures' networks. */
export function initial(name: string, shape: Shape): Float64Array {
  const values = filling(name, shape);
  if (name.endsWith("running_var")) return values.map((value) => 1 + value);
  if (name.endsWith("running_mean") || name.endsWith("bias")) return values.map((value) => value / 4);
  if (shape.length === 1) return values.map((value) => 1 + value / 2);
  const scale = Math.sqrt(24 / sizeOf(shape.slice(1)));
  return values.map((value) => value * scale);
}
