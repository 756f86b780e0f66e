import type { Origin } from "./types.js";

let current: Origin = { layer: "", phase: "forward" };

/** The origin that new nodes receive. */
export function currentOrigin(): Origin {
  return current;
}

function withOrigin<T>(origin: Origin, build: () => T): T {
  const saved = current;
  current = origin;
  try {
    return build();
  } finally {
    current = saved;
  }
}

/** Runs `build` (synchronously) with `name` appended to the layer path of the nodes that it makes. */
export function withLayer<T>(name: string, build: () => T): T {
  return withOrigin({ ...current, layer: current.layer ? `${current.layer}.${name}` : name }, build);
}

/** Runs `build` (synchronously) so that its nodes count as made in `phase`, for the layer of `of` when given. */
export function withPhase<T>(phase: Origin["phase"], build: () => T, of?: Origin): T {
  return withOrigin({ layer: of?.layer ?? current.layer, phase }, build);
}
