// The machine's limits on one core, as WebAssembly reaches them. `time` answers with operations and bytes in a second.
import { writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [dist] = process.argv.slice(2);
const { measureLimits } = await import(pathToFileURL(`${dist}/backends/wasm/limits.js`).href);

for await (const line of createInterface({ input: process.stdin })) {
  const { command, seconds } = JSON.parse(line);
  const reply = command === "time" ? measureLimits(seconds) : { results: [] };
  writeSync(1, `${JSON.stringify(reply)}\n`);
}
