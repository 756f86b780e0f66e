// What the system has of the peers that npm does not.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Debian's Python, for which Debian's PyTorch is built. */
export const python = "/usr/bin/python3";

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
