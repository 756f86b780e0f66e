import { ensureBuilt } from "../../scripts/lib/ensure.mjs";

/** The tests of the command line run what users run: the build. */
export default async function setup(): Promise<void> {
  await ensureBuilt();
}
