import { Chain } from "../../models/chain.js";
import { Parallel, Residual } from "../../nn/branches.js";
import type { Module } from "../../nn/module.js";
import { Sequential } from "../../nn/sequential.js";

/** A tensor that layers read: the images, or what a layer gives. */
export interface Source {
  readonly kind: "input" | "activation";
  readonly path: string;
}

/** A layer with what it reads: one tensor, or what a residual block adds up and parallel branches join. */
export interface Step {
  readonly path: string;
  readonly module: Module;
  readonly inputs: readonly Source[];
}

export interface Layout {
  /** By path, in order. */
  readonly steps: ReadonlyMap<string, Step>;
  /** Modules that do no more than pass on what their last layer gives. */
  readonly same: ReadonlyMap<string, Source>;
  readonly output: Source;
}

const images: Source = { kind: "input", path: "" };

/** The modules that run one after the other inside of this one, by name; undefined if it does something else. */
function row(module: Module): (readonly [string, Module])[] | undefined {
  // A class that extends one of these may compute something else.
  if (module instanceof Sequential && module.constructor === Sequential)
    return module.layers.map((layer, i) => [String(i), layer]);
  if (module instanceof Chain && module.constructor === Chain) return Object.entries<Module>(module.parts);
  return undefined;
}

/** Who reads what. Modules that are neither rows nor branches of others count as one layer, whatever is inside. */
export function layOut(model: Module): Layout {
  const steps = new Map<string, Step>();
  const same = new Map<string, Source>();
  const seen = new Map<Module, string>();

  const step = (path: string, module: Module, inputs: readonly Source[]): Source => {
    steps.set(path, { path, module, inputs });
    return { kind: "activation", path };
  };
  const visit = (module: Module, path: string, input: Source): Source => {
    const inside = (name: string) => (path ? `${path}.${name}` : name);
    const before = seen.get(module);
    if (before !== undefined) {
      throw new RangeError(
        `arithmetic: layer "${before}" (${module.kind}) runs again as "${path}"; ` +
          "a layer that runs twice has two values at one path, so make two layers of it",
      );
    }
    seen.set(module, path);
    const layers = row(module);
    if (layers) {
      const last = layers.reduce((at, [name, layer]) => visit(layer, inside(name), at), input);
      same.set(path, last);
      return last;
    }
    if (module instanceof Residual && module.constructor === Residual) {
      const body = visit(module.body, inside("body"), input);
      const shortcut = module.shortcut ? visit(module.shortcut, inside("shortcut"), input) : input;
      return step(path, module, [body, shortcut]);
    }
    if (module instanceof Parallel && module.constructor === Parallel) {
      const parts = module.branches.map((branch, i) => visit(branch, inside(String(i)), input));
      return step(path, module, parts);
    }
    return step(path, module, [input]);
  };

  const output = visit(model, "", images);
  return { steps, same, output };
}
