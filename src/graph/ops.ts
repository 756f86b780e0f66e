import type { DType } from "../shape/dtype.js";
import { checkShape, formatShape, reducedShape, ShapeError, sameShape, sizeOf } from "../shape/shape.js";
import {
  checkAxes,
  checkConvolution,
  checkScan,
  describe,
  poolShape,
  requireDtype,
  requireNotEmpty,
  requireNumber,
  requireOneOf,
  requireSame,
  requireShape,
} from "./checks.js";
import type { Traits } from "./traits.js";
import type { BinaryOp, OpAttributes, OpName, ReductionOp, TensorType, UnaryOp } from "./types.js";

/** A primitive's row: its traits and the rule that gives its result's type, or throws a ShapeError. */
export interface OpDefinition<K extends OpName> {
  readonly traits: Traits;
  /** Number of inputs; "many" for at least one. */
  readonly arity: number | "many";
  infer(inputs: readonly TensorType[], attributes: OpAttributes[K], op: K): TensorType;
}

/**
 * The table of primitive operations. Add a row here (and its attributes in types.ts) and the compiler names every
 * other table that must learn about it.
 */
export const ops: { readonly [K in OpName]: OpDefinition<K> } = {
  input: {
    traits: { kind: "leaf", stored: true },
    arity: 0,
    infer: (_, { slot }) => ({ shape: slot.shape, dtype: slot.dtype }),
  },
  variable: {
    traits: { kind: "leaf", stored: true },
    arity: 0,
    infer: (_, { cell }) => ({ shape: cell.shape, dtype: cell.dtype }),
  },
  constant: {
    traits: { kind: "leaf", cheap: true },
    arity: 0,
    infer(_, { shape, dtype }, op) {
      checkShape(shape, op);
      return { shape, dtype };
    },
  },
  iota: {
    traits: { kind: "leaf", cheap: true },
    arity: 0,
    infer(_, { shape, axis }, op) {
      checkShape(shape, op);
      checkAxes([axis], shape.length, op);
      return { shape, dtype: "int32" };
    },
  },
  randomBits: {
    traits: { kind: "leaf", readsMemory: true },
    arity: 1,
    infer([key], { shape, bits }, op) {
      checkShape(shape, op);
      requireDtype(key!, "int32", op);
      if (!sameShape(key!.shape, [3]))
        throw new ShapeError(`${op}: the key has shape ${formatShape(key!.shape)}; it must be [3]`);
      if (!Number.isInteger(bits) || bits < 1 || bits > 31)
        throw new ShapeError(`${op}: bits is ${bits}; it must be 1 to 31`);
      return { shape, dtype: "int32" };
    },
  },

  negate: unary(["float32", "int32"], { cheap: true }),
  exp: unary(["float32"]),
  log: unary(["float32"]),
  sin: unary(["float32"]),
  cos: unary(["float32"]),
  tanh: unary(["float32"]),
  sigmoid: unary(["float32"]),
  sqrt: unary(["float32"]),
  reciprocal: unary(["float32"]),
  floor: unary(["float32"], { cheap: true }),
  abs: unary(["float32", "int32"], { cheap: true }),
  sign: unary(["float32", "int32"], { cheap: true }),
  erf: unary(["float32"]),
  cast: {
    traits: { kind: "elementwise", cheap: true },
    arity: 1,
    infer: ([x], { dtype }) => ({ shape: x!.shape, dtype }),
  },
  not: unary(["bool"], { cheap: true }),
  stopGradient: unary(["float32", "int32", "bool"], { cheap: true }),

  add: binary(["float32", "int32"], { cheap: true }),
  subtract: binary(["float32", "int32"], { cheap: true }),
  multiply: binary(["float32", "int32"], { cheap: true }),
  divide: binary(["float32", "int32"]),
  maximum: binary(["float32", "int32"], { cheap: true }),
  minimum: binary(["float32", "int32"], { cheap: true }),
  power: binary(["float32"]),
  remainder: binary(["float32", "int32"]),
  compare: {
    traits: { kind: "elementwise", cheap: true },
    arity: 2,
    infer([a, b], _, op) {
      requireSame(a!, b!, op);
      return { shape: a!.shape, dtype: "bool" };
    },
  },
  and: binary(["bool"], { cheap: true }),
  or: binary(["bool"], { cheap: true }),
  where: {
    traits: { kind: "elementwise", cheap: true },
    arity: 3,
    infer([condition, a, b], _, op) {
      requireDtype(condition!, "bool", op);
      requireSame(a!, b!, op);
      if (!sameShape(condition!.shape, a!.shape)) {
        throw new ShapeError(
          `${op}: the condition is ${formatShape(condition!.shape)}, the values ${formatShape(a!.shape)}; they must be equal`,
        );
      }
      return { shape: a!.shape, dtype: a!.dtype };
    },
  },

  reshape: {
    traits: { kind: "movement", cheap: true, view: true },
    arity: 1,
    infer([x], { shape }, op) {
      checkShape(shape, op);
      if (sizeOf(shape) !== sizeOf(x!.shape)) {
        throw new ShapeError(
          `${op}: ${formatShape(x!.shape)} has ${sizeOf(x!.shape)} elements and cannot become ${formatShape(shape)}, which has ${sizeOf(shape)}`,
        );
      }
      return { shape, dtype: x!.dtype };
    },
  },
  permute: {
    traits: { kind: "movement", cheap: true, view: true },
    arity: 1,
    infer([x], { axes }, op) {
      const rank = x!.shape.length;
      if (axes.length !== rank || [...axes].sort((a, b) => a - b).some((axis, i) => axis !== i)) {
        throw new ShapeError(
          `${op}: [${axes.join(", ")}] is not a permutation of the ${rank} axes of ${formatShape(x!.shape)}`,
        );
      }
      return { shape: axes.map((axis) => x!.shape[axis]!), dtype: x!.dtype };
    },
  },
  broadcast: {
    traits: { kind: "movement", cheap: true, view: true },
    arity: 1,
    infer([x], { shape }, op) {
      checkShape(shape, op);
      if (
        x!.shape.length !== shape.length ||
        x!.shape.some((extent, axis) => extent !== shape[axis] && extent !== 1)
      ) {
        throw new ShapeError(
          `${op}: ${formatShape(x!.shape)} cannot be spread over ${formatShape(shape)}; only extents of 1 stretch`,
        );
      }
      return { shape, dtype: x!.dtype };
    },
  },
  pad: {
    traits: { kind: "movement" },
    arity: 1,
    infer([x], { low, high, interior }, op) {
      const { shape } = x!;
      for (const list of [low, high, interior]) {
        if (list.length !== shape.length || list.some((n) => !Number.isInteger(n) || n < 0)) {
          throw new ShapeError(
            `${op}: [${list.join(", ")}] must hold ${shape.length} integers of at least 0, one per axis of ${formatShape(shape)}`,
          );
        }
      }
      return {
        shape: shape.map(
          (extent, axis) => low[axis]! + high[axis]! + extent + interior[axis]! * Math.max(0, extent - 1),
        ),
        dtype: x!.dtype,
      };
    },
  },
  slice: {
    traits: { kind: "movement", cheap: true, view: true },
    arity: 1,
    infer([x], { start, stop, step }, op) {
      const { shape } = x!;
      if (start.length !== shape.length || stop.length !== shape.length || step.length !== shape.length) {
        throw new ShapeError(
          `${op}: ${formatShape(shape)} needs a start, stop and step for each of its ${shape.length} axes`,
        );
      }
      const result = shape.map((extent, axis) => {
        const [from, to, by] = [start[axis]!, stop[axis]!, step[axis]!];
        if (![from, to, by].every(Number.isInteger) || from < 0 || to < from || to > extent || by < 1) {
          throw new ShapeError(
            `${op}: ${from}:${to}:${by} does not lie within axis ${axis} of ${formatShape(shape)}`,
          );
        }
        return Math.ceil((to - from) / by);
      });
      return { shape: result, dtype: x!.dtype };
    },
  },
  flip: {
    traits: { kind: "movement", cheap: true, view: true },
    arity: 1,
    infer([x], { axes }, op) {
      checkAxes(axes, x!.shape.length, op);
      return { shape: x!.shape, dtype: x!.dtype };
    },
  },
  concatenate: {
    traits: { kind: "movement" },
    arity: "many",
    infer(inputs, { axis }, op) {
      const first = inputs[0]!;
      checkAxes([axis], first.shape.length, op);
      let total = 0;
      for (const input of inputs) {
        const fits =
          input.shape.length === first.shape.length &&
          input.shape.every((extent, i) => i === axis || extent === first.shape[i]);
        if (!fits || input.dtype !== first.dtype) {
          throw new ShapeError(
            `${op}: ${describe(first)} and ${describe(input)} must agree in dtype and in every axis but ${axis}`,
          );
        }
        total += input.shape[axis]!;
      }
      return { shape: first.shape.map((extent, i) => (i === axis ? total : extent)), dtype: first.dtype };
    },
  },

  sum: reduction(),
  max: reduction(),
  min: reduction(),
  product: reduction(),
  argmax: {
    traits: { kind: "reduction" },
    arity: 1,
    infer([x], { axis }, op) {
      checkAxes([axis], x!.shape.length, op);
      requireNotEmpty(x!, [axis], op);
      return { shape: reducedShape(x!.shape, [axis], false), dtype: "int32" };
    },
  },
  cumulativeSum: {
    traits: { kind: "reduction", readsMemory: true },
    arity: 1,
    infer([x], { axis }, op) {
      checkAxes([axis], x!.shape.length, op);
      requireNumber(x!, op);
      return { shape: x!.shape, dtype: x!.dtype };
    },
  },

  matmul: {
    traits: { kind: "contraction", readsMemory: true, takesEpilogue: true },
    arity: 2,
    infer([a, b], _, op) {
      requireDtype(a!, "float32", op);
      requireDtype(b!, "float32", op);
      const rank = a!.shape.length;
      const fits =
        rank >= 2 &&
        rank === b!.shape.length &&
        sameShape(a!.shape.slice(0, -2), b!.shape.slice(0, -2)) &&
        a!.shape[rank - 1] === b!.shape[rank - 2];
      if (!fits) {
        throw new ShapeError(
          `${op}: ${formatShape(a!.shape)} times ${formatShape(b!.shape)}: needs [..., M, K] times [..., K, N] with equal leading axes; ` +
            `K is ${a!.shape[rank - 1]} on the left and ${b!.shape[b!.shape.length - 2]} on the right`,
        );
      }
      return { shape: [...a!.shape.slice(0, -1), b!.shape[rank - 1]!], dtype: "float32" };
    },
  },
  convolution: {
    traits: { kind: "contraction", readsMemory: true, takesEpilogue: true },
    arity: 2,
    infer([x, kernel], attributes, op) {
      const spatial = checkConvolution(x!, kernel!, attributes, op);
      return { shape: [x!.shape[0]!, kernel!.shape[0]!, ...spatial], dtype: "float32" };
    },
  },
  convolutionInputGradient: {
    traits: { kind: "contraction", readsMemory: true },
    arity: 2,
    infer([g, kernel], attributes, op) {
      const x = {
        shape: [g!.shape[0]!, kernel!.shape[1]! * attributes.groups, ...attributes.inputSpatial],
        dtype: "float32" as const,
      };
      const spatial = checkConvolution(x, kernel!, attributes, op);
      requireShape(g!, [g!.shape[0]!, kernel!.shape[0]!, ...spatial], "output gradient", op);
      return x;
    },
  },
  convolutionKernelGradient: {
    traits: { kind: "contraction", readsMemory: true },
    arity: 2,
    infer([x, g], attributes, op) {
      const kernel = {
        shape: [g!.shape[1]!, x!.shape[1]! / attributes.groups, ...attributes.kernelSpatial],
        dtype: "float32" as const,
      };
      const spatial = checkConvolution(x!, kernel, attributes, op);
      requireShape(g!, [x!.shape[0]!, kernel.shape[0]!, ...spatial], "output gradient", op);
      return kernel;
    },
  },

  maxPool: {
    traits: { kind: "window", readsMemory: true },
    arity: 1,
    infer: ([x], attributes, op) => ({ shape: poolShape(x!, attributes, op), dtype: "float32" }),
  },
  maxPoolGradient: {
    traits: { kind: "window", readsMemory: true },
    arity: 2,
    infer([x, g], attributes, op) {
      requireShape(g!, poolShape(x!, attributes, op), "output gradient", op);
      return { shape: x!.shape, dtype: "float32" };
    },
  },
  maxPoolSelect: {
    traits: { kind: "window", readsMemory: true },
    arity: 2,
    infer([x, t], attributes, op) {
      requireShape(t!, x!.shape, "second operand", op);
      return { shape: poolShape(x!, attributes, op), dtype: "float32" };
    },
  },

  gather: {
    traits: { kind: "indexing", readsMemory: true },
    arity: 2,
    infer([table, indices], { axis }, op) {
      checkAxes([axis], table!.shape.length, op);
      requireDtype(indices!, "int32", op);
      return {
        shape: [...table!.shape.slice(0, axis), ...indices!.shape, ...table!.shape.slice(axis + 1)],
        dtype: table!.dtype,
      };
    },
  },
  scatterAdd: {
    traits: { kind: "indexing", readsMemory: true },
    arity: 2,
    infer([updates, indices], { axis, extent }, op) {
      requireDtype(indices!, "int32", op);
      requireNumber(updates!, op);
      const rank = indices!.shape.length;
      if (
        !sameShape(updates!.shape.slice(axis, axis + rank), indices!.shape) ||
        axis + rank > updates!.shape.length
      ) {
        throw new ShapeError(
          `${op}: updates ${formatShape(updates!.shape)} must hold the indices' shape ${formatShape(indices!.shape)} from axis ${axis} on`,
        );
      }
      checkShape([extent], op);
      return {
        shape: [...updates!.shape.slice(0, axis), extent, ...updates!.shape.slice(axis + rank)],
        dtype: updates!.dtype,
      };
    },
  },

  scan: {
    traits: { kind: "loop" },
    arity: "many",
    infer(inputs, attributes, op) {
      checkScan(inputs, attributes, op);
      const { length, result } = attributes;
      const of = result.kind === "stack" ? result.value : inputs[result.carry]!;
      const leading = result.kind === "final" ? [] : [result.kind === "states" ? length + 1 : length];
      return { shape: [...leading, ...of.shape], dtype: of.dtype };
    },
  },
};

function unary(dtypes: readonly DType[], traits: Omit<Traits, "kind"> = {}): OpDefinition<UnaryOp> {
  return {
    traits: { kind: "elementwise", ...traits },
    arity: 1,
    infer([x], _, op) {
      requireOneOf(x!, dtypes, op);
      return { shape: x!.shape, dtype: x!.dtype };
    },
  };
}

function binary(dtypes: readonly DType[], traits: Omit<Traits, "kind"> = {}): OpDefinition<BinaryOp> {
  return {
    traits: { kind: "elementwise", ...traits },
    arity: 2,
    infer([a, b], _, op) {
      requireSame(a!, b!, op);
      requireOneOf(a!, dtypes, op);
      return { shape: a!.shape, dtype: a!.dtype };
    },
  };
}

function reduction(): OpDefinition<ReductionOp> {
  return {
    traits: { kind: "reduction", takesEpilogue: true },
    arity: 1,
    infer([x], { axes }, op) {
      checkAxes(axes, x!.shape.length, op);
      requireNumber(x!, op);
      if (op === "max" || op === "min") requireNotEmpty(x!, axes, op);
      return { shape: reducedShape(x!.shape, axes, false), dtype: x!.dtype };
    },
  };
}
