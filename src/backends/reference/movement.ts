import { type Shape, sizeOf, stridesOf } from "../../shape/shape.js";
import type { EvaluatorsOf } from "./evaluator.js";
import { positions } from "./indices.js";

type Movement = "reshape" | "permute" | "broadcast" | "pad" | "slice" | "flip" | "concatenate";

export const movement: EvaluatorsOf<Movement> = {
  reshape: (_, [x]) => x!.slice(),

  permute({ inputs: [input], shape, attributes: { axes } }, [x]) {
    const strides = stridesOf(input!.shape);
    return view(
      x!,
      shape,
      axes.map((axis) => strides[axis]!),
    );
  },

  broadcast({ inputs: [input], shape }, [x]) {
    const strides = stridesOf(input!.shape);
    return view(
      x!,
      shape,
      strides.map((stride, axis) => (input!.shape[axis] === 1 ? 0 : stride)),
    );
  },

  pad({ inputs: [input], shape, attributes: { low, interior, value } }, [x]) {
    const strides = stridesOf(shape);
    const steps = strides.map((stride, axis) => stride * (interior[axis]! + 1));
    const result = new Float64Array(sizeOf(shape)).fill(value);
    const targets = positions(input!.shape, steps, dot(low, strides));
    targets.forEach((target, i) => {
      result[target] = x![i]!;
    });
    return result;
  },

  slice({ inputs: [input], shape, attributes: { start, step } }, [x]) {
    const strides = stridesOf(input!.shape);
    const steps = strides.map((stride, axis) => stride * step[axis]!);
    return view(x!, shape, steps, dot(start, strides));
  },

  flip({ shape, attributes: { axes } }, [x]) {
    const strides = stridesOf(shape);
    const steps = strides.map((stride, axis) => (axes.includes(axis) ? -stride : stride));
    const last = shape.map((extent, axis) => (axes.includes(axis) ? extent - 1 : 0));
    return view(x!, shape, steps, dot(last, strides));
  },

  concatenate({ inputs, shape, attributes: { axis } }, operands) {
    const strides = stridesOf(shape);
    const result = new Float64Array(sizeOf(shape));
    let offset = 0;
    inputs.forEach((input, k) => {
      const targets = positions(input.shape, strides, offset * strides[axis]!);
      targets.forEach((target, i) => {
        result[target] = operands[k]![i]!;
      });
      offset += input.shape[axis]!;
    });
    return result;
  },
};

function view(x: Float64Array, shape: Shape, strides: readonly number[], offset = 0): Float64Array {
  return Float64Array.from(positions(shape, strides, offset), (position) => x[position]!);
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}
