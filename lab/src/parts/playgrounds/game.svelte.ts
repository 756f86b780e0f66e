import { untrack } from "svelte";
import type { Lab } from "../../state/lab.svelte.js";
import { ready } from "../../state/ready.js";
import type { View } from "../../state/view.svelte.js";
import type { FixedOf, FrameOf, LiveOf, PlaygroundName } from "../../worker/playgrounds/index.js";
import type { News, Order } from "../../worker/playgrounds/protocol.js";

/** What a change of these does not change: how the network learns. */
const looks = new Set(["layer", "neurons", "digit", "point", "band", "smooth"]);

/** A playground in training, in a Worker of its own. */
export class Game<K extends PlaygroundName> {
  frame = $state.raw<FrameOf<K>>();
  step = $state(0);
  playing = $state(false);
  failure = $state("");
  readonly name: K;
  readonly #worker: Worker;
  #run = 0;

  constructor(name: K) {
    this.name = name;
    this.#worker = new Worker(new URL("../../worker/playground.ts", import.meta.url), { type: "module" });
    this.#worker.onmessage = ({ data }: MessageEvent<News<K>>) => this.#hear(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.playing = false;
      this.failure = `The Worker was lost: ${event.message || "it could not be loaded"}. Reload the page to try again.`;
    };
  }

  /** Begins anew, and trains until step `target`. */
  start(fixed: FixedOf<K>, live: LiveOf<K>, target: number, stepsPerSecond: number): void {
    this.failure = "";
    this.step = 0;
    this.playing = target > 0;
    const base = document.baseURI;
    this.#send({
      order: "start",
      run: ++this.#run,
      name: this.name,
      fixed,
      live,
      base,
      target,
      stepsPerSecond,
    });
  }

  change(live: LiveOf<K>): void {
    this.#send({ order: "change", live });
  }

  play(): void {
    this.failure = "";
    this.playing = true;
    this.#send({ order: "play" });
  }

  pause(): void {
    this.#send({ order: "pause" });
  }

  advance(steps: number): void {
    this.failure = "";
    this.#send({ order: "advance", steps });
  }

  pace(stepsPerSecond: number): void {
    this.#send({ order: "pace", stepsPerSecond });
  }

  end(): void {
    this.#worker.terminate();
  }

  #send(order: Order<K>): void {
    this.#worker.postMessage(order);
  }

  #hear(news: News<K>): void {
    if (news.news === "failure") {
      if (news.run !== this.#run) return;
      this.playing = false;
      this.failure = news.message;
      return;
    }
    if (news.run === this.#run) {
      this.frame = news.frame;
      this.step = news.step;
      this.playing = news.playing;
    }
    // The next frame is sent when this one is on the screen.
    requestAnimationFrame(() => this.#send({ order: "seen" }));
  }
}

interface Page {
  readonly lab: Lab;
  readonly view: View;
}

/** Controls that all playgrounds have. */
export interface Controls {
  toggle(): void;
  advance(): void;
  reset(): void;
}

/** The speeds to choose from, in steps a second. */
export const speeds = [2, 10, 50, 200, 1000] as const;

/** Speeds at which one sees something, where full speed would be over before one looks. */
const usualSpeeds: Partial<Record<PlaygroundName, number>> = { classify: 200, regression: 200, surfaces: 50 };

/** The speed in the address, or the usual one of a playground. */
export function speedOf(view: View, name: PlaygroundName): number {
  if (view.get("speed") === "full") return Number.POSITIVE_INFINITY;
  return view.number("speed", usualSpeeds[name] ?? Number.POSITIVE_INFINITY, 1);
}

/**
 * Plays a game as the page's settings say: another start when what is fixed changes, other settings at once when what is live
 * does, and the end when the component leaves. Call it while a component is made.
 */
export function play<K extends PlaygroundName>(
  name: K,
  page: () => Page,
  fixed: () => FixedOf<K>,
  live: () => LiveOf<K>,
): { readonly game: Game<K>; readonly controls: Controls } {
  // The same as long as the component is.
  const { lab, view } = page();
  const game = new Game(name);
  // For those who like to ask it from the browser's console: playground.frame.
  Object.assign(window, { playground: game });
  const fixedText = $derived(JSON.stringify(fixed()));
  const liveText = $derived(JSON.stringify(live()));
  const sessionPlays = $derived(lab.status?.state === "playing");
  const stepsPerSecond = $derived(speedOf(view, name));
  let started = "";
  /** The step in the address, as we last wrote it. */
  let written = "";
  /** How the network learned in its first step, if it has learned so ever since: only then can a link repeat it. */
  let training = "";

  const start = (target: number) => {
    training = trainingOf(liveText);
    started = fixedText;
    game.start(JSON.parse(fixedText), JSON.parse(liveText), target, stepsPerSecond);
  };

  const write = (at: string) => {
    written = at;
    view.set("at", at);
  };

  // A link may say at which step to wait.
  $effect(() => {
    const at = view.get("at");
    if (fixedText === started && at === written) return;
    untrack(() => {
      const linked = at !== "" && at !== written;
      const goesOn = started === "" || game.playing;
      written = at;
      if (!linked) write("");
      start(linked ? view.number("at", 0) : goesOn ? Number.POSITIVE_INFINITY : 0);
    });
  });

  $effect(() => {
    const next = JSON.parse(liveText) as LiveOf<K>;
    untrack(() => {
      if (game.step === 0 && !game.playing) training = trainingOf(liveText);
      else if (trainingOf(liveText) !== training) training = "";
    });
    game.change(next);
  });

  $effect(() => game.pace(stepsPerSecond));

  $effect(() => {
    if (game.frame !== undefined) ready("playgrounds");
  });

  // A frame tells of the step where it waits.
  $effect(() => {
    void game.frame;
    if (game.playing || game.frame === undefined) return;
    const at = String(game.step);
    untrack(() => write(training === "" ? "" : at));
  });

  // Two trainings at once would share one processor, and nobody sees the other from here: it waits until one leaves.
  let interrupted = false;
  $effect(() => {
    if (!sessionPlays) return;
    interrupted = true;
    void lab.order("pause");
  });

  $effect(() => () => {
    game.end();
    if (interrupted) void lab.order("play");
  });

  return {
    game,
    controls: {
      toggle() {
        if (game.playing) game.pause();
        else {
          write("");
          game.play();
        }
      },
      advance: () => game.advance(1),
      reset() {
        write("");
        start(game.playing ? Number.POSITIVE_INFINITY : 0);
      },
    },
  };
}

function trainingOf(liveText: string): string {
  const live = JSON.parse(liveText) as Record<string, unknown>;
  return JSON.stringify(Object.entries(live).filter(([key]) => !looks.has(key)));
}
