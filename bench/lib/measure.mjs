// One work: starts the sides, checks that they do equal work, and times them in turns.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Side } from "./child.mjs";
import { disagreement, median, significant, spread } from "./statistics.mjs";
import { writeValues } from "./values.mjs";
import { CHECKED_STEPS, inUnit, operationsOfStep } from "./works.mjs";

/** Greatest spread of a steady measurement. */
const STEADY = 0.15;

/**
 * @typedef {object} Result
 * @property {string} work
 * @property {string} unit
 * @property {string} peer
 * @property {number} batch
 * @property {number} ours
 * @property {number} theirs
 * @property {number} ratio
 * @property {number} bestRatio of each side's best round: what remains of the ratio if others disturb the machine
 * @property {boolean} steady whether neither side's rounds differ much; on a busy machine believe `bestRatio` first
 * @property {number} oursSpread
 * @property {number} theirsSpread
 * @property {number} oursGigaflops arithmetic by the textbook
 * @property {number} share of the multiply-add limit of all threads
 * @property {number} oursPeakMegabytes of the process
 * @property {number} theirsPeakMegabytes
 * @property {number} disagreement of losses or results
 * @typedef {{ work: string, peer: string, refused: string }} Refusal
 * @typedef {{ gigaflops: number, gigabytes: number, fused: boolean }} Limits of one core
 */

/**
 * @param {object} plan
 * @param {string} plan.name
 * @param {import("./works.mjs").Work} plan.work with the batch to use
 * @param {readonly string[]} plan.peers
 * @param {number} plan.threads
 * @param {number} plan.rounds
 * @param {number} plan.seconds
 * @param {string} plan.dist
 * @param {(name: string) => Side} plan.start starts a side by its name: `ours`, `machine` or a peer
 * @param {(text: string) => void} plan.say progress
 * @returns {Promise<{ results: Result[], refusals: Refusal[], limits: Limits }>}
 */
export async function measure({ name, work, peers, threads, rounds, seconds, dist, start, say }) {
  const folder = mkdtempSync(join(tmpdir(), "gradus-bench-"));
  /** @type {Side[]} */
  const started = [];
  /** @param {string} side */
  const open = (side) => {
    const opened = start(side);
    started.push(opened);
    return opened;
  };
  /** @type {Refusal[]} */
  const refusals = [];
  try {
    writeValues(work, folder);
    const request = { command: "prepare", work, values: folder, threads, dist, steps: CHECKED_STEPS };
    const machine = open("machine");
    const ours = open("ours");
    say(`${name} (batch ${work.batch}): preparing ours`);
    const reference = (await ours.ask(request)).results;

    /** @type {{ peer: string, side: Side, difference: number, ours: number[], theirs: number[] }[]} */
    const pairs = [];
    for (const peer of peers) {
      say(`${name} (batch ${work.batch}): checking ${peer}`);
      const side = open(peer);
      try {
        const { results } = await side.ask(request, 120);
        const difference = disagreement(reference, results);
        if (!(difference <= work.tolerance)) {
          const show = (/** @type {number[]} */ list) =>
            list.slice(0, CHECKED_STEPS).map((x) => x.toPrecision(7));
          throw new Error(
            `${work.kind === "train" ? "losses differ" : "results differ"} by ${difference.toExponential(1)}, more than ` +
              `${work.tolerance}: ours ${show(reference).join(" ")}, theirs ${show(results).join(" ")}`,
          );
        }
        await side.ask({ command: "time", seconds: Math.min(0.3, seconds) });
        pairs.push({ peer, side, difference, ours: [], theirs: [] });
      } catch (error) {
        side.stop();
        refusals.push({ work: name, peer, refused: error instanceof Error ? error.message : String(error) });
      }
    }
    if (pairs.length > 0) await ours.ask({ command: "time", seconds: Math.min(0.3, seconds) });
    /** @type {number[]} */
    const operations = [];
    /** @type {number[]} */
    const bytes = [];
    let fused = true;
    for (let round = 0; round < rounds; round++) {
      say(`${name} (batch ${work.batch}): round ${round + 1} of ${rounds}`);
      const limit = await machine.ask({ command: "time", seconds: 0.15 });
      operations.push(limit.operationsPerSecond);
      bytes.push(limit.bytesPerSecond);
      fused = limit.fused;
      for (const pair of pairs) {
        pair.ours.push((await ours.ask({ command: "time", seconds })).stepsPerSecond);
        pair.theirs.push((await pair.side.ask({ command: "time", seconds })).stepsPerSecond);
      }
    }
    const limits = { gigaflops: median(operations) / 1e9, gigabytes: median(bytes) / 1e9, fused };
    const peak = async (/** @type {Side} */ side) =>
      Number(significant((await side.ask({ command: "memory" })).peakBytes / 1e6).replaceAll(",", ""));
    /** @type {Result[]} */
    const results = [];
    for (const pair of pairs) {
      const [mine, their] = [median(pair.ours), median(pair.theirs)];
      const oursGigaflops = (mine * operationsOfStep(work)) / 1e9;
      results.push({
        work: name,
        unit: work.unit,
        peer: pair.peer,
        batch: work.batch,
        ours: inUnit(work, mine),
        theirs: inUnit(work, their),
        ratio: mine / their,
        bestRatio: Math.max(...pair.ours) / Math.max(...pair.theirs),
        steady: Math.max(spread(pair.ours), spread(pair.theirs)) <= STEADY,
        oursSpread: spread(pair.ours),
        theirsSpread: spread(pair.theirs),
        oursGigaflops,
        share: oursGigaflops / (limits.gigaflops * threads),
        oursPeakMegabytes: await peak(ours),
        theirsPeakMegabytes: await peak(pair.side),
        disagreement: pair.difference,
      });
    }
    return { results, refusals, limits };
  } finally {
    for (const side of started) side.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
