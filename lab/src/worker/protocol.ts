/**
 * What the page and its Worker say to each other. The page asks (`Request`), the Worker answers each request once
 * (`Answer`), and tells on its own what happens (`News`). Arrays of numbers travel as typed arrays whose memory moves
 * instead of being copied.
 */
import type { Recipe, RecipeInput, RecipePath, RecipeProblem } from "gradus/recipe";

/** What may be changed while the network learns; everything else makes another network. */
export interface Settings {
  readonly optimizer: Recipe["optimizer"];
  readonly batchSize: number;
}

/** Settings that hold from a step on. */
export interface Change {
  /** Steps done before it takes effect. */
  readonly step: number;
  readonly settings: Settings;
}

/** All that decides a training: the same plan gives the same numbers, to the last bit. */
export interface Plan {
  readonly recipe: RecipeInput;
  /** Name of the data set: the recipe's own, or one that was uploaded. */
  readonly data?: string | undefined;
  readonly seed: number;
  /** In ascending order of steps. */
  readonly changes: readonly Change[];
}

/** A data set, as far as pages need to know it. */
export interface DataFacts {
  readonly name: string;
  readonly classes: readonly string[];
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly train: number;
  readonly validation: number;
  readonly test: number;
}

/** A data set that a plan may name, before it is read. */
export interface SetFacts {
  readonly name: string;
  readonly classes: readonly string[];
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** Images to train and validate. */
  readonly count: number;
  /** Brought by the user: known in this tab only. */
  readonly own: boolean;
}

/** What a layer of a recipe costs and gives. */
export interface LayerCost {
  /** Where the recipe has it: `["layers", 3]`. */
  readonly place: RecipePath;
  /** The last of its parts in the network. */
  readonly path: string;
  readonly kind: string;
  readonly outputShape: readonly number[];
  readonly parameters: number;
  readonly multiplyAdds: number;
  readonly receptiveField?: readonly number[] | undefined;
}

/** What a recipe would give, while it is being written. */
export interface NetworkCheck {
  readonly problems: readonly RecipeProblem[];
  /** As far as they could be built. */
  readonly layers: readonly LayerCost[];
  readonly data: SetFacts;
  readonly inputShape?: readonly number[];
}

/** A model's file, looked at before it is used. */
export interface ModelFile {
  /** If the file says of which recipe it is. */
  readonly recipe?: RecipeInput | undefined;
  /** The data set it was trained on, if it says so. */
  readonly data?: string | undefined;
  /** Why its weights are not for the running network. */
  readonly problem?: string | undefined;
  /** Whether the running network is that of its recipe. */
  readonly same: boolean;
}

interface NamedBytes {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Of the file, for messages. */
  readonly name: string;
}

/** One row of the table of layers. */
export interface LayerFacts {
  readonly path: string;
  readonly kind: string;
  readonly inputShape: readonly number[];
  readonly outputShape: readonly number[];
  readonly parameters: number;
  readonly multiplyAdds: number;
  readonly receptiveField?: readonly number[] | undefined;
  /** Variables of its own, by path: `0.weight`. */
  readonly variables: readonly { readonly path: string; readonly shape: readonly number[] }[];
  readonly window?: { readonly kernel: readonly number[]; readonly stride: readonly number[] } | undefined;
}

/** One of several trainings that share a beginning. */
export interface BranchFacts {
  readonly id: number;
  readonly name: string;
  /** The branch it left, and the step at which it did; absent for the first. */
  readonly parent?: { readonly id: number; readonly step: number } | undefined;
  /** Steps recorded. */
  readonly length: number;
  readonly changes: readonly Change[];
}

/** Where the training stands: sent with every frame, and when something changes. */
export interface Status {
  readonly state: "loading" | "paused" | "playing" | "seeking" | "failed";
  readonly plan: Plan;
  readonly recipe: Recipe;
  readonly data: DataFacts;
  /** `[channels, height, width]` of the network's input. */
  readonly inputShape: readonly number[];
  readonly layers: readonly LayerFacts[];
  /** Steps done by the network as it now is. */
  readonly step: number;
  /** While seeking: the step to be reached. */
  readonly target: number;
  readonly settings: Settings;
  readonly branch: number;
  readonly branches: readonly BranchFacts[];
  readonly threads: number;
  /** Why it failed. */
  readonly failure?: string | undefined;
}

