import type { Lens } from "../lens.js";

/** The classes of all test images, to look for images by. */
export const testLabels: Lens<Readonly<Record<string, never>>, Uint8Array<ArrayBuffer>> = async ({ run }) =>
  Uint8Array.from(run.sets.test.labels);
