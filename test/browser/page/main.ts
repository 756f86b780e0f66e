import type { Report } from "./worker.js";

declare global {
  interface Window {
    /** What the worker found; the test waits for it. */
    report: Promise<Report>;
  }
}

window.report = new Promise((resolve, reject) => {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  worker.addEventListener("message", ({ data }: MessageEvent<Report>) => resolve(data));
  worker.addEventListener("error", (event) => reject(new Error(`worker: ${event.message}`)));
});
