import { data, losses, type nn, type optim, train } from "gradus";
import {
  batchOptionsOf,
  buildModel,
  buildOptimizer,
  inputShape,
  parseRecipe,
  type Recipe,
} from "gradus/recipe";
import { Branch } from "./branch.js";
import type { Arrays } from "./checkpoints.js";
import type { TrainAndTest } from "./data-sets.js";
import { layerFactsOf, type Sets } from "./facts.js";
import { recipeOfPlan } from "./plan.js";
import { examplesBefore, positionOf } from "./position.js";
import type { LayerFacts, Plan, Settings } from "./protocol.js";
import { Validation } from "./validation.js";

/** After how many steps held-out examples are looked at. */
const validationEvery = 100;

/** Bytes of earlier weights that a branch may keep. */
const checkpointBudget = 48 * 2 ** 20;
/** Of how many last steps a checkpoint holds the curves: it is made every few seconds. */
const savedSteps = 20_000;
/** Branches at once. */
const branchLimit = 8;

/**
 * One training: a network, its data, and everything that it went through. `step` is where the network is now; the branch's
 * history may reach further, after `seek` went back. A step gives the same bits whenever it is made.
 */
export class Run {
  readonly plan: Plan;
  readonly recipe: Recipe;
  readonly model: nn.Module;
  readonly sets: Sets;
  readonly inputShape: readonly [number, number, number];
  readonly branches: Branch[];
  #branch: Branch;
  #step = 0;
  #settings: Settings;
  #optimizer: optim.Optimizer;
  #trainStep: ReturnType<typeof train.trainStep>;
  #batches: data.Batches;
  readonly #validation: Validation;
  /** Time spent in the last steps, in milliseconds. */
  #milliseconds = Number.NaN;
  /** They never change, and every frame tells them. */
  #layers: readonly LayerFacts[] | undefined;

