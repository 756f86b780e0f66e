import { forEachExpression } from "../../../compile/expression.js";
import type { Affine, BufferId, Expression, View } from "../../../compile/kernel.js";
import { threefryParity, threefryRotations } from "../../../random/threefry.js";
import type { Local } from "../assembler/index.js";
import type { KernelContext } from "./context.js";
import { scalarOps } from "./scalar-ops.js";

/** Where in its loops an expression is evaluated. */
export interface Point {
  /** Counters of the loops around, by loop number; the vector loop is not among them. Absent loops stand at 0. */
  readonly counters: ReadonlyMap<number, Local>;
  /** The loop of which four neighbouring iterations are computed at once. */
  readonly vectorLoop?: number;
  /** Bytes of a unit-stride array before the first of the four: four times the vector loop's counter. */
  readonly position?: Local | number;
  /** How many of the four count: 4 but in tails, and 1 where there is no vector loop. */
  readonly lanes: number;
  /** Values of finished reductions. */
  readonly reduced?: readonly Local[];
}

/** Emits expressions over vectors of four elements. One instance serves one region of code in which pointers hold. */
export class ExpressionEmitter {
  readonly #kernel: KernelContext;
  readonly #pointers = new Map<string, Local>();
  readonly #hoisted = new Map<Expression, Local>();
  readonly #owned: Local[] = [];

  constructor(kernel: KernelContext) {
    this.#kernel = kernel;
  }

  /** Gives back the locals that hold pointers and hoisted values. */
  close(): void {
    this.#kernel.f.release(...this.#owned);
  }

  /**
   * Emits, in front of the innermost loop, the address of each view at the outer counters, and every expression that the
   * innermost loop does not change.
   */
  prepare(roots: readonly Expression[], stores: readonly View[], point: Point): void {
    const views: View[] = [...stores];
    forEachExpression(roots, (part) => {
      if (part.kind === "load") views.push(part.view);
    });
    for (const view of views) this.#pointer(view, point);
    const { vectorLoop } = point;
    if (vectorLoop === undefined) return;
    const uses = new Map<Expression, boolean>();
    const invariant = (expression: Expression): boolean => {
      let result = uses.get(expression);
      if (result === undefined) {
        result =
          expression.kind === "apply"
            ? expression.inputs.every(invariant)
            : expression.kind === "load"
              ? expression.view.strides[vectorLoop] === 0
              : expression.kind === "index" || expression.kind === "random"
                ? expression.index.strides[vectorLoop] === 0
                : expression.kind === "constant";
        uses.set(expression, result);
      }
      return result;
    };
    const { f } = this.#kernel;
    const counts = ExpressionEmitter.useCounts(roots);
    const shared = new Map<Expression, Local>();
    const seen = new Set<Expression>();
    const hoist = (expression: Expression): void => {
      if (expression.kind === "constant" || expression.kind === "reduced" || seen.has(expression)) return;
      seen.add(expression);
      if (invariant(expression)) {
        this.push(expression, { ...point, lanes: 4 }, shared, counts);
        const local = f.local("v128");
        f.set(local);
        this.#hoisted.set(expression, local);
        this.#owned.push(local);
      } else if (expression.kind === "apply") expression.inputs.forEach(hoist);
    };
    roots.forEach(hoist);
    f.release(...shared.values());
  }

  /** Counts in how many places each sub-expression is used, so that shared ones are kept in locals. */
  static useCounts(roots: readonly Expression[]): Map<Expression, number> {
    const counts = new Map<Expression, number>();
    const count = (expression: Expression) => counts.set(expression, (counts.get(expression) ?? 0) + 1);
    roots.forEach(count);
    forEachExpression(roots, (part) => {
      if (part.kind === "apply") part.inputs.forEach(count);
    });
    return counts;
  }

