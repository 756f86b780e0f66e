import { inputSlot, node } from "../graph/build.js";
import { currentOrigin, withLayer } from "../graph/origin.js";
import { recordAssignments, Variable } from "../runtime/variable.js";
import { checkShape, formatShape, type Shape, ShapeError, sameShape } from "../shape/shape.js";
import { Tensor } from "../tensor/tensor.js";
import { BuildContext } from "./build-context.js";
import { type LayerWindow, type Reach, type ReceptiveField, receptiveFields } from "./receptive-field.js";

/** How a model is run. */
export interface ForwardOptions {
  /** True while fitting: dropout drops, batch normalization uses the batch's statistics. Default false. */
  readonly training?: boolean;
  /** Called with each module's output, innermost first, in the order of computation: activations for inspection. */
  readonly onOutput?: (path: string, output: Tensor, module: Module) => void;
}

/** A layer's line in a summary. Shapes are of one example, without the batch axis. */
export interface LayerDescription {
  readonly path: string;
  readonly kind: string;
  readonly inputShape: Shape;
  readonly outputShape: Shape;
  /** Number of trainable values. */
  readonly parameters: number;
  /** Multiplications with additions that one example takes. */
  readonly multiplyAdds: number;
  /** The window that moves over the input, for convolutions and pooling. */
  readonly window?: LayerWindow;
  /** The part of the model's input that one of the layer's outputs sees; where layers run one after the other. */
  readonly receptiveField?: ReceptiveField;
}

type Member = readonly [name: string, value: unknown];

let building: BuildContext | undefined;

/**
 * A part of a model. Extend it with fields that are variables, modules or arrays of these, and a `compute` that
 * says what they do; `forward` runs it:
 *
 * ```ts
 * class Residual extends nn.Module {
 *   readonly kind = "residual";
 *   readonly convolution = nn.conv2d(16, 3, { padding: "same" });
 *   protected override compute(x: Tensor, options: nn.ForwardOptions) {
 *     return x.add(this.convolution.forward(x, options)).relu();
 *   }
 * }
 * ```
 *
 * `build` runs the model once on a symbolic example, so sizes are inferred from the operations themselves; each
 * layer creates its variables when it first sees its input's shape.
 */
export abstract class Module {
  /** What the module is, for summaries: `conv2d`, `dense`, ... */
  abstract readonly kind: string;
  #name = "";
  #built: { readonly seed: number; readonly inputShape: Shape; outputShape: Shape } | undefined;

  /** What the module computes from `x`, whose first axis is the batch. Pass `options` on to inner modules. */
  protected abstract compute(x: Tensor, options: ForwardOptions): Tensor;

  /** Creates the module's own variables. `inputShape` is of one example. Modules that have none leave it as it is. */
  protected createVariables(_inputShape: Shape, _context: BuildContext): void {}

  /** How outputs depend on positions of an input of this shape; see `receptiveFields`. */
  reach(_inputShape: Shape): Reach {
    return "unknown";
  }

  /** Multiplications with additions for one example, inner modules not counted. */
  multiplyAdds(_inputShape: Shape, _outputShape: Shape): number {
    return 0;
  }

  /** Named members: the fields, unless a module names its parts otherwise. */
  protected members(): readonly Member[] {
    return Object.entries(this);
  }

  /**
   * Runs the module on a batch `[batch, ...]`.
   * @throws if the model was not built; ShapeError, naming the layer, if the input does not fit.
   */
  forward(x: Tensor, options: ForwardOptions = {}): Tensor {
    const compute = () => ({ output: this.compute(x, options) });
    return this.within(x, compute, options).output;
  }

  /**
   * For other ways of running a module than `forward`: calls `compute` under the module's path, and, while the model is being
   * built, creates the module's variables from the shape of `x` before.
   */
  protected within<R extends { readonly output: Tensor }>(
    x: Tensor,
    compute: () => R,
    options: ForwardOptions = {},
  ): R {
    const run = () => this.#run(x, compute, options);
    return this.#name ? withLayer(this.#name, run) : run();
  }

