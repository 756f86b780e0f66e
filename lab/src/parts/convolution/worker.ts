/** The page's Worker: computes one request after the other, on one thread. */
import { useDevice } from "gradus";
import { type Commands, commands } from "./compute.js";

export interface Request {
  readonly id: number;
  readonly command: keyof Commands;
  readonly parameters: unknown;
}

const started = useDevice({ backend: "wasm", threads: 1 });

self.onmessage = async ({ data: { id, command, parameters } }: MessageEvent<Request>) => {
  try {
    await started;
    self.postMessage({ id, result: await commands[command](parameters as never) });
  } catch (error) {
    self.postMessage({ id, error: error instanceof Error ? error.message : String(error) });
  }
};