  /** Pushes the value of an expression, as a vector; bools as masks. `shared` holds values already computed at this point. */
  push(
    expression: Expression,
    point: Point,
    shared: Map<Expression, Local>,
    counts?: ReadonlyMap<Expression, number>,
  ): void {
    const { f, module } = this.#kernel;
    const known = this.#hoisted.get(expression) ?? shared.get(expression);
    if (known !== undefined) {
      f.get(known);
      return;
    }
    switch (expression.kind) {
      case "constant":
        if (expression.dtype === "float32") f.f32x4.const(expression.value);
        else f.i32x4.const(expression.dtype === "bool" ? -Number(expression.value !== 0) : expression.value);
        return;
      case "reduced":
        f.get(point.reduced![expression.reduction]!);
        return;
      case "load":
        this.#load(expression.view, point);
        if (expression.dtype === "bool") {
          f.i32x4.const(0);
          f.i32x4.ne();
        }
        break;
      case "index":
        this.#index(expression.index, point);
        break;
      case "random":
        this.#random(expression, point);
        break;
      case "apply":
        for (const input of expression.inputs) this.push(input, point, shared, counts);
        scalarOps[expression.op](f, module, expression);
        break;
    }
    if ((counts?.get(expression) ?? 0) > 1) {
      const local = f.local("v128");
      f.tee(local);
      shared.set(expression, local);
    }
  }

  /** Takes the vector on the stack and stores it. */
  store(view: View, dtype: Expression["dtype"], point: Point): void {
    const { f } = this.#kernel;
    if (dtype === "bool") {
      f.i32x4.const(1);
      f.v128.and();
    }
    f.withLocals(["v128"], (value) => {
      f.set(value);
      const stride = point.vectorLoop === undefined ? 1 : view.strides[point.vectorLoop]!;
      if (stride === 1 && point.lanes !== 3) {
        this.pushAddress(view, point);
        f.get(value);
        if (point.lanes === 4) f.v128.store(0, 4);
        else if (point.lanes === 2) f.v128.store64_lane(0, 0, 4);
        else f.v128.store32_lane(0);
        return;
      }
      for (let lane = 0; lane < point.lanes; lane++) {
        this.pushAddress(view, point, lane * stride);
        f.get(value);
        f.v128.store32_lane(lane);
      }
    });
  }