  private constructor(plan: Plan, recipe: Recipe, sets: Sets) {
    this.plan = plan;
    this.recipe = recipe;
    this.sets = sets;
    this.inputShape = inputShape(recipe, sets.train);
    this.model = buildModel(recipe, this.inputShape, sets.train);
    const base: Settings = { optimizer: recipe.optimizer, batchSize: recipe.batchSize };
    this.#branch = Branch.first(base, plan.changes, checkpointBudget);
    this.branches = [this.#branch];
    this.#settings = base;
    this.#optimizer = this.#makeOptimizer(base);
    this.#trainStep = train.trainStep(this.model, this.#optimizer, losses.crossEntropy);
    this.#batches = this.#makeBatches(base.batchSize);
    this.#validation = new Validation(this.model, sets.validation, this.lookOptions);
  }

  /**
   * @throws RecipeError, ShapeError or RangeError saying what does not fit; nothing else changes then
   */
  static async create(plan: Plan, { train: all, test }: TrainAndTest): Promise<Run> {
    const recipe = recipeOfPlan(plan);
    const split = data.stratifiedSplit(all.labels, all.classes.length, recipe.validation, recipe.seed);
    if (split.train.length < recipe.batchSize || split.test.length === 0) {
      throw new Error(
        `${all.name}: of ${all.count} images, ${split.train.length} are left to train and ${split.test.length} to validate, ` +
          `but there must be a batch of ${recipe.batchSize} and one`,
      );
    }
    const sets = { train: data.subset(all, split.train), validation: data.subset(all, split.test), test };
    const run = new Run(plan, recipe, sets);
    for (const { settings } of plan.changes) run.#check(settings);
    await run.#keepCheckpoint();
    return run;
  }

  get step(): number {
    return this.#step;
  }

  get branch(): Branch {
    return this.#branch;
  }

  get settings(): Settings {
    return this.#branch.settingsAt(this.#step);
  }

  get optimizer(): optim.Optimizer {
    return this.#optimizer;
  }

  get millisecondsPerStep(): number {
    return this.#milliseconds;
  }

  /** Forward alone, for one example, as measured on held-out ones. */
  get millisecondsForward(): number {
    return this.#validation.millisecondsForward;
  }

  /** Trained on so far. */
  get examples(): number {
    return examplesBefore(this.#branch, this.#step);
  }

  /** Which epoch this is, with a fraction. */
  get epochs(): number {
    const { epoch, step } = positionOf(this.#branch, this.#step, this.sets.train.count);
    return epoch + step / Math.floor(this.sets.train.count / this.settings.batchSize);
  }

  /** How images become the network's input outside of training: cut at the centre, and scaled. */
  get lookOptions(): Pick<data.BatchOptions, "crop" | "scaling" | "shuffle"> {
    const { crop, scaling } = batchOptionsOf(this.recipe);
    return { crop, scaling, shuffle: false };
  }

  /** Images of a set as the network sees them. */
  batchOf(set: data.LabelledImages, indices: ArrayLike<number>): data.Batch {
    const chosen = data.subset(set, indices);
    return new data.Batches(chosen, { ...this.lookOptions, size: chosen.count, seed: 0 }).batch(0, 0);
  }

  /** The batch that the next step will train on, or any other step's of this branch. */
  trainingBatch(step = this.#step): data.Batch {
    const { batchSize } = this.#branch.settingsAt(step);
    const batches = batchSize === this.#settings.batchSize ? this.#batches : this.#makeBatches(batchSize);
    const position = positionOf(this.#branch, step, this.sets.train.count);
    return batches.batch(position.epoch, position.step);
  }

  /** Makes one step. @returns why it failed, if it did; then nothing has changed */
  async advance(): Promise<string | undefined> {
    const { history } = this.#branch;
    await this.#apply(this.settings);
    const batch = this.trainingBatch();
    const began = performance.now();
    const result = this.#trainStep(batch.images, batch.labels);
    const loss = await result.loss.item();
    const correct = await result.correct.item();
    const took = performance.now() - began;
    // The first step compiles; a moving mean over about twenty of the others shows the speed.
    if (this.#step > 0)
      this.#milliseconds = Number.isNaN(this.#milliseconds) ? took : 0.95 * this.#milliseconds + 0.05 * took;
    if (!Number.isFinite(loss)) return this.#diagnose(batch);
    this.#step += 1;
    if (this.#step > history.length) {
      history.loss.push(loss);
      history.accuracy.push(correct / batch.indices.length);
    }
    if (this.#branch.checkpoints.wants(this.#step)) await this.#keepCheckpoint();
    if (
      this.#step % validationEvery === 0 &&
      this.#step > (history.validationStep.at(history.validationStep.length - 1) || 0)
    ) {
      await this.#lookAtValidation();
    }
    return undefined;
  }

  /**
   * Brings the network to where it was after so many steps of this branch: from the nearest weights that were kept, by
   * the same steps. `pause` is awaited between steps now and then; when it gives false, the way ends where it is.
   */
  async seek(step: number, pause: () => Promise<boolean>): Promise<string | undefined> {
    const known = this.#branch.checkpoints.before(step);
    if (known !== undefined && (step < this.#step || known.step > this.#step))
      await this.#restore(known.step, known.arrays);
    while (this.#step < step) {
      const failure = await this.advance();
      if (failure !== undefined) return failure;
      if (!(await pause())) return undefined;
    }
    return undefined;
  }

  /** Other settings from here on; what was recorded after this step is forgotten. */
  change(settings: Settings): void {
    this.#check(settings);
    this.#branch.change(this.#step, settings);
  }

  /** Other settings from here on, in a branch of their own. */
  fork(settings: Settings, name?: string): void {
    this.#check(settings);
    if (this.branches.length >= branchLimit) {
      throw new Error(`there are ${branchLimit} branches already; start afresh to try more`);
    }
    const id = this.branches.length;
    const fork = this.#branch.fork(id, name ?? `branch ${id}`, this.#step, settings);
    this.branches.push(fork);
    this.#branch = fork;
  }

  /** Goes over to another branch, at the last of its steps that both have gone through, or at its first. */
  async switchTo(id: number): Promise<void> {
    const branch = this.branches.find((candidate) => candidate.id === id);
    if (branch === undefined) {
      throw new RangeError(
        `there is no branch ${id}; there are ${this.branches.map((one) => one.id).join(", ")}`,
      );
    }
    if (branch === this.#branch) return;
    this.#branch = branch;
    const first = branch.checkpoints.before(branch.history.length);
    if (first !== undefined) await this.#restore(first.step, first.arrays);
  }

  /** Everything needed to go on from here elsewhere. */
  async checkpoint(): Promise<train.Checkpoint> {
    return { source: "lab", tensors: await this.#read(), state: this.#state() };
  }

  /** What a checkpoint of the library's training loop says about itself, and the plan. */
  #state() {
    const { epoch, step } = positionOf(this.#branch, this.#step, this.sets.train.count);
    const { loss, correct } = this.#lossSums(step);
    const first = Math.max(0, this.#step - savedSteps);
    return {
      seed: this.recipe.seed,
      batchSize: this.settings.batchSize,
      examples: this.sets.train.count,
      epoch,
      step,
      totalSteps: this.#step,
      lossSum: loss,
      correct,
      interval: { steps: 0, lossSum: 0, correct: 0 },
      stepSeconds: 0,
      seconds: 0,
      plateau: null,
      best: null,
      ended: false,
      plan: { ...this.plan, changes: this.#branch.changes.filter((change) => change.step <= this.#step) },
      curves: {
        loss: [...this.#branch.history.loss.slice(first, this.#step)],
        accuracy: [...this.#branch.history.accuracy.slice(first, this.#step)],
      },
    };
  }

  /** Takes over weights, optimizer and curves of a checkpoint that `checkpoint` made. @throws DataError if it does not fit */
  async resume(
    checkpoint: train.Checkpoint,
    step: number,
    curves: { loss: readonly number[]; accuracy: readonly number[] },
  ): Promise<void> {
    await this.#restore(step, checkpoint.tensors, checkpoint.source);
    const { history } = this.#branch;
    // What was saved are the last steps.
    const first = step - curves.loss.length;
    for (let i = history.length; i < step; i++) {
      history.loss.push(curves.loss[i - first] ?? Number.NaN);
      history.accuracy.push(curves.accuracy[i - first] ?? Number.NaN);
    }
    await this.#keepCheckpoint();
  }

  /** Why these are not weights for this network; undefined if they are. */
  problemOfWeights(source: string, tensors: train.Checkpoint["tensors"]): string | undefined {
    const other = buildModel(this.recipe, this.inputShape, this.sets.train);
    try {
      train.restoreVariables({ source, tensors, state: null }, other.variables());
      return undefined;
    } catch (error) {
      if (error instanceof data.DataError) return error.message;
      throw error;
    }
  }

  /** Replaces the weights. What was recorded of other weights is forgotten. @throws DataError if they do not fit */
  async replaceWeights(source: string, tensors: train.Checkpoint["tensors"]): Promise<void> {
    train.restoreVariables({ source, tensors, state: null }, this.model.variables());
    this.#branch.history.truncate(this.#step);
    this.#branch.checkpoints.truncate(this.#step - 1);
    await this.#keepCheckpoint();
  }

  get layers(): readonly LayerFacts[] {
    this.#layers ??= layerFactsOf(this.model);
    return this.#layers;
  }

  /** Over the last steps: of the losses, and how many examples were right. */
  #lossSums(steps: number): { loss: number; correct: number } {
    const { history } = this.#branch;
    const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);
    const first = this.#step - steps;
    return {
      loss: sum(history.loss.slice(first, this.#step)),
      correct: Math.round(sum(history.accuracy.slice(first, this.#step)) * this.settings.batchSize),
    };
  }

  /** @throws RangeError or RecipeError if no step can be made by these settings */
  #check(settings: Settings): void {
    const { count } = this.sets.train;
    const { batchSize, optimizer } = settings;
    if (!Number.isInteger(batchSize) || batchSize < 1 || batchSize > count) {
      throw new RangeError(`the batch size is ${batchSize}, but must be an integer from 1 to ${count}`);
    }
    this.#makeOptimizer({
      batchSize,
      optimizer: parseRecipe({ ...this.recipe, optimizer }, "settings").optimizer,
    });
  }

  /** Makes these settings those of the next step; the optimizer keeps its memory where it has the same parts. */
  async #apply(settings: Settings): Promise<void> {
    if (settings === this.#settings) return;
    const before = this.#settings;
    if (settings.batchSize !== before.batchSize) this.#batches = this.#makeBatches(settings.batchSize);
    const rate = settings.optimizer.learningRate;
    if (withoutRate(settings) !== withoutRate(before)) {
      const old = settings.optimizer.type === before.optimizer.type ? this.#optimizer.variables() : undefined;
      this.#optimizer = this.#makeOptimizer(settings);
      for (const [name, variable] of this.#optimizer.variables()) {
        const same = old?.get(name);
        if (same !== undefined && name !== "learningRate") variable.write(await same.data());
      }
      this.#trainStep = train.trainStep(this.model, this.#optimizer, losses.crossEntropy);
    } else if (rate !== undefined) {
      this.#optimizer.learningRate = rate;
    }
    this.#settings = settings;
  }

  #makeOptimizer({ optimizer }: Settings): optim.Optimizer {
    return buildOptimizer({ ...this.recipe, optimizer }, this.model);
  }

  #makeBatches(size: number): data.Batches {
    return new data.Batches(this.sets.train, { ...batchOptionsOf(this.recipe), size, dropLast: true });
  }

  async #read(): Promise<Arrays> {
    return new Map([
      ...(await train.readVariables(this.model.variables(), "model.")),
      ...(await train.readVariables(this.#optimizer.variables(), "optimizer.")),
    ]);
  }

  async #keepCheckpoint(): Promise<void> {
    this.#branch.checkpoints.add(this.#step, await this.#read());
  }

  async #restore(step: number, tensors: Arrays, source = `step ${step}`): Promise<void> {
    await this.#apply(this.#branch.settingsBefore(step));
    const checkpoint = { source, tensors, state: null };
    train.restoreVariables(checkpoint, this.model.variables(), "model.");
    train.restoreVariables(checkpoint, this.#optimizer.variables(), "optimizer.");
    // The optimizer remembers its rate besides the variable.
    const rate = this.#settings.optimizer.learningRate;
    if (rate !== undefined) this.#optimizer.learningRate = rate;
    this.#step = step;
  }

  async #lookAtValidation(): Promise<void> {
    const { history } = this.#branch;
    const { loss, accuracy } = await this.#validation.measure(this.#step / validationEvery);
    history.validationStep.push(this.#step);
    history.validationLoss.push(loss);
    history.validationAccuracy.push(accuracy);
  }

  async #diagnose(batch: data.Batch): Promise<string> {
    const found = await train.firstNonFinite(this.model, losses.crossEntropy, batch.images, batch.labels);
    const rate = this.#optimizer.learningRate;
    return (
      `The loss is not finite at step ${this.#step + 1}: ${found?.message ?? "the network's output is finite"}. ` +
      `The learning rate is ${rate}; go back a little and try a smaller one.`
    );
  }
}

function withoutRate({ optimizer }: Settings): string {
  return JSON.stringify({ ...optimizer, learningRate: 0 });
}
