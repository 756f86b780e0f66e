/** How one came to a number: straight away; from one that is made of it; from one that goes into it. */
export type How = "jump" | "made" | "used";

interface Visit {
  /** The number's address, as in links. */
  readonly at: string;
  readonly how: How;
}

/** The numbers that were looked at, one after the other, and which of them is looked at now. */
export class Walk {
  visits = $state.raw<readonly Visit[]>([]);
  position = $state(-1);
  readonly #open: (at: string) => void;

  /** @param open shows a number */
  constructor(open: (at: string) => void) {
    this.#open = open;
  }

  /** Goes on from here; where one had gone from here before is forgotten. */
  visit(at: string, how: How): void {
    if (this.visits[this.position]?.at === at) return;
    this.visits = [...this.visits.slice(0, this.position + 1), { at, how }];
    this.position = this.visits.length - 1;
    this.#open(at);
  }

  /** Moves on by steps that leave no trace of their own: the neighbour takes the place of the number. */
  shift(at: string): void {
    const how = this.visits[this.position]?.how ?? "jump";
    // Its neighbour is no part of the number before.
    const next: Visit = { at, how: how === "jump" || this.position === 0 ? how : "jump" };
    this.visits = [...this.visits.slice(0, Math.max(0, this.position)), next];
    this.position = this.visits.length - 1;
    this.#open(at);
  }

  go(steps: number): void {
    const visit = this.visits[this.position + steps];
    if (visit === undefined) return;
    this.position += steps;
    this.#open(visit.at);
  }
}
