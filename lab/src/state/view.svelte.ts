/** What a page remembers in the address: words by name. Reading one in a component follows its changes. */
export class View {
  #entries = $state.raw<Readonly<Record<string, string>>>({});
  readonly #changed: () => void;

  constructor(entries: Readonly<Record<string, string>>, changed: () => void) {
    this.#entries = entries;
    this.#changed = changed;
  }

  get entries(): Readonly<Record<string, string>> {
    return this.#entries;
  }

  get(key: string, otherwise = ""): string {
    return this.#entries[key] ?? otherwise;
  }

  /** An empty value is left out of the address. */
  set(key: string, value: string): void {
    if ((this.#entries[key] ?? "") === value) return;
    const { [key]: _, ...others } = this.#entries;
    this.#entries = value === "" ? others : { ...others, [key]: value };
    this.#changed();
  }

  /** A whole number of the address, or `otherwise` if there is none in range. */
  number(key: string, otherwise: number, minimum = 0, maximum = Number.MAX_SAFE_INTEGER): number {
    const value = Number(this.#entries[key] ?? Number.NaN);
    return Number.isInteger(value) && value >= minimum && value <= maximum ? value : otherwise;
  }

  replace(entries: Readonly<Record<string, string>>): void {
    this.#entries = entries;
  }
}