  #key(view: View, vectorLoop: number | undefined): string {
    return `${view.buffer}:${view.offset}:${view.strides.map((stride, loop) => (loop === vectorLoop ? 0 : stride))}`;
  }

  /** A local with the view's address at the point, but for the vector loop. */
  #pointer(view: View, point: Point): Local {
    const key = this.#key(view, point.vectorLoop);
    let local = this.#pointers.get(key);
    if (local === undefined) {
      const { f } = this.#kernel;
      this.#kernel.pushAddress(view.buffer, view.offset);
      this.#addCounters(view, point, 4);
      local = f.local("i32");
      f.set(local);
      this.#pointers.set(key, local);
      this.#owned.push(local);
    }
    return local;
  }

  /** Adds `scale * stride * counter` of the loops around to the i32 on the stack. */
  #addCounters(affine: Affine, point: Point, scale: number): void {
    const { f } = this.#kernel;
    for (const [loop, counter] of point.counters) {
      const stride = affine.strides[loop]! * scale;
      if (stride === 0 || loop === point.vectorLoop) continue;
      f.get(counter);
      if (stride !== 1) {
        f.i32.const(stride);
        f.i32.mul();
      }
      f.i32.add();
    }
  }

  /** Pushes the address of the view's element `skip` elements after the one at the point. */
  pushAddress(view: View, point: Point, skip = 0): void {
    const { f } = this.#kernel;
    f.get(this.#pointer(view, point));
    const stride = point.vectorLoop === undefined ? 0 : view.strides[point.vectorLoop]!;
    let constant = skip * 4;
    if (typeof point.position === "number") constant += point.position * stride;
    else if (point.position !== undefined && stride !== 0) {
      f.get(point.position);
      if (stride !== 1) {
        f.i32.const(stride);
        f.i32.mul();
      }
      f.i32.add();
    }
    if (constant !== 0) {
      f.i32.const(constant);
      f.i32.add();
    }
  }

  #load(view: View, point: Point): void {
    const { f } = this.#kernel;
    const stride = point.vectorLoop === undefined ? 0 : view.strides[point.vectorLoop]!;
    if (stride === 0) {
      this.pushAddress(view, point);
      f.v128.load32_splat();
    } else if (stride === 1) {
      // Tails read past their end; every buffer has room for that.
      this.pushAddress(view, point);
      f.v128.load(0, 4);
    } else if (stride === 2) {
      this.pushAddress(view, point);
      f.v128.load(0, 4);
      this.pushAddress(view, point);
      f.v128.load(16, 4);
      f.i8x16.shuffle([0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27]);
    } else {
      this.pushAddress(view, point);
      f.v128.load32_zero();
      for (let lane = 1; lane < point.lanes; lane++) {
        f.withLocals(["v128"], (value) => {
          f.set(value);
          this.pushAddress(view, point, lane * stride);
          f.get(value);
        });
        f.v128.load32_lane(lane);
      }
    }
  }

  /** Pushes the affine form itself, for four neighbouring points. */
  #index(index: Affine, point: Point): void {
    const { f } = this.#kernel;
    const stride = point.vectorLoop === undefined ? 0 : index.strides[point.vectorLoop]!;
    f.i32.const(index.offset);
    this.#addCounters(index, point, 1);
    if (point.position !== undefined && stride !== 0) {
      if (typeof point.position === "number") f.i32.const((point.position / 4) * stride);
      else {
        f.get(point.position);
        f.i32.const(2);
        f.i32.shr_s();
        f.i32.const(stride);
        f.i32.mul();
      }
      f.i32.add();
    }
    f.i32x4.splat();
    if (stride !== 0) {
      f.i32x4.const(0, stride, 2 * stride, 3 * stride);
      f.i32x4.add();
    }
  }

  /** Threefry-2x32 with 20 rounds, four counters at once (Salmon et al. 2011, section 4). */
  #random(expression: Extract<Expression, { kind: "random" }>, point: Point): void {
    const { f } = this.#kernel;
    this.#index(expression.index, point);
    f.withLocals(["v128", "v128", "v128", "v128", "v128"], (x0, x1, key0, key1, key2) => {
      f.set(x0);
      const word = (n: number) => {
        this.#kernel.pushAddress(expression.key.buffer, expression.key.offset);
        f.v128.load32_splat(n * 4);
      };
      word(0);
      f.set(key0);
      word(1);
      f.set(key1);
      f.get(key0);
      f.get(key1);
      f.v128.xor();
      f.i32x4.const(threefryParity);
      f.v128.xor();
      f.set(key2);
      const addTo = (x: Local, ...terms: (Local | number)[]) => {
        f.get(x);
        for (const term of terms) {
          if (typeof term === "number") f.i32x4.const(term);
          else f.get(term);
          f.i32x4.add();
        }
        f.set(x);
      };
      word(2);
      f.get(key1);
      f.i32x4.add();
      f.set(x1);
      addTo(x0, key0);
      const keys = [key0, key1, key2];
      for (let round = 0; round < 20; round++) {
        const rotation = threefryRotations[round % 8]!;
        addTo(x0, x1);
        f.get(x1);
        f.i32.const(rotation);
        f.i32x4.shl();
        f.get(x1);
        f.i32.const(32 - rotation);
        f.i32x4.shr_u();
        f.v128.or();
        f.get(x0);
        f.v128.xor();
        f.set(x1);
        if (round % 4 !== 3) continue;
        const injection = (round + 1) / 4;
        addTo(x0, keys[injection % 3]!);
        addTo(x1, keys[(injection + 1) % 3]!, injection);
      }
      f.get(x0);
      f.i32.const(32 - expression.bits);
      f.i32x4.shr_u();
    });
  }
}

/** Every buffer that expressions and stores touch. */
export function buffersOf(roots: readonly Expression[], stores: readonly View[]): Set<BufferId> {
  const ids = new Set<BufferId>(stores.map((view) => view.buffer));
  forEachExpression(roots, (part) => {
    if (part.kind === "load") ids.add(part.view.buffer);
    if (part.kind === "random") ids.add(part.key.buffer);
  });
  return ids;
}
