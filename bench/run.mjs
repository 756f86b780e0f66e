// `npm run bench`: Gradus and its peers on the same works, interleaved in one run. README.md says how.
import { existsSync } from "node:fs";
import { cpus } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureBuilt, ensureInstalled, ensurePackage } from "../scripts/lib/ensure.mjs";
import { parseArguments, UsageError, usage } from "./lib/arguments.mjs";
import { Side } from "./lib/child.mjs";
import { packageVersion, python, pytorchVersion } from "./lib/install.mjs";
import { measure } from "./lib/measure.mjs";
import { peers } from "./lib/peers.mjs";
import { median, significant } from "./lib/statistics.mjs";
import { formatTable } from "./lib/table.mjs";
import { works } from "./lib/works.mjs";

const folder = dirname(fileURLToPath(import.meta.url));

/** Standard error, so that standard output holds results alone. */
const say = (text) => console.error(text);

/** Peers of a work by the batch that they take: those too slow for the work's own batch get a smaller one. */
function groups(work, names) {
  const byBatch = new Map();
  for (const name of names) {
    const able = peers[name].works[work];
    if (able === undefined) continue;
    const batch = able.batch ?? works[work].batch;
    byBatch.set(batch, [...(byBatch.get(batch) ?? []), name]);
  }
  return [...byBatch].sort(([a], [b]) => b - a);
}

function list() {
  for (const [name, { title, batch, unit }] of Object.entries(works)) {
    console.log(`${name}  ${title}, batch ${batch}, ${unit}`);
    for (const [batchOfGroup, names] of groups(name, Object.keys(peers))) {
      console.log(`  ${names.join(", ")}${batchOfGroup === batch ? "" : ` (batch ${batchOfGroup})`}`);
    }
  }
}

function present(names) {
  const torch = names.includes("pytorch-cpu") ? pytorchVersion() : undefined;
  const versions = {};
  for (const name of names) {
    const { runs, package: packageName } = peers[name];
    if (runs === "node") versions[name] = packageVersion(folder, packageName);
    else if (torch !== undefined) versions[name] = torch;
    else
      say(
        `${name} is left out: ${python} has no PyTorch (on Debian: apt install python3-torch libopenblas0-pthread)`,
      );
  }
  return versions;
}

function print(results, refusals, limits, versions, options) {
  const rows = results.map((result) => [
    result.work + (result.batch === works[result.work].batch ? "" : `, batch ${result.batch}`),
    result.peer,
    significant(result.ours),
    `${(result.oursSpread * 100).toFixed(0)}%`,
    significant(result.theirs),
    `${(result.theirsSpread * 100).toFixed(0)}%`,
    `${significant(result.ratio)}x${result.steady ? "" : "?"}`,
    `${significant(result.bestRatio)}x`,
    `${(result.share * 100).toFixed(0)}%`,
    `${result.oursPeakMegabytes}`,
    `${result.theirsPeakMegabytes}`,
  ]);
  const header = [
    "work",
    "peer",
    "ours",
    "+-",
    "theirs",
    "+-",
    "ratio",
    "of bests",
    "of limit",
    "our MB",
    "their MB",
  ];
  console.log(`\n${formatTable(header, rows)}\n`);
  console.log(
    "examples/s (matmul: GFLOP/s), medians; +- is half the range; a ratio with ? had unsteady rounds, so see the " +
      "ratio of the best ones; MB is the peak of the whole process.",
  );
  if (limits.length > 0) {
    const of = (key) => significant(median(limits.map((limit) => limit[key])));
    console.log(
      `One core: ${of("gigaflops")} GFLOP/s in registers${limits[0].fused ? "" : " (no fused multiply-add)"}, ` +
        `${of("gigabytes")} GB/s through memory. "of limit" is our arithmetic over ${options.threads} such core(s).`,
    );
  }
  const named = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  console.log(
    `${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ${process.versions.node}; ${named.join(", ")}.`,
  );
  for (const { work, peer, refused } of refusals) console.log(`REFUSED ${work}, ${peer}: ${refused}`);
}

async function main() {
  const options = parseArguments(process.argv.slice(2), {
    works: Object.keys(works),
    peers: Object.keys(peers),
  });
  if (options.help) return console.log(usage);
  if (options.list) return list();
  if (options.dist === undefined) {
    // What the build says belongs to standard error, too.
    const { log } = console;
    console.log = console.error;
    await ensureInstalled();
    await ensureBuilt();
    console.log = log;
  }
  const dist = resolve(options.dist ?? join(folder, "../dist"));
  if (!existsSync(join(dist, "index.js"))) throw new UsageError(`--dist ${dist}: there is no index.js`);
  // The native runtime's package holds the CPU build; without this its script fetches one for graphics cards.
  ensurePackage("bench", "the peers", { ONNXRUNTIME_NODE_INSTALL: "skip" });
  const versions = present(options.peers);

  const start = (name) => {
    const { script, args, runs } = peers[name] ?? { script: `${name}.mjs`, args: [dist], runs: "node" };
    const command = runs === "python" ? python : process.execPath;
    return new Side(name, command, [join(folder, "sides", script), ...args], options.threads);
  };
  const results = [];
  const refusals = [];
  const limits = [];
  for (const name of options.works) {
    for (const [batch, able] of groups(name, Object.keys(versions))) {
      const { threads, rounds, seconds } = options;
      const work = { ...works[name], batch };
      const measured = await measure({ name, work, peers: able, threads, rounds, seconds, dist, start, say });
      if (options.json)
        for (const line of [...measured.results, ...measured.refusals]) console.log(JSON.stringify(line));
      results.push(...measured.results);
      refusals.push(...measured.refusals);
      limits.push(measured.limits);
    }
  }
  if (options.json) console.log(JSON.stringify({ machine: limits, versions, node: process.versions.node }));
  else print(results, refusals, limits, versions, options);
  if (refusals.length > 0) process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\n\n${usage}`);
  process.exitCode = 2;
}
