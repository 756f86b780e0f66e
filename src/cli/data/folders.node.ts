import { mkdirSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { systemErrorCode } from "./idx-file.node.js";

/** The variables of the environment that these functions read; `process.env` is one. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Where downloads are kept: `$XDG_CACHE_HOME/gradus` or `~/.cache/gradus`, on Windows `%LOCALAPPDATA%\gradus`.
 * The folder may not exist.
 */
export function cacheFolder(
  environment: Environment = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  const named = platform === "win32" ? environment.LOCALAPPDATA : environment.XDG_CACHE_HOME;
  if (named) return join(named, "gradus");
  const usual = platform === "win32" ? ["AppData", "Local"] : [".cache"];
  return join(homedir(), ...usual, "gradus");
}

/**
 * Makes a folder and those above it. Node's own recursive `mkdir` never returns where the system refuses with ENOENT
 * inside a folder that exists, as under `/proc`.
 * @throws the system's error if it cannot be made
 */
export function makeFolder(path: string): void {
  const folder = resolve(path);
  try {
    mkdirSync(folder);
  } catch (error) {
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
    if (systemErrorCode(error) !== "ENOENT") throw error;
    const above = dirname(folder);
    if (above === folder || statSync(above, { throwIfNoEntry: false }) !== undefined) throw error;
    makeFolder(above);
    mkdirSync(folder);
  }
}

/** The folder of the data that the package carries. It is three levels up from both `src` and `dist/cli/data`. */
export function assetsFolder(): string {
  return fileURLToPath(new URL("../../../assets/", import.meta.url));
}
