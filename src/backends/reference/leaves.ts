import { threefry2x32 } from "../../random/threefry.js";
import { sizeOf } from "../../shape/shape.js";
import type { EvaluatorsOf } from "./evaluator.js";
import { positions } from "./indices.js";

type Leaf = "input" | "variable" | "constant" | "iota" | "randomBits";

export const leaves: EvaluatorsOf<Leaf> = {
  input: (node, _, leaf) => Float64Array.from(leaf(node)),
  variable: (node, _, leaf) => Float64Array.from(leaf(node)),
  constant: ({ attributes: { value, shape } }) => new Float64Array(sizeOf(shape)).fill(value),
  iota: ({ attributes: { shape, axis } }) =>
    Float64Array.from(
      positions(
        shape,
        shape.map((_, i) => (i === axis ? 1 : 0)),
      ),
    ),
  randomBits: ({ attributes: { shape, bits } }, [key]) =>
    Float64Array.from({ length: sizeOf(shape) }, (_, i) => {
      const [word] = threefry2x32(key![0]!, key![1]!, i, key![2]!);
      return word >>> (32 - bits);
    }),
};
