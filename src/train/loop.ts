import { Batches, type BatchOptions } from "../data/batches.js";
import type { LabelledImages } from "../data/labelled-images.js";
import type { NamedArray } from "../data/named-array.js";
import { crossEntropy } from "../losses/cross-entropy.js";
import type { Module } from "../nn/module.js";
import type { Optimizer } from "../optim/optimizer.js";
import type { Plateau, Schedule } from "../optim/schedules.js";
import { device } from "../runtime/device.js";
import { type Checkpoint, firstNonFiniteArray, readVariables, restoreVariables } from "./checkpoint.js";
import { firstNonFinite } from "./diagnose.js";
import { Evaluator, type EvaluatorOptions } from "./evaluate.js";
import type { FailedEvent, IntervalEvent, ProgressEvent, TrainEvent } from "./events.js";
import { Pacer } from "./pacer.js";
import { initialState, stateOf, type TrainState } from "./state.js";
import { type Loss, trainStep } from "./step.js";

export interface TrainOptions {
  /** A built classifier: its output `[batch, classes]` are logits. */
  readonly model: Module;
  readonly optimizer: Optimizer;
  readonly data: LabelledImages;
  /** Looked at after every epoch. */
  readonly validation?: LabelledImages | undefined;
  /** The last batch of an epoch is left out if it is not full, so that one program serves all steps. */
  readonly batches: Omit<BatchOptions, "dropLast" | "epochs">;
  readonly epochs: number;
  /** Ends after so many seconds of this call, if the epochs take longer. */
  readonly seconds?: number | undefined;
  /** Default: `losses.crossEntropy`. */
  readonly loss?: Loss | undefined;
  /** The learning rate by the number of steps done, or falling when the validation loss no longer does. */
  readonly schedule?: Schedule | Plateau | undefined;
  /** Ends when the validation loss has not fallen for so many epochs, and puts the best epoch's weights back. */
  readonly earlyStopping?: { readonly patienceEpochs: number } | undefined;
  readonly evaluation?: Omit<EvaluatorOptions, "crop" | "scaling"> | undefined;
  /** Receives each checkpoint, from the very beginning on; `encodeCheckpoint` makes a file of it. */
  readonly save?: ((checkpoint: Checkpoint) => void | Promise<void>) | undefined;
  /** Between checkpoints within an epoch; there is one before the first and after each epoch in any case. Default: 10. */
  readonly saveSeconds?: number | undefined;
  /** Go on from here. */
  readonly resume?: Checkpoint | undefined;
  /** When raised, training stops after the current step, saving a checkpoint. */
  readonly signal?: AbortSignal | undefined;
  /** Least time between two progress events; 0 gives one after every step. Default: 100. */
  readonly progressMilliseconds?: number | undefined;
}

/**
 * Trains a classifier and reports what happens. Nothing runs unless events are taken:
 *
 * ```
 * for await (const event of train.train({ model, optimizer, data, batches: { size: 20, seed: 1 }, epochs: 3 })) {
 *   if (event.event === "epoch") console.log(event.epoch, event.loss);
 * }
 * ```
 *
 * With the same model, optimizer, data and options the result is the same to the last bit, whatever the number of
 * threads, and whether or not the training was interrupted and resumed on the way (time limits aside).
 *
 * @throws DataError if the checkpoint to resume does not fit
 */
export async function* train(options: TrainOptions): AsyncGenerator<TrainEvent, void, undefined> {
  yield* new Training(options).run();
}

class Training {
  readonly #options: TrainOptions;
  readonly #batches: Batches;
  readonly #evaluator: Evaluator;
  readonly #loss: Loss;
  readonly #state: TrainState;
  readonly #pacer = new Pacer();
  readonly #began = performance.now();
  readonly #secondsBefore: number;
  /** Of this call alone: speed is not to be mixed with that of an earlier one. */
  readonly #here = { steps: 0, stepSeconds: 0, firstStepSeconds: 0, validations: 0, validationSeconds: 0 };
  #best: Map<string, NamedArray> | undefined;
  #lastSave = performance.now();
  #lastProgress = Number.NEGATIVE_INFINITY;

