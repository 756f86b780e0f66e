import { ensureLab } from "../../scripts/lib/lab.mjs";

/** The tests of the command line run what users run: the build, and the lab's, which the package holds. */
export default async function setup(): Promise<void> {
  await ensureLab();
}
