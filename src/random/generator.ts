import { node } from "../graph/build.js";
import { Variable } from "../runtime/variable.js";
import type { Shape } from "../shape/shape.js";
import {
  add,
  cast,
  constant,
  cos,
  equal,
  less,
  log,
  multiply,
  sqrt,
  subtract,
} from "../tensor/elementwise.js";
import { Tensor } from "../tensor/tensor.js";
import { threefry2x32 } from "./threefry.js";

const twoTo32 = 0x1_0000_0000;

/**
 * A source of random tensors inside programs. Its whole state is one int32 variable `[key0, key1, draws]`: every
 * draw is a pure function of it (Threefry-2x32, see `threefry.ts`) and adds one to `draws`, so each call in a
 * function and each run of a compiled step gets fresh numbers, the same on every backend and for any number of
 * threads, and a checkpoint that stores the variable goes on exactly where it stood. After 2^32 draws it repeats.
 */
export class Generator {
  /** `[key0, key1, draws]`, not trainable. */
  readonly state: Variable;

  /**
   * @param seed an integer in [0, 2^53)
   * @param stream which of the seed's independent generators, an integer in [0, 2^32)
   * @param name the state's name, for messages and checkpoints
   */
  constructor(seed: number, stream = 0, name = "generator") {
    if (!Number.isSafeInteger(seed) || seed < 0) {
      throw new RangeError(`Generator: seed is ${seed}, but must be an integer in [0, 2^53)`);
    }
    if (!Number.isInteger(stream) || stream < 0 || stream >= twoTo32) {
      throw new RangeError(`Generator: stream is ${stream}, but must be an integer in [0, 2^32)`);
    }
    // A key of its own, so that tensors never repeat what `RandomStream` draws on the host from the same seed.
    const key = threefry2x32(seed % twoTo32, Math.floor(seed / twoTo32), twoTo32 - 1, stream);
    this.state = new Variable([3], [key[0] | 0, key[1] | 0, 0], { name, dtype: "int32", trainable: false });
  }

  /** Uniform integers in 0 .. 2^count - 1, int32; `count` is 1 to 31. */
  bits(shape: Shape, count: number): Tensor {
    const state = this.state.value.node;
    const drawn = node("randomBits", [state], { shape: [...shape], bits: count });
    const position = node("iota", [], { shape: [3], axis: 0 });
    this.state.assign(new Tensor(add(state, cast(equal(position, 2), "int32"))));
    return new Tensor(drawn);
  }

  /** Uniform multiples of 2^-24 in [0, 1): all that float32 can hold evenly. */
  uniform(shape: Shape): Tensor {
    return new Tensor(multiply(cast(this.bits(shape, 24).node, "float32"), 2 ** -24));
  }

  /**
   * Normal variables of mean 0 and variance 1: `sqrt(-2 log(1 - u)) cos(2 pi v)` for uniform u, v. At most 5.77 in
   * absolute value, because u is a multiple of 2^-24. Takes two draws.
   *
   * Source: Box and Muller, "A note on the generation of random normal deviates", 1958.
   */
  normal(shape: Shape): Tensor {
    const radius = sqrt(multiply(log(subtract(constant(1), this.uniform(shape).node)), -2));
    return new Tensor(multiply(radius, cos(multiply(this.uniform(shape).node, 2 * Math.PI))));
  }

  /** True with the given probability, bool. The probability is rounded up to a multiple of 2^-24. */
  bernoulli(shape: Shape, probability: number): Tensor {
    if (!(probability >= 0 && probability <= 1)) {
      throw new RangeError(`bernoulli: probability is ${probability}, but must be between 0 and 1`);
    }
    return new Tensor(less(this.uniform(shape).node, probability));
  }
}
