/** What passes know about an operation without knowing its name. */
export interface Traits {
  readonly kind:
    | "leaf"
    | "elementwise"
    | "movement"
    | "reduction"
    | "contraction"
    | "window"
    | "indexing"
    | "loop";
  /** So cheap that computing it twice beats keeping it. */
  readonly cheap?: true;
  /** A leaf whose value lies in memory before the program runs. */
  readonly stored?: true;
  /** Movement that only changes how indices are computed, never what is in memory. */
  readonly view?: true;
  /** Reads its operands many times over, or at places that depend on data: they must lie in memory. */
  readonly readsMemory?: true;
  /** Its kernel can go on with the elementwise operations that follow. */
  readonly takesEpilogue?: true;
}
