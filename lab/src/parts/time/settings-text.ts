import type { Settings } from "../../worker/protocol.js";

/** Settings in a line: `sgd, learning rate 0.05, momentum 0.9, batch 20`. */
export function settingsText(settings: Settings | undefined): string {
  if (settings === undefined) return "";
  const { type, ...options } = settings.optimizer;
  const words = Object.entries(options)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)} ${value}`);
  return [type, ...words, `batch ${settings.batchSize}`].join(", ");
}
