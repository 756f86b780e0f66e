import { ops } from "../graph/ops.js";
import type { Node, NodeOf, ReductionOp } from "../graph/types.js";
import { isView } from "../graph/views.js";
import { type Shape, stridesOf } from "../shape/shape.js";
import {
  type Coordinates,
  constantAffine,
  contiguousIn,
  linearize,
  placedView,
  still,
  throughMovement,
} from "./access.js";
import type { FusionContext } from "./fusion-context.js";
import type { BufferId, Expression, Nest, Reduction, ScalarOp, Store, View } from "./kernel.js";

/** Builds the expressions of one nest by walking from its result to what lies in memory. */
export class NestBuilder {
  readonly dims: readonly number[];
  readonly reduceDims: readonly number[];
  readonly loops: number;
  readonly #extents: readonly number[];
  readonly #context: FusionContext;
  /** The node being computed: the one kept node that is not loaded. */
  readonly #result: Node | undefined;
  /** The contraction or reduction inside of the nest, if any. */
  readonly #anchor: Node | undefined;
  readonly #known = new Map<string, Expression>();
  readonly #reductions: Reduction[] = [];

  constructor(
    dims: Shape,
    reduceDims: readonly number[],
    context: FusionContext,
    result: Node | undefined,
    anchor: Node | undefined,
  ) {
    this.dims = dims;
    this.reduceDims = reduceDims;
    this.loops = dims.length + reduceDims.length;
    this.#extents = [...dims, ...reduceDims];
    this.#context = context;
    this.#result = result;
    this.#anchor = anchor;
  }

  nest(stores: readonly Store[]): Nest {
    return { dims: this.dims, reduceDims: this.reduceDims, reductions: this.#reductions, stores };
  }

  /** A view of a dense buffer of the given shape, whose axes are the nest's first dims. */
  denseView(buffer: BufferId, shape: Shape): View {
    const strides = still(shape, stridesOf(shape));
    return { buffer, offset: 0, strides: [...strides, ...this.reduceDims.map(() => 0)] };
  }

  /** The value of `node` at `coordinates`. */
  expression(node: Node, coordinates: Coordinates): Expression {
    const key = `${node.id}:${coordinates.map(({ offset, strides }) => `${offset}+${strides}`).join(";")}`;
    const expression = this.#known.get(key) ?? this.#make(node, coordinates);
    this.#known.set(key, expression);
    return expression;
  }

  #make(node: Node, coordinates: Coordinates): Expression {
    const { dtype } = node;
    const buffer =
      node === this.#result && node.op !== "input" && node.op !== "variable"
        ? undefined
        : this.#context.bufferOf(node);
    if (buffer !== undefined) {
      return { kind: "load", view: { buffer, ...linearize(coordinates, node.shape, this.loops) }, dtype };
    }
    if (node === this.#anchor && ops[node.op].traits.kind === "contraction")
      return { kind: "reduced", reduction: 0, dtype };
    if (isView(node)) {
      const operand = node.inputs[0]!;
      // Where the order in memory is as it was, the position alone is enough.
      const place = contiguousIn(node, (at) =>
        at === this.#result ? undefined : this.#context.bufferOf(at),
      );
      if (place !== undefined) {
        const view = placedView(place, linearize(coordinates, node.shape, this.loops));
        return { kind: "load", view, dtype };
      }
      const inner = throughMovement(node, coordinates, this.#extents);
      if (inner !== undefined) return this.expression(operand, inner);
      this.#context.requestKeep(operand);
      return { kind: "constant", value: 0, dtype };
    }
    switch (node.op) {
      case "constant":
        return { kind: "constant", value: node.attributes.value, dtype };
      case "iota":
        return { kind: "index", index: coordinates[node.attributes.axis]!, dtype: "int32" };
      case "randomBits":
        return {
          kind: "random",
          key: this.#keyView(node),
          index: linearize(coordinates, node.shape, this.loops),
          bits: node.attributes.bits,
          dtype: "int32",
        };
      case "sum":
      case "max":
      case "min":
      case "product":
        if (node === this.#anchor) return this.#reduce(node, coordinates);
        break;
      default:
        if (ops[node.op].traits.kind === "elementwise") return this.#apply(node, coordinates);
    }
    // Everything else is computed by kernels of its own.
    this.#context.requestKeep(node);
    return { kind: "constant", value: 0, dtype };
  }

  #apply(node: Node, coordinates: Coordinates): Expression {
    const inputs = node.inputs.map((input) => this.expression(input, coordinates));
    const op = node.op as ScalarOp;
    return {
      kind: "apply",
      op,
      inputs,
      dtype: node.dtype,
      ...(node.op === "compare" ? { comparison: node.attributes.comparison } : {}),
    };
  }

  #reduce(node: NodeOf<ReductionOp>, coordinates: Coordinates): Expression {
    const input = node.inputs[0]!;
    const { axes } = node.attributes;
    let next = 0;
    const inner = input.shape.map((_, axis) => {
      const place = axes.indexOf(axis);
      if (place < 0) return coordinates[next++]!;
      const strides = new Array<number>(this.loops).fill(0);
      strides[this.dims.length + place] = 1;
      return { offset: 0, strides };
    });
    const value = this.expression(input, inner);
    const reduction = this.#reductions.push({ op: node.op, value }) - 1;
    return { kind: "reduced", reduction, dtype: node.dtype };
  }

  /** Where the three words of a random key lie: a stride-1 view with the index as offset. */
  #keyView(node: NodeOf<"randomBits">): View {
    let key = node.inputs[0]!;
    let coordinates: Coordinates = [{ offset: 0, strides: [1] }];
    for (;;) {
      const buffer = this.#context.bufferOf(key);
      if (buffer !== undefined) {
        const { offset, strides } = linearize(coordinates, key.shape, 1);
        if (strides[0] === 1) return { buffer, offset, strides: constantAffine(0, this.loops).strides };
      }
      const inner = buffer === undefined && isView(key) ? throughMovement(key, coordinates, [3]) : undefined;
      if (inner === undefined) {
        this.#context.requestKeep(buffer === undefined ? key : node.inputs[0]!);
        return { buffer: 0, offset: 0, strides: constantAffine(0, this.loops).strides };
      }
      key = key.inputs[0]!;
      coordinates = inner;
    }
  }
}
