import { train } from "gradus";
import { playgrounds } from "./index.js";
import type { Playground, Surroundings } from "./playground.js";
import type { News, Order } from "./protocol.js";

/** How long steps run before messages are looked at. */
const sliceMilliseconds = 10;
/** At most 20 frames a second; and making them takes at most a third of the time. */
const frameMilliseconds = 50;
const frameShare = 3;

type Any = Playground<unknown, unknown>;
type Make = (fixed: unknown, live: unknown, surroundings: Surroundings) => Promise<Any>;

/** Trains one playground in slices, and tells how it stands as often as the page can draw. */
export class Loop {
  readonly #tell: (news: News) => void;
  #game: Any | undefined;
  #run = 0;
  #step = 0;
  #target = 0;
  #stepsPerSecond = Number.POSITIVE_INFINITY;
  #looping = false;
  /** Something to show that no frame has shown yet. */
  #stale = false;
  #unseen = false;
  #nextFrame = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(tell: (news: News) => void) {
    this.#tell = tell;
  }

  /** Does what the page wants. Orders take effect one after the other, between steps. */
  handle(message: Order): Promise<void> {
    if (message.order === "seen") {
      this.#unseen = false;
      return this.#show();
    }
    // What waits must not wait for a long way to its end.
    if (message.order === "pause" || message.order === "start") this.#target = 0;
    return this.#exclusive(() => this.#obey(message));
  }

  async #obey(message: Exclude<Order, { order: "seen" }>): Promise<void> {
    switch (message.order) {
      case "start": {
        this.#run = message.run;
        this.#game = undefined;
        this.#step = 0;
        this.#stepsPerSecond = message.stepsPerSecond;
        const make = playgrounds[message.name] as Make;
        this.#game = await make(message.fixed, message.live, { base: message.base });
        this.#target = message.target;
        break;
      }
      case "change":
        this.#game?.change(message.live);
        break;
      case "play":
        this.#target = Number.POSITIVE_INFINITY;
        break;
      case "pause":
        this.#target = this.#step;
        break;
      case "advance":
        this.#target = this.#step + message.steps;
        break;
      case "pace":
        this.#stepsPerSecond = message.stepsPerSecond;
        break;
    }
    this.#stale = true;
    void this.#train();
    // A frame of the change, unless training is about to send one.
    if (!this.#training) void this.#show();
  }

  get #training(): boolean {
    return this.#game !== undefined && this.#step < Math.min(this.#target, this.#game.limit ?? this.#target);
  }

  async #train(): Promise<void> {
    if (this.#looping) return;
    this.#looping = true;
    while (this.#training) {
      const began = performance.now();
      const stepsBefore = this.#step;
      await this.#exclusive(() => this.#slice(began));
      await this.#show();
      const due = (1000 * (this.#step - stepsBefore)) / this.#stepsPerSecond;
      await pause(Math.max(0, due - (performance.now() - began)));
    }
    this.#looping = false;
    await this.#show(true);
  }

  async #slice(began: number): Promise<void> {
    const game = this.#game;
    // Where there is a speed, about as many steps as a fiftieth of a second has.
    const last = this.#step + Math.max(1, this.#stepsPerSecond / 50);
    do {
      if (!this.#training || game === undefined) return;
      await game.step();
      this.#step++;
      this.#stale = true;
    } while (this.#step < last && performance.now() - began < sliceMilliseconds);
  }

  /** Sends a frame if there is something new, the page has drawn the last one, and it is time; or, at the end, in any case. */
  #show(last = false): Promise<void> {
    return this.#exclusive(async () => {
      const began = performance.now();
      if (this.#game === undefined || !this.#stale || (this.#unseen && !last)) return;
      if (this.#training && began < this.#nextFrame) return;
      this.#stale = false;
      this.#unseen = true;
      const frame = await this.#game.frame();
      const now = performance.now();
      this.#nextFrame = Math.max(began + frameMilliseconds, now + frameShare * (now - began));
      this.#tell({
        news: "frame",
        run: this.#run,
        step: this.#step,
        playing: this.#training,
        frame: frame as never,
      });
    });
  }

  /** One thing at a time; what fails ends the training, and the page is told why. */
  #exclusive(task: () => Promise<void>): Promise<void> {
    const done = this.#last.then(task).catch((error) => {
      this.#target = this.#step;
      this.#tell({
        news: "failure",
        run: this.#run,
        message: error instanceof Error ? error.message : String(error),
      });
    });
    this.#last = done;
    return done;
  }
}

/** Lets messages in, and waits. */
function pause(milliseconds: number): Promise<void> {
  return milliseconds > 0 ? new Promise((resolve) => setTimeout(resolve, milliseconds)) : train.nextTurn();
}