  /**
   * Infers all sizes and creates all variables. Building again with the same shape and seed changes nothing;
   * parts that were built before (a pretrained trunk, say) keep their variables.
   * @param inputShape of one example, without the batch: `[channels, ...spatial]` or `[features]`
   * @param options `seed`, an integer in [0, 2^53), determines every initial value; default 0
   * @returns the output shape of one example
   */
  build(inputShape: Shape, { seed = 0 }: { readonly seed?: number } = {}): Shape {
    checkShape(inputShape, "build");
    const before = this.#built;
    if (before) {
      if (sameShape(before.inputShape, inputShape) && before.seed === seed) return before.outputShape;
      throw new ShapeError(
        `build: this ${this.kind} was built for input ${formatShape(before.inputShape)} with seed ${before.seed} and ` +
          `cannot be built again for ${formatShape(inputShape)} with seed ${seed}; make a new one`,
      );
    }
    const fresh = [...this.modules().values()].filter((module) => module.#built === undefined);
    this.#nameChildren();
    const slot = inputSlot("input", { shape: [1, ...inputShape], dtype: "float32" });
    const outer = building;
    building = new BuildContext(seed);
    try {
      const example = new Tensor(node("input", [], { slot }));
      const compute = () => ({ output: this.compute(example, {}) });
      return recordAssignments(() => this.#run(example, compute, {}).output.shape.slice(1)).result;
    } catch (error) {
      for (const module of fresh) module.#built = undefined;
      throw error;
    } finally {
      building = outer;
    }
  }

  /** True once `build` has created the variables. */
  get built(): boolean {
    return this.#built !== undefined;
  }

  /** Shape of one input example, as given to or inferred by `build`. */
  get inputShape(): Shape {
    return this.#requireBuilt("inputShape").inputShape;
  }

  /** Shape of one output example. */
  get outputShape(): Shape {
    return this.#requireBuilt("outputShape").outputShape;
  }

  /** This module and those inside it, by path (this one's is empty), outermost first. */
  modules(): Map<string, Module> {
    const found = new Map<string, Module>([["", this]]);
    const seen = new Set<Module>([this]);
    for (const [name, child] of this.#children()) {
      for (const [path, module] of child.modules()) {
        if (seen.has(module)) continue;
        seen.add(module);
        found.set(path ? `${name}.${path}` : name, module);
      }
    }
    return found;
  }

  /** All variables by path, as PyTorch names them (`features.0.weight`); shared ones once. */
  variables(): Map<string, Variable> {
    this.#requireBuilt("variables");
    const found = new Map<string, Variable>();
    const seen = new Set<Variable>();
    for (const [path, module] of this.modules()) {
      for (const [name, value] of flatMembers(module.members())) {
        if (!(value instanceof Variable) || seen.has(value)) continue;
        seen.add(value);
        found.set(path ? `${path}.${name}` : name, value);
      }
    }
    return found;
  }

  /** The trainable variables, in the order of `variables()`. */
  parameters(): Variable[] {
    return [...this.variables().values()].filter((variable) => variable.trainable);
  }

  /** One row for each layer, in order, for summaries. */
  describe(): LayerDescription[] {
    const { inputShape } = this.#requireBuilt("describe");
    const layers = [...this.modules()].filter(([, module]) => module.#built && module.#isRow());
    const counted = new Set<Variable>();
    const rows = layers.map(([path, module]): LayerDescription => {
      const { inputShape: input, outputShape: output } = module.#built!;
      const reach = module.reach(input);
      let parameters = 0;
      for (const [, value] of flatMembers(module.members())) {
        if (!(value instanceof Variable) || !value.trainable || counted.has(value)) continue;
        counted.add(value);
        parameters += value.size;
      }
      return {
        path,
        kind: module.kind,
        inputShape: input,
        outputShape: output,
        parameters,
        multiplyAdds: module.multiplyAdds(input, output),
        ...(typeof reach === "object" ? { window: reach } : {}),
      };
    });
    if (!this.isSequential()) return rows;
    const fields = receptiveFields(
      inputShape.slice(1),
      layers.map(([, module]) => ({ reach: module.reach(module.inputShape), inputShape: module.inputShape })),
    );
    return rows.map((row, i) => {
      const receptiveField = fields[i];
      return receptiveField ? { ...row, receptiveField } : row;
    });
  }

  /** True if the module is one layer, or modules that run one after the other, as listed. */
  isSequential(): boolean {
    return this.#children().length === 0;
  }

  /** Modules without inner modules, or with variables of their own, have a row in summaries. */
  #isRow(): boolean {
    const members = flatMembers(this.members());
    return this.#children().length === 0 || members.some(([, value]) => value instanceof Variable);
  }

  #run<R extends { readonly output: Tensor }>(x: Tensor, compute: () => R, options: ForwardOptions): R {
    const { layer } = currentOrigin();
    try {
      const result = this.#computeOrBuild(x, compute);
      options.onOutput?.(layer, result.output, this);
      return result;
    } catch (error) {
      // Nodes name the layer themselves; a layer's own checks need not.
      if (!(error instanceof ShapeError) || layer === "" || error.message.startsWith("layer ")) throw error;
      throw new ShapeError(`layer ${layer}: ${error.message}`);
    }
  }

  #computeOrBuild<R extends { readonly output: Tensor }>(x: Tensor, compute: () => R): R {
    let created: { seed: number; inputShape: Shape; outputShape: Shape } | undefined;
    if (this.#built === undefined) {
      if (building === undefined) this.#requireBuilt("forward");
      else {
        created = { seed: building.seed, inputShape: x.shape.slice(1), outputShape: [] };
        this.createVariables(created.inputShape, building);
        this.#built = created;
      }
    }
    const result = compute();
    if (created) created.outputShape = result.output.shape.slice(1);
    return result;
  }

  #requireBuilt(what: string) {
    if (this.#built) return this.#built;
    const { layer } = currentOrigin();
    throw new Error(
      `${what}: this ${this.kind}${layer ? ` (layer ${layer})` : ""} is not built yet; ` +
        "call build([...sizes of one example], { seed }) on the model first",
    );
  }

  #children(): (readonly [string, Module])[] {
    return flatMembers(this.members()).filter(
      (member): member is [string, Module] => member[1] instanceof Module,
    );
  }

  #nameChildren(named = new Set<Module>()): void {
    for (const [name, child] of this.#children()) {
      if (named.has(child)) continue;
      named.add(child);
      child.#name = name;
      child.#nameChildren(named);
    }
  }
}

/** Members with arrays opened: `blocks: [a, b]` gives `blocks.0` and `blocks.1`. */
function flatMembers(members: readonly Member[]): [string, unknown][] {
  return members.flatMap(([name, value]) =>
    Array.isArray(value)
      ? flatMembers(value.map((entry: unknown, i): Member => [`${name}.${i}`, entry]))
      : [[name, value] as [string, unknown]],
  );
}
