/**
 * The page's side of the training: one object for all pages. What the Worker tells is kept in `status`, `figures` and
 * `frame`, which are replaced as a whole, never looked into by the framework; big numbers go to the listeners of frames.
 */
import type { LensName, LensParameters, LensResult } from "../worker/lenses/index.js";
import type {
  Answer,
  CommandName,
  Commands,
  Figures,
  Frame,
  News,
  Plan,
  Rescue,
  SetFacts,
  Status,
  UploadedSet,
  Watch,
} from "../worker/protocol.js";

type FrameListener = (frame: Frame) => void;

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

/** A Worker that says nothing for so long is lost. Large steps and compilation take a second or two. */
const patienceMilliseconds = 15_000;
const pingMilliseconds = 1000;
const wordsMilliseconds = 240;

export interface Notice {
  readonly id: number;
  readonly kind: "error" | "information";
  readonly text: string;
}

let watchers = 0;
let notices = 0;

export class Lab {
  status = $state.raw<Status>();
  figures = $state.raw<Figures>();
  /** Counts Workers: more than one means that the first was lost. */
  workers = $state(0);
  /** What the user should know. */
  notices = $state.raw<readonly Notice[]>([]);

  #worker: Worker | undefined;
  #next = 1;
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners = new Set<FrameListener>();
  readonly #watches = new Map<string, Watch>();
  #framesPerSecond = 10;
  #watchesSent = true;
  #rescue: Rescue | undefined;
  readonly #brought = new Map<string, UploadedSet>();
  #lastPlan: { plan: Plan; step: number; playing: boolean } | undefined;
  #lastNews = performance.now();
  #lastLook = performance.now();
  #lastFrame: Frame | undefined;
  #lastShown = Number.NEGATIVE_INFINITY;

