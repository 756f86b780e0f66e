import { device, io, train } from "gradus";
import { datasets, recipeJsonSchema } from "gradus/recipe";
import { checkNetwork } from "./check.js";
import { DataSets } from "./data-sets.js";
import { dataFactsOf } from "./facts.js";
import { networkOf, readModel, savedRun } from "./files.js";
import type { Subject } from "./lens.js";
import { type LensName, lenses } from "./lenses/index.js";
import { penaltyOf } from "./penalty.js";
import type { CommandName, Commands, Figures, Frame, News, Plan, Rescue, Status, Watch } from "./protocol.js";
import { Run } from "./run.js";

/** Over how many steps the figures are means. */
const figureWindow = 100;
/** How long steps run before messages are looked at: short enough that the page never feels it. */
const sliceMilliseconds = 10;
const rescueMilliseconds = 5000;
const statusMilliseconds = 120;
const penaltyMilliseconds = 400;

type Handlers = {
  readonly [K in CommandName]: (
    parameters: Parameters<Commands[K]>[0],
  ) => ReturnType<Commands[K]> | Promise<ReturnType<Commands[K]>>;
};

/** These end a journey to another step that is under way; the others wait for its end. */
const interrupting: ReadonlySet<CommandName> = new Set(["open", "pause", "seek", "branch", "loadRun"]);

/** These need no network, so they are answered at once. */
const free: ReadonlySet<CommandName> = new Set(["dataSets", "addData", "check", "recipeSchema"]);

/** The training of one page: takes its commands one at a time, trains between them, and tells what happens. */
export class Session {
  readonly #tell: (news: News, transfer?: Transferable[]) => void;
  readonly #sets: DataSets;
  #run: Run | undefined;
  #state: Status["state"] = "loading";
  #target = 0;
  #failure: string | undefined;
  /** The end of the queue of everything that touches the network. */
  #last: Promise<unknown> = Promise.resolve();
  #interruptions = 0;
  #watches: readonly Watch[] = [];
  /** When watches that want few looks had their last one, by key. */
  readonly #looked = new Map<string, number>();
  #frameMilliseconds = 100;
  #frameAsked = false;
  #framesUnseen = 0;
  #lastFrame = Number.NEGATIVE_INFINITY;
  #lastRescue = performance.now();
  #lastStatus = Number.NEGATIVE_INFINITY;
  #looping = false;
  #penalty = { value: 0, time: Number.NEGATIVE_INFINITY };
  #memory = new Map<string, unknown>();

  constructor(base: string, tell: (news: News, transfer?: Transferable[]) => void) {
    this.#tell = tell;
    this.#sets = new DataSets(base);
  }