  constructor(options: TrainOptions) {
    const { model, optimizer, data, batches, resume, schedule } = options;
    this.#options = options;
    this.#batches = new Batches(data, { ...batches, dropLast: true });
    this.#evaluator = new Evaluator(model, {
      ...options.evaluation,
      crop: batches.crop,
      scaling: batches.scaling,
    });
    this.#loss = options.loss ?? crossEntropy;
    const fresh = initialState(batches.seed, batches.size, data.count);
    this.#state = resume ? stateOf(resume, fresh) : fresh;
    this.#secondsBefore = this.#state.seconds;
    if (resume) {
      const best = new Map([...resume.tensors].filter(([name]) => name.startsWith("best.")));
      restoreVariables(resume, model.variables(), "model.");
      restoreVariables(resume, optimizer.variables(), "optimizer.");
      if (best.size > 0) this.#best = best;
      if (this.#state.plateau && typeof schedule === "object") schedule.restore(this.#state.plateau);
    }
  }

  async *run(): AsyncGenerator<TrainEvent, void, undefined> {
    const { data, validation, epochs, signal, saveSeconds = 10 } = this.#options;
    const state = this.#state;
    const { perEpoch } = this.#batches;
    yield {
      event: "start",
      epoch: state.epoch,
      epochs,
      stepsPerEpoch: perEpoch,
      examples: data.count,
      validationExamples: validation?.count ?? 0,
      totalSteps: state.totalSteps,
    };
    if (this.#options.resume === undefined) {
      const failure = yield* this.#save();
      if (failure) return yield failure;
    }
    const step = trainStep(this.#options.model, this.#options.optimizer, this.#loss);
    let reason: "epochs" | "seconds" | "earlyStopping" = "epochs";
    while (state.epoch < epochs && !state.ended) {
      while (state.step < perEpoch) {
        if (signal?.aborted) {
          const failure = yield* this.#save();
          yield failure ?? {
            event: "stopped",
            epoch: state.epoch,
            step: state.step,
            totalSteps: state.totalSteps,
          };
          return;
        }
        if (this.#timeIsUp()) break;
        const before = performance.now();
        this.#setLearningRate();
        const { images, labels } = this.#batches.batch(state.epoch, state.step);
        const result = step(images, labels);
        const loss = await result.loss.item();
        const correct = await result.correct.item();
        if (!Number.isFinite(loss)) {
          yield await this.#diagnose("the loss is not finite");
          return;
        }
        await this.#round();
        state.lossSum += loss;
        state.correct += correct;
        state.step += 1;
        state.totalSteps += 1;
        state.interval.steps += 1;
        state.interval.lossSum += loss;
        state.interval.correct += correct;
        this.#count(before);
        if (state.step % this.#intervalSteps === 0) yield this.#interval();
        if (this.#progressIsDue()) {
          this.#lastProgress = performance.now();
          yield this.#progress();
        }
        if (performance.now() - this.#lastSave >= saveSeconds * 1000) {
          const failure = yield* this.#save();
          if (failure) return yield failure;
        }
        await this.#pacer.pause();
      }
      const cutShort = state.step < perEpoch;
      if (!cutShort || state.step > 0) yield* this.#endEpoch(cutShort);
      const failure = yield* this.#save();
      if (failure) return yield failure;
      if (cutShort) {
        reason = "seconds";
        break;
      }
    }
    if (state.ended) reason = "earlyStopping";
    if (state.ended && this.#best) {
      const best: Checkpoint = { source: "best epoch", tensors: this.#best, state: undefined };
      restoreVariables(best, this.#options.model.variables(), "best.");
      const failure = yield* this.#save();
      if (failure) return yield failure;
    }
    yield {
      event: "done",
      reason,
      epoch: state.epoch,
      totalSteps: state.totalSteps,
      bestEpoch: state.ended ? (state.best?.epoch ?? null) : null,
      examplesPerSecond: this.#examplesPerSecond(),
      seconds: state.seconds,
    };
  }

  /**
   * The reference backend keeps float64 between steps, which checkpoints do not hold. Rounding after every step makes
   * resumed runs give the same bits there, too.
   */
  async #round(): Promise<void> {
    if (device().name !== "reference") return;
    const { model, optimizer } = this.#options;
    for (const variable of [...model.variables().values(), ...optimizer.variables().values()]) {
      if (variable.dtype === "float32") variable.write(await variable.data());
    }
  }

  #timeIsUp(): boolean {
    const { seconds } = this.#options;
    return seconds !== undefined && performance.now() - this.#began >= seconds * 1000;
  }

  /** Not after the first step, whose time says nothing about the others. */
  #progressIsDue(): boolean {
    const { progressMilliseconds = 100 } = this.#options;
    if (progressMilliseconds === 0) return true;
    return this.#here.steps > 1 && performance.now() - this.#lastProgress >= progressMilliseconds;
  }

  #setLearningRate(): void {
    const { optimizer, schedule } = this.#options;
    if (schedule === undefined) return;
    const rate = typeof schedule === "function" ? schedule(this.#state.totalSteps) : schedule.rate;
    if (rate !== optimizer.learningRate) optimizer.learningRate = rate;
  }

  #count(before: number): void {
    const now = performance.now();
    const spent = (now - before) / 1000;
    this.#here.steps += 1;
    if (this.#here.steps === 1) this.#here.firstStepSeconds = spent;
    this.#here.stepSeconds += spent;
    this.#state.stepSeconds += spent;
    this.#state.seconds = this.#secondsBefore + (now - this.#began) / 1000;
  }

  /** The first step is left out as soon as there are others: it compiles, and would foretell hours. */
  get #secondsPerStep(): number {
    const { steps, stepSeconds, firstStepSeconds } = this.#here;
    return steps > 1 ? (stepSeconds - firstStepSeconds) / (steps - 1) : stepSeconds / steps;
  }

  #examplesPerSecond(): number {
    const { size } = this.#options.batches;
    const { totalSteps, stepSeconds } = this.#state;
    if (this.#here.steps > 0) return size / this.#secondsPerStep;
    return stepSeconds > 0 ? (totalSteps * size) / stepSeconds : 0;
  }

  get #intervalSteps(): number {
    return Math.max(1, Math.floor(this.#batches.perEpoch / 20));
  }

  #interval(): IntervalEvent {
    const { steps, lossSum, correct } = this.#state.interval;
    this.#state.interval = { steps: 0, lossSum: 0, correct: 0 };
    return {
      event: "interval",
      totalSteps: this.#state.totalSteps,
      epochs: this.#state.totalSteps / this.#batches.perEpoch,
      loss: lossSum / steps,
      accuracy: correct / (steps * this.#options.batches.size),
      learningRate: this.#options.optimizer.learningRate,
    };
  }

  #progress(): ProgressEvent {
    const { epochs, batches, optimizer, seconds } = this.#options;
    const { epoch, step, totalSteps, lossSum, correct } = this.#state;
    const { perEpoch } = this.#batches;
    const all = epochs * perEpoch;
    const { validations, validationSeconds } = this.#here;
    const validation = validations > 0 ? (validationSeconds / validations) * (epochs - epoch) : 0;
    const estimate = this.#secondsPerStep * Math.max(0, all - totalSteps) + validation;
    const allowed = seconds === undefined ? estimate : seconds - (performance.now() - this.#began) / 1000;
    const secondsLeft = Math.max(0, Math.min(estimate, allowed));
    const spent = (performance.now() - this.#began) / 1000;
    return {
      event: "progress",
      epoch,
      epochs,
      step,
      stepsPerEpoch: perEpoch,
      totalSteps,
      fraction: Math.min(1, allowed < estimate ? spent / (spent + secondsLeft) : totalSteps / all),
      loss: lossSum / step,
      accuracy: correct / (step * batches.size),
      learningRate: optimizer.learningRate,
      examplesPerSecond: this.#examplesPerSecond(),
      secondsLeft,
    };
  }

  /** Validates and goes over to the next epoch, unless the time ran out within this one. */
  async *#endEpoch(cutShort: boolean): AsyncGenerator<TrainEvent, void, undefined> {
    const { model, validation, epochs, batches, optimizer, schedule, earlyStopping } = this.#options;
    const state = this.#state;
    const before = performance.now();
    const result = validation ? await this.#evaluator.evaluate(validation) : undefined;
    this.#here.validations += 1;
    this.#here.validationSeconds += (performance.now() - before) / 1000;
    const learningRate = optimizer.learningRate;
    const loss = state.lossSum / state.step;
    const accuracy = state.correct / (state.step * batches.size);
    if (!cutShort) {
      state.epoch += 1;
      state.step = 0;
      state.lossSum = 0;
      state.correct = 0;
      if (result && typeof schedule === "object") {
        schedule.observe(result.loss);
        state.plateau = schedule.state();
      }
      if (result && earlyStopping) {
        if (state.best === null || result.loss < state.best.loss) {
          state.best = { epoch: state.epoch, loss: result.loss };
          this.#best = await readVariables(model.variables(), "best.");
        }
        state.ended = state.epoch - state.best.epoch >= earlyStopping.patienceEpochs;
      }
    }
    state.seconds = this.#secondsBefore + (performance.now() - this.#began) / 1000;
    yield {
      event: "epoch",
      epoch: state.epoch,
      cutShort,
      epochs,
      totalSteps: state.totalSteps,
      loss,
      accuracy,
      validationLoss: result?.loss ?? null,
      validationAccuracy: result?.accuracy ?? null,
      learningRate,
      examplesPerSecond: this.#examplesPerSecond(),
      seconds: state.seconds,
    };
  }

  /** Saves a checkpoint; returns the failure if there is nothing worth saving. */
  async *#save(): AsyncGenerator<TrainEvent, FailedEvent | undefined, undefined> {
    const { model, optimizer, save } = this.#options;
    const state = this.#state;
    this.#lastSave = performance.now();
    if (save === undefined) return undefined;
    const tensors = new Map([
      ...(await readVariables(model.variables(), "model.")),
      ...(await readVariables(optimizer.variables(), "optimizer.")),
    ]);
    // The last loss may have been finite and its gradient not: such weights must not replace a good checkpoint.
    const bad = firstNonFiniteArray(tensors);
    if (bad !== undefined) return this.#diagnose(`${bad} is not finite`);
    await save({
      source: "training",
      tensors: new Map([...tensors, ...(this.#best ?? [])]),
      state: structuredClone(state),
    });
    this.#lastSave = performance.now();
    yield { event: "checkpoint", epoch: state.epoch, step: state.step, totalSteps: state.totalSteps };
    return undefined;
  }

  /** Finds the first layer that leaves the finite numbers, on the batch at hand. */
  async #diagnose(what: string): Promise<FailedEvent> {
    const { epoch, step, totalSteps } = this.#state;
    const { images, labels } = this.#batches.batch(epoch, Math.min(step, this.#batches.perEpoch - 1));
    const found = await firstNonFinite(this.#options.model, this.#loss, images, labels);
    const rate = this.#options.optimizer.learningRate;
    const place = `epoch ${epoch + 1}, step ${step + 1}`;
    return {
      event: "failed",
      epoch,
      step,
      totalSteps,
      layer: found?.layer ?? "",
      message:
        `${what} at ${place}: ${found?.message ?? "the model's output is finite"}. ` +
        `The learning rate is ${rate}; a smaller one, or clipping the gradients, usually helps`,
    };
  }
}
