import { node } from "../../src/graph/build.js";
import type { Computation, Update } from "../../src/graph/computation.js";
import type { Node } from "../../src/graph/types.js";
import { type Shape, sameShape, sizeOf } from "../../src/shape/shape.js";
import { convolution, matmul, maxPool } from "../../src/tensor/contraction.js";
import * as e from "../../src/tensor/elementwise.js";
import { gather, scatterAdd } from "../../src/tensor/indexing.js";
import * as m from "../../src/tensor/movement.js";
import * as r from "../../src/tensor/reduction.js";
import { randomLoop } from "./random-loop.js";
import { cellOf, input, type Random, variable } from "./support.js";

const LARGEST = 6000;

/**
 * A random computation. Values stay small, and what jumps (comparisons, rounding, places of maxima) is only applied to
 * values that every backend computes exactly, so that two backends must agree but for rounding.
 */
export function randomComputation(random: Random, size: number): Computation {
  return new Maker(random).make(size);
}

class Maker {
  readonly #random: Random;
  readonly #pool: Node[] = [];
  /** Nodes whose value is exact in float32. */
  readonly #exact = new Set<Node>();

  constructor(random: Random) {
    this.#random = random;
  }

  make(size: number): Computation {
    const random = this.#random;
    const large = random.chance(0.35);
    const extents = large ? [1, 2, 3, 8, 16, 24, 33, 64] : [1, 1, 2, 3, 4, 5, 7, 8];
    const shapes: Shape[] = Array.from({ length: random.integer(1, 3) }, () =>
      Array.from({ length: random.integer(0, 4) }, () => random.pick(extents)),
    ).filter((shape) => sizeOf(shape) <= LARGEST);
    shapes.push([random.pick(extents), random.pick(extents)]);
    const variables: Node[] = [];
    for (let i = 0; i < 4; i++) {
      const shape = random.pick(shapes);
      const dtype = random.chance(0.8) ? "float32" : "int32";
      const leaf: Node = random.chance(0.5) ? input(shape, dtype) : variable(shape, dtype);
      if (leaf.op === "variable") variables.push(leaf);
      this.#add(leaf, true);
    }
    for (let tries = 0; this.#pool.length < size && tries < size * 4; tries++) this.#step();
    const outputs = Array.from({ length: random.integer(1, 3) }, () => this.#recent());
    const updates: Update[] = [];
    for (const target of variables) {
      const fitting = this.#pool.filter(
        (value) => sameShape(value.shape, target.shape) && value.dtype === target.dtype,
      );
      if (random.chance(0.8)) updates.push({ cell: cellOf(target), value: random.pick(fitting) });
    }
    return { outputs, updates };
  }

  #add(made: Node, exact: boolean): undefined {
    if (sizeOf(made.shape) > LARGEST) return;
    // Products of integers reach the limits of int32 soon; those wrap around alike everywhere.
    this.#pool.push(made);
    if (exact || made.dtype !== "float32") this.#exact.add(made);
  }

