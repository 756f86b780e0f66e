/** What passes know about an operation without knowing its name. */
export interface Traits {
  readonly kind: "leaf" | "elementwise" | "movement" | "reduction" | "contraction" | "window" | "indexing";
  /** Operand order does not matter. */
  readonly commutative?: true;
  /** So cheap that computing it twice beats keeping it. */
  readonly cheap?: true;
  /** Value depends on its own inputs one element at a time, or only moves them: never mixes elements. */
  readonly linear?: true;
}
