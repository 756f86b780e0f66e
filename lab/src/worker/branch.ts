import { Checkpoints } from "./checkpoints.js";
import { History } from "./curves.js";
import type { BranchFacts, Change, Settings } from "./protocol.js";

/** One course of a training: its changes of settings, its curves, and the weights it passed through. */
export class Branch {
  readonly id: number;
  readonly name: string;
  readonly parent: { readonly id: number; readonly step: number } | undefined;
  readonly base: Settings;
  readonly history: History;
  readonly checkpoints: Checkpoints;
  #changes: readonly Change[];

  constructor(options: {
    readonly id: number;
    readonly name: string;
    readonly base: Settings;
    readonly changes: readonly Change[];
    readonly parent?: { readonly id: number; readonly step: number } | undefined;
    readonly history?: History;
    readonly checkpoints: Checkpoints;
  }) {
    this.id = options.id;
    this.name = options.name;
    this.parent = options.parent;
    this.base = options.base;
    this.#changes = options.changes;
    this.history = options.history ?? new History();
    this.checkpoints = options.checkpoints;
  }

  static first(base: Settings, changes: readonly Change[], budget: number): Branch {
    return new Branch({ id: 0, name: "main", base, changes, checkpoints: new Checkpoints(budget) });
  }

  get changes(): readonly Change[] {
    return this.#changes;
  }

  /** The settings by which the step after `step` steps is made. */
  settingsAt(step: number): Settings {
    return this.#changes.findLast((change) => change.step <= step)?.settings ?? this.base;
  }

  /** The settings by which the last of `step` steps was made. */
  settingsBefore(step: number): Settings {
    return this.#changes.findLast((change) => change.step < step)?.settings ?? this.base;
  }

  /** Changes settings from a step on, and forgets what was recorded after it. */
  change(step: number, settings: Settings): void {
    this.#changes = [...this.#changes.filter((change) => change.step < step), { step, settings }];
    this.history.truncate(step);
    this.checkpoints.truncate(step);
  }

  /** A branch that leaves this one after so many steps, with other settings. */
  fork(id: number, name: string, step: number, settings: Settings): Branch {
    const changes = [...this.#changes.filter((change) => change.step < step), { step, settings }];
    return new Branch({
      id,
      name,
      base: this.base,
      changes,
      parent: { id: this.id, step },
      history: this.history.before(step),
      checkpoints: this.checkpoints.fork(step),
    });
  }

  facts(): BranchFacts {
    const { id, name, parent, changes } = this;
    return { id, name, parent, changes, length: this.history.length };
  }
}
