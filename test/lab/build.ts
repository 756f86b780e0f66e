import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { ensureLab } from "../../scripts/lib/lab.mjs";
import { labFolder } from "../../src/cli/lab/server.node.js";

declare module "vitest" {
  interface ProvidedContext {
    /** The build that is tested. */
    readonly labFolder: string;
  }
}

/** The tests of the lab open what users open, the build: a copy, so that another build meanwhile changes nothing. */
export default async function setup(project: TestProject): Promise<() => void> {
  await ensureLab();
  const folder = mkdtempSync(join(tmpdir(), "gradus-lab-"));
  cpSync(labFolder(), folder, { recursive: true });
  project.provide("labFolder", folder);
  return () => rmSync(folder, { recursive: true, force: true });
}
