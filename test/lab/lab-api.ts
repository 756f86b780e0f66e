import type { Page } from "playwright-core";
import type { LensName, LensParameters, LensResult } from "../../lab/src/worker/lenses/index.js";
import type { CommandName, Commands, Figures, Status } from "../../lab/src/worker/protocol.js";

/** What tests ask of the page's training; `Lab` in lab/src/state/lab.svelte.ts has more. */
interface LabState {
  readonly status?: Status;
  readonly figures?: Figures;
  readonly workers: number;
  ask<K extends CommandName>(
    command: K,
    ...parameters: Parameters<Commands[K]>
  ): Promise<ReturnType<Commands[K]>>;
  look<K extends LensName>(lens: K, parameters: LensParameters<K>): Promise<LensResult<K>>;
  loseWorker(): void;
}

declare global {
  interface Window {
    /** The page's training, which it shows to the console. */
    readonly gradus: LabState;
  }
}

/** Waits until the network has made so many steps. */
export async function reach(page: Page, step: number): Promise<void> {
  await page.waitForFunction((step) => (window.gradus.status?.step ?? 0) >= step, step, { timeout: 60_000 });
}

/** Gives a command, as a control of the page would. */
export function order(page: Page, command: "play" | "pause"): Promise<Status> {
  return page.evaluate((command) => window.gradus.ask(command), command);
}

/** Goes to a step and waits there. */
export function seek(page: Page, step: number): Promise<Status> {
  return page.evaluate((step) => window.gradus.ask("seek", { step }), step);
}

/** All losses of the branch that the network follows. */
export async function lossesOf(page: Page): Promise<number[]> {
  return page.evaluate(async () => [...(await window.gradus.ask("curves", {})).loss]);
}

/** The weights, as a file. */
export async function modelOf(page: Page): Promise<number[]> {
  return page.evaluate(async () => [...(await window.gradus.ask("saveModel"))]);
}

/** The words of the notices on the page. */
export const noticesOf = (page: Page): Promise<string[]> =>
  page.locator("[data-notice] span").allTextContents();