  /** Does what the page asks, when all that it asked before is done. */
  handle<K extends CommandName>(
    command: K,
    parameters: Parameters<Commands[K]>[0],
  ): Promise<ReturnType<Commands[K]>> {
    if (interrupting.has(command)) this.#interruptions++;
    const handler = this.#handlers[command];
    if (free.has(command)) return Promise.resolve(handler(parameters));
    return this.#exclusive(async () => {
      const result = await handler(parameters);
      if (this.#run !== undefined && command !== "look" && command !== "curves") this.#askFrame();
      return result;
    });
  }

  /** The page has drawn a frame and can take another. */
  seen(): void {
    this.#framesUnseen = 0;
    if (this.#frameAsked) this.#pump();
  }

  readonly #handlers: Handlers = {
    open: async ({ plan, step = 0, play = false, rescue, model }) => {
      const before = this.#state;
      const opened = this.#interruptions;
      try {
        const run = await this.#create(plan);
        if (rescue !== undefined) await this.#resume(run, rescue, "the last checkpoint");
        if (model !== undefined)
          await run.replaceWeights(model.name, readModel(model.bytes, model.name).tensors);
        this.#use(run);
        if (step > run.step) await this.#travel(step, opened);
        return play && this.#state === "paused" ? this.#play() : this.#status();
      } catch (error) {
        // What was there before goes on.
        this.#state = before;
        if (before === "playing") this.#loop();
        throw error;
      }
    },
    play: () => this.#play(),
    pause: () => {
      if (this.#state === "playing" || this.#state === "seeking") this.#state = "paused";
      return this.#status();
    },
    advance: async ({ steps }) => {
      const run = this.#require();
      await this.#travel(run.step + steps, this.#interruptions);
      return this.#status();
    },
    seek: async ({ step }) => {
      if (!Number.isInteger(step) || step < 0) throw new RangeError(`there is no step ${step}`);
      await this.#travel(step, this.#interruptions);
      return this.#status();
    },
    change: ({ settings }) => {
      this.#require().change(settings);
      this.#recover();
      return this.#status();
    },
    fork: ({ settings, name }) => {
      this.#require().fork(settings, name);
      this.#recover();
      return this.#status();
    },
    branch: async ({ id, step }) => {
      const run = this.#require();
      await run.switchTo(id);
      await this.#travel(step ?? run.branch.history.length, this.#interruptions);
      return this.#status();
    },
    curves: ({ branch, points = Number.POSITIVE_INFINITY }) => {
      const run = this.#require();
      const { id, history } = run.branches.find((one) => one.id === branch) ?? run.branch;
      const { length } = history;
      const stride = Math.max(1, Math.ceil(length / points));
      return {
        branch: id,
        step: Float64Array.from({ length: Math.ceil(length / stride) }, (_, i) =>
          Math.min(length, (i + 1) * stride),
        ),
        loss: history.loss.means(stride),
        accuracy: history.accuracy.means(stride),
        validationStep: history.validationStep.slice(),
        validationLoss: history.validationLoss.slice(),
        validationAccuracy: history.validationAccuracy.slice(),
      };
    },
    watch: ({ watches, framesPerSecond }) => {
      this.#watches = watches;
      this.#looked.clear();
      this.#frameMilliseconds = 1000 / framesPerSecond;
    },
    look: ({ lens, parameters }) => this.#look(lens, parameters),
    saveModel: async () => {
      const run = this.#require();
      const arrays = await train.readVariables(run.model.variables());
      const { recipe, plan, sets } = run;
      const metadata = {
        format: "gradus-model",
        recipe: JSON.stringify(recipe),
        data: plan.data ?? sets.train.name,
      };
      return io.writeSafetensors(arrays, metadata);
    },
    readModel: ({ bytes, name }) => {
      const run = this.#require();
      const { tensors, recipe, data } = readModel(bytes, name);
      const problem = run.problemOfWeights(name, tensors);
      return {
        recipe,
        data,
        problem,
        same: recipe === undefined || networkOf(recipe) === networkOf(run.recipe),
      };
    },
    loadModel: async ({ bytes, name }) => {
      const { tensors } = readModel(bytes, name);
      await this.#require().replaceWeights(name, tensors);
      this.#recover();
      return this.#status();
    },
    saveRun: async () => train.encodeCheckpoint(await this.#require().checkpoint()),
    loadRun: async ({ bytes, name }) => {
      const { plan } = savedRun(train.decodeCheckpoint(bytes, name));
      const run = await this.#create(plan);
      await this.#resume(run, bytes, name);
      this.#use(run);
      return this.#status();
    },
    addData: ({ set }) => this.#sets.add(set),
    dataSets: () => this.#sets.list(),
    check: async ({ recipe, data }) =>
      checkNetwork(recipe, await this.#sets.facts(data ?? dataNameOf(recipe))),
    recipeSchema: () => recipeJsonSchema(),
  };

  async #create(plan: Plan): Promise<Run> {
    const name = plan.data ?? dataNameOf(plan.recipe);
    return Run.create(plan, await this.#sets.load(name));
  }

  #use(run: Run): void {
    this.#run = run;
    this.#memory = new Map();
    this.#penalty = { value: 0, time: Number.NEGATIVE_INFINITY };
    this.#failure = undefined;
    this.#state = "paused";
  }

  async #resume(run: Run, bytes: Uint8Array, source: string): Promise<void> {
    const checkpoint = train.decodeCheckpoint(bytes, source);
    const { totalSteps, curves } = savedRun(checkpoint);
    await run.resume(checkpoint, totalSteps, curves);
  }

  #require(): Run {
    if (this.#run === undefined) throw new Error("no network is open yet");
    return this.#run;
  }

  #play(): Status {
    this.#require();
    this.#state = "playing";
    this.#loop();
    return this.#status();
  }

  /** After a change of settings a training that failed may try again. */
  #recover(): void {
    if (this.#state !== "failed") return;
    this.#state = "paused";
    this.#failure = undefined;
  }

  /** Trains, slice by slice, until something else is wanted. */
  #loop(): void {
    if (this.#looping) return;
    this.#looping = true;
    void (async () => {
      while (this.#state === "playing") {
        try {
          await this.#exclusive(() => this.#slice());
        } catch (error) {
          // Such as a network for which there is no memory.
          this.#fail(error instanceof Error ? error.message : String(error));
        }
        await train.nextTurn();
      }
      this.#looping = false;
      this.#askFrame();
    })();
  }

  async #slice(): Promise<void> {
    const run = this.#run;
    if (run === undefined) return;
    const end = performance.now() + sliceMilliseconds;
    while (this.#state === "playing" && performance.now() < end) {
      const failure = await run.advance();
      if (failure !== undefined) return this.#fail(failure);
    }
    if (performance.now() - this.#lastFrame >= this.#frameMilliseconds && this.#framesUnseen === 0) {
      await this.#frame();
    }
    if (performance.now() - this.#lastRescue >= rescueMilliseconds) await this.#rescue();
  }

  #fail(failure: string): void {
    this.#state = "failed";
    this.#failure = failure;
    this.#tell({ news: "status", status: this.#status() });
  }

  /** Goes to another step, telling on the way where it is. Another command may end the journey. */
  async #travel(step: number, interruptions: number): Promise<void> {
    const run = this.#require();
    this.#state = "seeking";
    this.#target = step;
    const failure = await run.seek(step, async () => {
      if (performance.now() - this.#lastStatus > statusMilliseconds) {
        this.#lastStatus = performance.now();
        this.#tell({ news: "status", status: this.#status() });
        await train.nextTurn();
      }
      return this.#interruptions === interruptions;
    });
    this.#state = "paused";
    if (failure !== undefined) this.#fail(failure);
  }

  async #look(name: string, parameters: unknown): Promise<unknown> {
    if (!Object.hasOwn(lenses, name)) throw new RangeError(`there is no lens ${JSON.stringify(name)}`);
    const lens = lenses[name as LensName] as (subject: Subject, parameters: unknown) => Promise<unknown>;
    return lens(this.#subject, parameters);
  }

  get #subject(): Subject {
    const memory = this.#memory;
    const once = <T>(key: string, make: () => T): T => {
      if (!memory.has(key)) memory.set(key, make());
      return memory.get(key) as T;
    };
    return { run: this.#require(), once };
  }

  /** Sends a frame soon, if the page has seen the last one; else when it has. */
  #askFrame(): void {
    this.#frameAsked = true;
    if (this.#framesUnseen === 0) this.#pump();
  }

  #pump(): void {
    this.#frameAsked = false;
    if (this.#run === undefined) return;
    void this.#exclusive(() => this.#frame());
  }

  async #frame(): Promise<void> {
    this.#lastFrame = performance.now();
    this.#framesUnseen++;
    const views: Record<string, unknown> = {};
    for (const { key, lens, parameters, every } of this.#watches) {
      if (every !== undefined) {
        const last = this.#looked.get(key) ?? Number.NEGATIVE_INFINITY;
        if (this.#state === "playing" && this.#lastFrame - last < every) continue;
        this.#looked.set(key, this.#lastFrame);
      }
      try {
        views[key] = await this.#look(lens, parameters);
      } catch (error) {
        views[key] = error instanceof Error ? error : new Error(String(error));
      }
    }
    const frame: Frame = { status: this.#status(), figures: await this.#figures(), views };
    this.#tell({ news: "frame", frame }, buffersOf(views));
  }

  async #figures(): Promise<Figures> {
    const run = this.#require();
    const { history } = run.branch;
    const { step } = run;
    const seen = history.validationsBefore(step);
    return {
      step,
      examples: run.examples,
      epochs: run.epochs,
      loss: history.loss.meanBefore(step, figureWindow),
      penalty: await this.#penaltyNow(),
      accuracy: history.accuracy.meanBefore(step, figureWindow),
      validationLoss: history.validationLoss.meanBefore(seen, 5),
      validationAccuracy: history.validationAccuracy.meanBefore(seen, 5),
      examplesPerSecond: (1000 * run.settings.batchSize) / run.millisecondsPerStep,
      millisecondsPerStep: run.millisecondsPerStep,
      millisecondsForward: run.millisecondsForward,
    };
  }

  /** Few would read it more often while it trains, and it is a program of its own. */
  async #penaltyNow(): Promise<number> {
    const now = performance.now();
    if (this.#state !== "playing" || now - this.#penalty.time > penaltyMilliseconds)
      this.#penalty = { value: await penaltyOf(this.#subject), time: now };
    return this.#penalty.value;
  }

  async #rescue(): Promise<void> {
    const run = this.#require();
    this.#lastRescue = performance.now();
    const checkpoint = train.encodeCheckpoint(await run.checkpoint());
    const plan = { ...run.plan, changes: run.branch.changes };
    const rescue: Rescue = { plan, step: run.step, checkpoint };
    this.#tell({ news: "rescue", rescue }, [checkpoint.buffer]);
  }

  #status(): Status {
    const run = this.#require();
    return {
      state: this.#state,
      plan: { ...run.plan, changes: run.branch.changes },
      recipe: run.recipe,
      data: dataFactsOf(run.sets),
      inputShape: run.inputShape,
      layers: run.layers,
      step: run.step,
      target: this.#target,
      settings: run.settings,
      branch: run.branch.id,
      branches: run.branches.map((branch) => branch.facts()),
      threads: device().threads,
      ...(this.#failure === undefined ? {} : { failure: this.#failure }),
    };
  }

  /** Runs `task` when everything before it has ended: nothing looks at a network in the middle of a step. */
  #exclusive<T>(task: () => T | Promise<T>): Promise<T> {
    const result = this.#last.then(task);
    this.#last = result.catch(() => {});
    return result;
  }
}

/** The memory of all typed arrays in a result, so that it moves instead of being copied. */
export function buffersOf(value: unknown, found = new Set<Transferable>()): Transferable[] {
  if (ArrayBuffer.isView(value)) {
    if (value.buffer instanceof ArrayBuffer) found.add(value.buffer);
  } else if (typeof value === "object" && value !== null && !(value instanceof Error)) {
    for (const entry of Object.values(value)) buffersOf(entry, found);
  }
  return [...found];
}

/** The data set that a recipe names; files of one's own cannot be opened by name here. */
function dataNameOf(recipe: unknown): string {
  const { dataset } = (typeof recipe === "object" && recipe !== null ? recipe : {}) as { dataset?: unknown };
  return typeof dataset === "string" && Object.hasOwn(datasets, dataset) ? dataset : "digits";
}
