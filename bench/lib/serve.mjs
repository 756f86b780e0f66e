// The child's half of the protocol: JSON lines on standard input, one JSON line of answer for each on standard output.
//   {"command":"prepare","work":{...},"values":FOLDER,"threads":N}  ->  {"results":[...]}
//   {"command":"time","seconds":S}                                  ->  {"stepsPerSecond":...}
//   {"command":"memory"}                                            ->  {"peakBytes":...}
// A failure answers {"error":MESSAGE}.
import { writeSync } from "node:fs";
import { createInterface } from "node:readline";

/**
 * @typedef {{ work: import("./works.mjs").Work, values: string, threads: number, dist: string, steps: number }} Preparation
 * @typedef {{ results: number[], step: () => unknown }} Prepared `step` may return a promise
 */

/**
 * @param {(preparation: Preparation) => Promise<Prepared>} prepare builds the work, runs the checked steps, and returns
 *   their losses (or results) and a function that runs one more
 */
export async function serve(prepare) {
  // Standard output belongs to the protocol; what libraries print goes to standard error.
  console.log = console.error;
  console.info = console.error;
  console.debug = console.error;
  /** @type {Prepared | undefined} */
  let prepared;
  /** @type {(request: { command: string, seconds: number } & Preparation) => Promise<object>} */
  const answer = async (request) => {
    if (request.command === "prepare") {
      prepared = await prepare(request);
      return { results: prepared.results };
    }
    if (request.command === "memory") return { peakBytes: process.resourceUsage().maxRSS * 1024 };
    if (prepared === undefined) throw new Error("nothing was prepared");
    const { step } = prepared;
    let steps = 0;
    const start = performance.now();
    let elapsed = 0;
    do {
      const running = step();
      if (running instanceof Promise) await running;
      steps++;
      elapsed = (performance.now() - start) / 1000;
    } while (elapsed < request.seconds);
    return { stepsPerSecond: steps / elapsed };
  };
  for await (const line of createInterface({ input: process.stdin })) {
    let reply;
    try {
      reply = await answer(JSON.parse(line));
    } catch (error) {
      reply = { error: error instanceof Error ? error.message : String(error) };
    }
    writeSync(1, `${JSON.stringify(reply)}\n`);
  }
  process.exit(0);
}
