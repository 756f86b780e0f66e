import { currentOrigin } from "../graph/origin.js";
import { Generator } from "../random/generator.js";
import { RandomStream } from "../random/stream.js";
import { Variable } from "../runtime/variable.js";
import { formatShape, type Shape, ShapeError, sizeOf } from "../shape/shape.js";
import type { Initializer } from "./init.js";

/** How a layer asks for a parameter while it is built. */
export interface ParameterOptions {
  readonly initializer: Initializer;
  /** Inputs that feed one unit, and units that one input feeds; 1 where initializers do not need them. */
  readonly fanIn?: number;
  readonly fanOut?: number;
  /** False for running statistics. */
  readonly trainable?: boolean;
}

/** FNV-1a over the UTF-16 units: spreads paths over the seed's 2^32 random streams. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}

/** What a layer needs to create its variables: names and random numbers by its place in the model. */
export class BuildContext {
  readonly seed: number;

  constructor(seed: number) {
    this.seed = new RandomStream(seed).seed; // which checks it
  }

  /**
   * A new variable of the layer being built, named by its path. Its initializer runs when the value is first needed,
   * so that building the largest network costs nothing.
   */
  variable(name: string, shape: Shape, options: ParameterOptions): Variable {
    const path = pathOf(name);
    const initial = () => {
      const stream = new RandomStream(this.seed, hash(path));
      const values = options.initializer(shape, options.fanIn ?? 1, options.fanOut ?? 1, stream);
      if (values.length === sizeOf(shape)) return values;
      throw new ShapeError(
        `${path}: the initializer gave ${values.length} values for shape ${formatShape(shape)}`,
      );
    };
    return new Variable(shape, initial, { name: path, trainable: options.trainable ?? true });
  }

  /** A new random generator of the layer being built. */
  generator(name: string): Generator {
    const path = pathOf(name);
    return new Generator(this.seed, hash(path), path);
  }
}

function pathOf(name: string): string {
  const { layer } = currentOrigin();
  return layer ? `${layer}.${name}` : name;
}