  constructor() {
    this.#start();
    setInterval(() => this.#lookAfter(), pingMilliseconds);
  }

  /** Asks the Worker; where the training is then, if the answer says it, is known when the answer comes. @throws what the Worker threw */
  ask<K extends CommandName>(
    command: K,
    ...[parameters]: Parameters<Commands[K]>
  ): Promise<ReturnType<Commands[K]>> {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker?.postMessage({ id, command, parameters });
    });
  }

  /** As `ask`, but tells the user of failure, and gives undefined then. For what is done at the user's wish. */
  async order<K extends CommandName>(
    command: K,
    ...parameters: Parameters<Commands[K]>
  ): Promise<ReturnType<Commands[K]> | undefined> {
    try {
      return await this.ask(command, ...parameters);
    } catch (error) {
      this.tell("error", error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }

  /** Makes images of the user's own a data set, here and for Workers to come. */
  async bring(set: UploadedSet): Promise<SetFacts | undefined> {
    const facts = await this.order("addData", { set });
    if (facts !== undefined) this.#brought.set(set.name, set);
    return facts;
  }

  /** Looks at the network once. */
  look<K extends LensName>(lens: K, parameters: LensParameters<K>): Promise<LensResult<K>> {
    return this.ask("look", { lens, parameters }) as Promise<LensResult<K>>;
  }

  /**
   * Looks at the network in every frame, or while it trains only `every` so many milliseconds. The listener gets the result, or the
   * Error that the lens threw.
   * @returns ends it
   */
  watch<K extends LensName>(
    lens: K,
    parameters: LensParameters<K>,
    listener: (result: LensResult<K> | Error, frame: Frame) => void,
    every?: number,
  ): () => void {
    const key = `${lens} ${++watchers}`;
    this.#watches.set(key, { key, lens, parameters, every });
    this.#sendWatches();
    const onFrame = (frame: Frame) => {
      const result = frame.views[key];
      if (result !== undefined) listener(result as LensResult<K> | Error, frame);
    };
    this.#listeners.add(onFrame);
    return () => {
      this.#listeners.delete(onFrame);
      this.#watches.delete(key);
      this.#sendWatches();
    };
  }

  /** Hears of every frame; of the last one at once. @returns ends it */
  onFrame(listener: FrameListener): () => void {
    this.#listeners.add(listener);
    if (this.#lastFrame !== undefined) listener(this.#lastFrame);
    return () => this.#listeners.delete(listener);
  }

  /** How often frames come while it trains. */
  set framesPerSecond(value: number) {
    this.#framesPerSecond = value;
    this.#sendWatches();
  }

  tell(kind: Notice["kind"], text: string): void {
    const id = ++notices;
    this.notices = [...this.notices.slice(-2), { id, kind, text }];
    if (kind === "information") setTimeout(() => this.dismiss(id), 8000);
  }

  dismiss(id: number): void {
    this.notices = this.notices.filter((notice) => notice.id !== id);
  }

  /** Ends the Worker as if the browser had: for tests, and for those who want to see it recover. */
  loseWorker(): void {
    this.#worker?.terminate();
    this.#lastNews = Number.NEGATIVE_INFINITY;
  }

  #start(): void {
    const worker = new Worker(new URL("../worker/worker.ts", import.meta.url), { type: "module" });
    this.#worker = worker;
    this.workers++;
    this.#lastNews = performance.now();
    worker.onmessage = ({ data }: MessageEvent<Answer | News>) => {
      this.#lastNews = performance.now();
      if ("news" in data) this.#hear(data);
      else this.#answer(data);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      this.#replace(event.message || "it could not be loaded");
    };
    worker.postMessage({ base: document.baseURI });
    this.#watchesSent = true;
    this.#sendWatches();
  }

  #hear(news: News): void {
    switch (news.news) {
      case "status":
        this.#take(news.status);
        return;
      case "rescue":
        this.#rescue = news.rescue;
        return;
      case "frame": {
        const { frame } = news;
        this.#lastFrame = frame;
        this.#show(frame);
        for (const listener of this.#listeners) listener(frame);
        // The next frame is sent when this one is on the screen.
        requestAnimationFrame(() => this.#worker?.postMessage({ seen: true }));
        // A hidden page draws nothing, but the figures should go on.
        if (document.hidden) this.#worker?.postMessage({ seen: true });
        return;
      }
      case "ready":
      case "alive":
        return;
    }
  }

  /** Pictures follow every frame; words and figures, which all of the page hangs on, four times a second while it trains. */
  #show({ status, figures }: Frame): void {
    const now = performance.now();
    const goesOn = status.state === "playing" && this.status?.state === "playing";
    if (goesOn && now - this.#lastShown < wordsMilliseconds) return;
    this.#lastShown = now;
    this.#take(status);
    this.figures = figures;
  }

  #take(status: Status): void {
    this.status = status;
    this.#lastPlan = { plan: status.plan, step: status.step, playing: status.state === "playing" };
  }

  #answer(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (waiting === undefined) return;
    if ("result" in answer) {
      if (isStatus(answer.result)) this.#take(answer.result);
      waiting.resolve(answer.result as never);
    } else waiting.reject(Object.assign(new Error(answer.error.message), { name: answer.error.name }));
  }

  /** Several changes in one turn are sent once. */
  #sendWatches(): void {
    if (!this.#watchesSent) return;
    this.#watchesSent = false;
    queueMicrotask(() => {
      this.#watchesSent = true;
      const watches = [...this.#watches.values()];
      // If the Worker is lost meanwhile, the next one is told.
      this.ask("watch", { watches, framesPerSecond: this.#framesPerSecond }).catch(() => {});
    });
  }

  #lookAfter(): void {
    const now = performance.now();
    // A page that was held up itself, or slept, has heard nothing either.
    if (now - this.#lastLook > 3 * pingMilliseconds && Number.isFinite(this.#lastNews)) this.#lastNews = now;
    this.#lastLook = now;
    this.#worker?.postMessage({ ping: true });
    if (performance.now() - this.#lastNews > patienceMilliseconds) this.#replace("it no longer answers");
  }

  /** Starts another Worker where the last one left. */
  #replace(reason: string): void {
    this.#worker?.terminate();
    for (const { reject } of this.#waiting.values())
      reject(new Error(`the training's Worker was lost: ${reason}`));
    this.#waiting.clear();
    const last = this.#lastPlan;
    // A checkpoint from before another network was opened is of no use to this one.
    const rescue = trainingOf(this.#rescue?.plan) === trainingOf(last?.plan) ? this.#rescue : undefined;
    if (last === undefined || this.workers > 5) {
      this.tell("error", `The training cannot run: ${reason}. Reload the page to try again.`);
      this.#worker = undefined;
      this.#lastNews = Number.POSITIVE_INFINITY;
      return;
    }
    // Changes that were made since are made again, unless they were made further back: the weights know nothing of those.
    const plan =
      rescue !== undefined &&
      changesBefore(rescue.step, rescue.plan) !== changesBefore(rescue.step, last.plan)
        ? rescue.plan
        : last.plan;
    const branches = this.status?.branches.length ?? 1;
    this.#start();
    // One who has paused looks at a certain step, and should see it again.
    const step = last.playing || last.step <= (rescue?.step ?? 0) ? undefined : last.step;
    const from = rescue === undefined ? "its beginning" : `step ${rescue.step}, the last checkpoint`;
    const goes = step === undefined ? `goes on from ${from}` : `goes to step ${step} again, from ${from}`;
    const lost = branches > 1 ? " Its other branches are lost." : "";
    this.tell("error", `The training's Worker was lost (${reason}). It ${goes}.${lost}`);
    void this.#reopen({
      plan,
      play: last.playing,
      ...(step === undefined ? {} : { step }),
      ...(rescue === undefined ? {} : { rescue: rescue.checkpoint.slice() }),
    });
  }

  async #reopen(parameters: Parameters<Commands["open"]>[0]): Promise<void> {
    for (const set of this.#brought.values()) await this.order("addData", { set });
    await this.order("open", parameters);
  }
}

/** What makes it the same training, whatever was changed while it ran. */
const trainingOf = (plan: Plan | undefined) => plan && JSON.stringify([plan.recipe, plan.data, plan.seed]);

/** What was changed before a step, and so decides its weights. */
const changesBefore = (step: number, { changes }: Plan) =>
  JSON.stringify(changes.filter((change) => change.step < step));

function isStatus(value: unknown): value is Status {
  return typeof value === "object" && value !== null && "state" in value && "branches" in value;
}