  #any(test: (x: Node) => boolean = () => true): Node | undefined {
    const fitting = this.#pool.filter(test);
    return fitting.length === 0 ? undefined : this.#random.pick(fitting);
  }

  #recent(): Node {
    return this.#random.pick(this.#pool.slice(-6));
  }

  #step(): void {
    const x = this.#random.chance(0.7) ? this.#recent() : this.#random.pick(this.#pool);
    const kinds = [
      () => this.#unary(x),
      () => this.#binary(x),
      () => this.#binary(x),
      () => this.#movement(x),
      () => this.#movement(x),
      () => this.#reduce(x),
      () => this.#contract(),
      () => this.#convolve(),
      () => this.#index(x),
      () => this.#loop(x),
    ];
    this.#random.pick(kinds)();
  }

  #unary(x: Node): undefined {
    const random = this.#random;
    const exact = this.#exact.has(x);
    if (x.dtype === "bool")
      return this.#add(random.pick([() => e.not(x), () => e.cast(x, "float32")])(), true);
    if (x.dtype === "int32") {
      return this.#add(
        random.pick([
          () => e.negate(x),
          () => e.sign(x),
          () => e.cast(e.remainder(x, 7), "float32"),
          () => e.cast(x, "bool"),
        ])(),
        true,
      );
    }
    const smooth = [
      () => this.#add(e.negate(x), exact),
      () => this.#add(e.abs(x), exact),
      () => this.#add(e.tanh(x), false),
      () => this.#add(e.exp(e.tanh(x)), false),
      () => this.#add(e.sin(e.tanh(x)), false),
      () => this.#add(e.sqrt(e.add(e.abs(x), 1)), false),
      () => this.#add(e.reciprocal(e.add(e.multiply(x, x), 1)), false),
      () => this.#add(e.multiply(x, 0.5), exact),
      () => this.#add(e.power(e.add(e.abs(e.tanh(x)), 0.5), 1.5), false),
    ];
    const jumps = [
      () => this.#add(e.floor(x), true),
      () => this.#add(e.sign(x), true),
      () => this.#add(e.cast(x, "int32"), true),
      () => this.#add(e.greater(x, 0.25), true),
    ];
    random.pick(exact ? [...smooth, ...jumps] : smooth)();
  }

  #binary(x: Node): undefined {
    const random = this.#random;
    const scalar = e.constant(0.75);
    const y =
      this.#any(
        (other) =>
          other.dtype === x.dtype &&
          (sameShape(other.shape, x.shape) || (random.chance(0.5) && broadcasts(other.shape, x.shape))),
      ) ?? scalar;
    if (x.dtype === "bool") {
      if (y.dtype === "bool") this.#add(random.pick([e.and, e.or])(x, y), true);
      return;
    }
    const exact = this.#exact.has(x) && this.#exact.has(y);
    if (x.dtype === "int32") {
      if (y.dtype !== "int32") return;
      const op = random.pick([e.add, e.subtract, e.multiply, e.divide, e.remainder, e.maximum, e.minimum]);
      return this.#add(op(x, y), true);
    }
    const choices = [
      () => this.#add(e.add(x, y), false),
      () => this.#add(e.subtract(x, y), false),
      () => this.#add(e.multiply(e.tanh(x), y), false),
      () => this.#add(e.maximum(x, y), exact),
      () => this.#add(e.minimum(x, y), exact),
      () => this.#add(e.divide(x, e.add(e.abs(y), 1)), false),
      () => {
        const condition = this.#any((c) => c.dtype === "bool" && broadcasts(c.shape, x.shape));
        if (condition) this.#add(e.where(condition, x, y), exact);
      },
      () => {
        if (exact) this.#add(random.pick([e.less, e.equal, e.greaterEqual])(x, y), true);
      },
    ];
    random.pick(choices)();
  }

  #movement(x: Node): void {
    const random = this.#random;
    const exact = this.#exact.has(x);
    const { shape } = x;
    const rank = shape.length;
    const add = (made: Node) => this.#add(made, exact);
    const axis = rank === 0 ? 0 : random.integer(0, rank - 1);
    const choices = [
      () => add(m.reshape(x, random.pick(factorings(sizeOf(shape), random)))),
      () => add(m.permute(x, random.shuffle(shape.map((_, i) => i)))),
      () => add(m.broadcastTo(x, [random.pick([2, 3, 8]), ...shape])),
      () => add(m.broadcastTo(m.expandDimensions(x, axis), insert(shape, axis, random.pick([2, 5])))),
      () =>
        add(
          m.flip(
            x,
            shape.map((_, i) => i).filter(() => random.chance(0.6)),
          ),
        ),
      () => {
        const start = shape.map((extent) => random.integer(0, Math.max(0, Math.floor(extent / 2))));
        const stop = shape.map((extent, i) =>
          random.integer(Math.min(extent, start[i]! + 1), Math.max(extent, start[i]! + 1)),
        );
        const step = shape.map(() => (random.chance(0.6) ? 1 : random.integer(2, 3)));
        if (sizeOf(shape) > 0) add(m.slice(x, start, stop, step));
      },
      () => {
        const padding = shape.map((): [number, number] => [random.integer(-1, 2), random.integer(0, 2)]);
        const interior = shape.map(() => (random.chance(0.8) ? 0 : random.integer(1, 2)));
        if (x.dtype === "float32" && shape.every((extent) => extent > 1))
          add(m.pad(x, padding, random.pick([0, 0, 1.5]), interior));
      },
      () => {
        if (rank === 0) return;
        const other = this.#any((y) => y.dtype === x.dtype && sameShape(y.shape, shape)) ?? x;
        this.#add(
          m.concatenate([x, other, ...(random.chance(0.3) ? [x] : [])], axis),
          exact && this.#exact.has(other),
        );
      },
    ];
    random.pick(choices)();
  }

  #reduce(x: Node): void {
    const random = this.#random;
    if (x.dtype === "bool" || x.shape.length === 0) return;
    const exact = this.#exact.has(x);
    const axes = x.shape.map((_, axis) => axis).filter(() => random.chance(0.5));
    const keep = random.chance(0.4);
    const count = Math.max(1, sizeOf(axes.map((axis) => x.shape[axis]!)));
    const float = x.dtype === "float32";
    const choices = [
      () => this.#add(float ? e.multiply(r.sum(x, axes, keep), 1 / count) : r.sum(x, axes, keep), false),
      () => this.#add(r.max(x, axes, keep), exact),
      () => this.#add(r.min(x, axes, keep), exact),
      () => this.#add(r.product(float ? e.cast(e.tanh(x), "float32") : x, axes, keep), false),
      () => {
        const axis = random.integer(0, x.shape.length - 1);
        const total = r.cumulativeSum(x, axis, {
          exclusive: random.chance(0.5),
          reverse: random.chance(0.5),
        });
        this.#add(float ? e.multiply(total, 1 / x.shape[axis]!) : total, false);
      },
      () => {
        if (exact) this.#add(r.argmax(x, random.integer(0, x.shape.length - 1)), true);
      },
      () => {
        // A softmax or normalization: reductions whose results come back over the same loops.
        if (!float || axes.length === 0) return;
        const centred = e.subtract(x, r.mean(x, axes, true));
        const scaled = e.divide(centred, e.sqrt(e.add(r.mean(e.multiply(centred, centred), axes, true), 1)));
        this.#add(random.chance(0.5) ? e.multiply(scaled, 0.75) : e.tanh(scaled), false);
      },
    ];
    random.pick(choices)();
  }

  #contract(): void {
    const random = this.#random;
    const a = this.#any((x) => x.dtype === "float32" && x.shape.length >= 2);
    if (a === undefined) return;
    const k = a.shape.at(-1)!;
    const fits = (y: Node) =>
      y.dtype === "float32" &&
      y.shape.length >= 2 &&
      (y.shape.length === 2 || sameShape(y.shape.slice(0, -2), a.shape.slice(0, -2)));
    let b = this.#any((y) => fits(y) && y.shape.at(-2) === k);
    if (b === undefined || random.chance(0.4)) {
      const other = this.#any((y) => fits(y) && y.shape.at(-1) === k);
      if (other !== undefined) b = m.transpose(other);
    }
    if (b === undefined || sizeOf(a.shape) * b.shape.at(-1)! > 200_000) return;
    const made = e.multiply(matmul(e.tanh(a), b), 1 / Math.max(1, k));
    const finish = random.pick([
      (x: Node) => x,
      (x: Node) => e.maximum(e.add(x, 0.25), 0),
      (x: Node) => e.add(x, x),
      (x: Node) => this.#withOperand(x),
    ]);
    this.#add(finish(made), false);
  }

  #withOperand(x: Node): Node {
    const y = this.#any((other) => other.dtype === "float32" && broadcasts(other.shape, x.shape));
    return y === undefined ? x : e.tanh(e.add(x, y));
  }

  #convolve(): void {
    const random = this.#random;
    const x = this.#any(
      (y) => y.dtype === "float32" && y.shape.length >= 3 && y.shape.length <= 4 && sizeOf(y.shape) > 0,
    );
    if (x === undefined) return;
    const exact = this.#exact.has(x);
    const spatial = x.shape.slice(2);
    const window = spatial.map((extent) => random.integer(1, Math.min(3, extent)));
    const stride = spatial.map(() => random.integer(1, 2));
    const padding = window.map((extent): [number, number] => [
      random.integer(0, extent - 1),
      random.integer(0, extent - 1),
    ]);
    if (random.chance(0.4)) {
      const pooled = maxPool(x, window, { stride, padding: random.chance(0.5) ? padding : "valid" });
      this.#add(pooled, exact);
      if (exact && pooled.op === "maxPool") {
        const gradient = node("maxPoolGradient", [x, e.tanh(pooled)], pooled.attributes);
        this.#add(gradient, false);
      }
      return;
    }
    const groups = x.shape[1]! % 2 === 0 && random.chance(0.3) ? 2 : 1;
    const filters = groups * random.integer(1, 5);
    const channels = x.shape[1]! / groups;
    const kernelSize = filters * channels * sizeOf(window);
    if (kernelSize > 2000 || sizeOf(x.shape) * kernelSize > 400_000) return;
    const kernel = input([filters, channels, ...window]);
    const y = convolution(x, kernel, { stride, padding, groups });
    if (y.op !== "convolution") return;
    const scale = 1 / Math.max(1, channels * sizeOf(window));
    const scaled = e.multiply(y, scale);
    this.#add(random.chance(0.5) ? scaled : this.#withOperand(scaled), false);
    if (random.chance(0.5)) {
      const g = e.tanh(y);
      const back = node("convolutionInputGradient", [g, kernel], { ...y.attributes, inputSpatial: spatial });
      this.#add(e.multiply(back, scale), false);
      const kernelGradient = node("convolutionKernelGradient", [x, g], {
        ...y.attributes,
        kernelSpatial: window,
      });
      this.#add(e.multiply(kernelGradient, 1 / sizeOf(y.shape)), false);
    }
  }

  #loop(x: Node): void {
    const random = this.#random;
    if (x.dtype !== "float32" || x.shape.length === 0 || x.shape[0]! > 9 || sizeOf(x.shape) > 3000) return;
    const shape = x.shape.slice(1);
    const initial = this.#any((y) => y.dtype === "float32" && sameShape(y.shape, shape));
    const outside = this.#any((y) => y.dtype === "float32" && broadcasts(y.shape, shape));
    const sequence = random.chance(0.5) ? e.tanh(x) : x;
    for (const made of randomLoop(random, sequence, initial ?? e.constant(0, "float32", shape), outside))
      this.#add(made, false);
  }

  #index(x: Node): void {
    const random = this.#random;
    const { shape } = x;
    if (shape.length === 0 || x.dtype === "bool") return;
    const axis = random.integer(0, shape.length - 1);
    const indices = this.#any((y) => y.dtype === "int32" && y.shape.length <= 2);
    if (indices === undefined) return;
    if (random.chance(0.6)) this.#add(gather(x, indices, axis), this.#exact.has(x));
    else {
      const flat = this.#any((y) => y.dtype === "int32" && sameShape(y.shape, [shape[axis]!]));
      if (flat) this.#add(scatterAdd(x, flat, axis, random.integer(1, 6)), false);
    }
  }
}

function broadcasts(from: Shape, to: Shape): boolean {
  return (
    from.length <= to.length &&
    from.every((extent, i) => extent === to[to.length - from.length + i] || (extent === 1 && to.length > 0))
  );
}

function insert(shape: Shape, axis: number, extent: number): Shape {
  return [...shape.slice(0, axis), extent, ...shape.slice(axis)];
}

/** A few shapes of the given size. */
function factorings(size: number, random: Random): Shape[] {
  const split = (rest: number): number[] => {
    if (rest <= 1) return [];
    const divisors = Array.from({ length: rest }, (_, i) => i + 1).filter((d) => d > 1 && rest % d === 0);
    const first = random.pick(divisors);
    return [first, ...split(rest / first)];
  };
  if (size <= 1) return [[], [1], [1, 1]].slice(0, size === 1 ? 3 : 0).concat(size === 0 ? [[0]] : []);
  return [split(size), split(size), [size], [1, ...split(size)]]
    .map((shape) => shape.slice())
    .filter((s) => s.length <= 5);
}
