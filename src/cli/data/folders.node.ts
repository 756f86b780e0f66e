import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

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

/** The folder of the data that the package carries. It is three levels up from both `src` and `dist/cli/data`. */
export function assetsFolder(): string {
  return fileURLToPath(new URL("../../../assets/", import.meta.url));
}