/** The figures that the run bar shows. */
export interface Figures {
  readonly step: number;
  readonly examples: number;
  readonly epochs: number;
  /** Means over the last steps. */
  readonly loss: number;
  /** The penalty of weight decay, `sum(decay / 2 * w^2)`, by the weights as they are. */
  readonly penalty: number;
  readonly accuracy: number;
  /** On held-out examples; NaN before any was measured. */
  readonly validationLoss: number;
  readonly validationAccuracy: number;
  readonly examplesPerSecond: number;
  readonly millisecondsPerStep: number;
  /** Of one example; what else a step takes is the backward pass and the update. */
  readonly millisecondsForward: number;
}

/** Curves of a branch, point by point. */
export interface Curves {
  readonly branch: number;
  readonly step: Float64Array;
  readonly loss: Float64Array;
  readonly accuracy: Float64Array;
  readonly validationStep: Float64Array;
  readonly validationLoss: Float64Array;
  readonly validationAccuracy: Float64Array;
}

/** What watched lenses gave, with the figures of the same moment. */
export interface Frame {
  readonly status: Status;
  readonly figures: Figures;
  /** By the watch's key. A lens that failed gives an Error. */
  readonly views: Readonly<Record<string, unknown>>;
}

/** A lens that is looked through again in every frame. */
export interface Watch {
  readonly key: string;
  readonly lens: string;
  readonly parameters: unknown;
  /** Milliseconds from look to look at least while it trains. Default: in every frame. */
  readonly every?: number | undefined;
}

/** Steps, weights, optimizer and plan: with it a training goes on elsewhere. */
export interface Rescue {
  readonly plan: Plan;
  readonly step: number;
  readonly checkpoint: Uint8Array<ArrayBuffer>;
}

/** The commands, with their parameters and results. */
export interface Commands {
  /** Replaces the training; goes to `step` first, then plays if asked. */
  open(parameters: {
    readonly plan: Plan;
    readonly step?: number;
    readonly play?: boolean;
    readonly rescue?: Uint8Array<ArrayBuffer>;
    /** Weights to begin with, as `saveModel` gives them. */
    readonly model?: NamedBytes;
  }): Status;
  play(): Status;
  pause(): Status;
  /** Makes so many steps, then pauses. */
  advance(parameters: { readonly steps: number }): Status;
  /** Puts the network back, or forward, to where it was after so many steps. */
  seek(parameters: { readonly step: number }): Status;
  /** Changes settings from the present step on. In the recorded past, this forgets what came after. */
  change(parameters: { readonly settings: Settings }): Status;
  /** As `change`, but the old future stays as a branch of its own. */
  fork(parameters: { readonly settings: Settings; readonly name?: string }): Status;
  /** Goes to another branch, at its end or at a step. */
  branch(parameters: { readonly id: number; readonly step?: number }): Status;
  /** All points, or at most so many, each then the mean of several steps and standing at the last of them. */
  curves(parameters: { readonly branch?: number; readonly points?: number }): Curves;
  watch(parameters: { readonly watches: readonly Watch[]; readonly framesPerSecond: number }): void;
  look(parameters: { readonly lens: string; readonly parameters: unknown }): unknown;
  /** The weights as a safetensors file that carries its recipe. */
  saveModel(): Uint8Array<ArrayBuffer>;
  /** @throws if the file is broken */
  readModel(parameters: NamedBytes): ModelFile;
  /** @throws if the file does not fit the network; then nothing changes */
  loadModel(parameters: NamedBytes): Status;
  /** A checkpoint of the whole training, as `gradus train --resume` reads it. */
  saveRun(): Uint8Array<ArrayBuffer>;
  /** Goes on with a saved training. @throws if it cannot be; then nothing changes */
  loadRun(parameters: NamedBytes): Status;
  /** Makes a data set of the user's own images known, for plans to name. */
  addData(parameters: { readonly set: UploadedSet }): SetFacts;
  /** The data sets there are. */
  dataSets(): readonly SetFacts[];
  /** Looks at a recipe without opening it. `data` as in a plan. */
  check(parameters: { readonly recipe: unknown; readonly data?: string | undefined }): NetworkCheck;
  /** The JSON Schema of recipes. */
  recipeSchema(): Readonly<Record<string, unknown>>;
}

export interface UploadedSet {
  readonly name: string;
  readonly classes: readonly string[];
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly pixels: Uint8Array<ArrayBuffer>;
  readonly labels: Uint8Array<ArrayBuffer>;
}

export type CommandName = keyof Commands;

export interface Request {
  readonly id: number;
  readonly command: CommandName;
  readonly parameters: unknown;
}

export type Answer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: { readonly name: string; readonly message: string } };

export type News =
  | { readonly news: "ready" }
  | { readonly news: "status"; readonly status: Status }
  | { readonly news: "frame"; readonly frame: Frame }
  | { readonly news: "rescue"; readonly rescue: Rescue }
  | { readonly news: "alive" };
