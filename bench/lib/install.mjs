// Makes the peers available: npm's from the lock file of this folder, the others as the system has them.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isInstalled } from "../../scripts/lib/ensure.mjs";

/** Debian's Python, for which Debian's PyTorch is built. */
export const python = "/usr/bin/python3";

/** @param {string} folder of the harness */
export function ensurePeers(folder) {
  const record = join(folder, "node_modules/.package-lock.json");
  const installed = existsSync(record) ? readFileSync(record, "utf8") : undefined;
  if (isInstalled(readFileSync(join(folder, "package-lock.json"), "utf8"), installed)) return;
  console.error("Installing the peers, once (npm ci in bench/) ...");
  const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: folder,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
    // The native runtime's package holds the CPU build; without this its script fetches one for graphics cards.
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: "skip" },
  });
  if (status !== 0) throw new Error("the peers could not be installed; npm's message is above");
}

/** @returns {string | undefined} PyTorch's version, if the system's Python has it */
export function pytorchVersion() {
  if (!existsSync(python)) return undefined;
  const { status, stdout } = spawnSync(python, ["-c", "import torch; print(torch.__version__)"], {
    encoding: "utf8",
  });
  return status === 0 ? stdout.trim() : undefined;
}

/**
 * @param {string} folder of the harness
 * @param {string} name of a package there
 * @returns {string}
 */
export function packageVersion(folder, name) {
  return JSON.parse(readFileSync(join(folder, "node_modules", name, "package.json"), "utf8")).version;
}
