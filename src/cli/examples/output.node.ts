import { existsSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { makeFolder } from "../data/folders.node.js";
import { systemErrorCode } from "../data/idx-file.node.js";
import { RunError, UserError } from "../errors.js";
import { systemReason, writeFileAtomically } from "../run-folder.node.js";

/** A file that an example has left. */
export interface WrittenFile {
  readonly path: string;
  readonly caption: string;
}

/** Where an example's results go. The folder is made when the first of them is written, and each is whole or not there. */
export class OutputFolder {
  readonly path: string;
  readonly #files = new Map<string, WrittenFile>();

  constructor(path: string) {
    this.path = path;
  }

  /** In the order in which they were written. */
  get files(): readonly WrittenFile[] {
    return [...this.#files.values()];
  }

  /**
   * Finds out whether files could be written, before the work begins, by writing one. Leaves nothing behind.
   * @throws UserError if not
   */
  check(): void {
    const made = missingFolders(this.path);
    try {
      makeFolder(this.path);
      const probe = join(this.path, `.probe-${process.pid}`);
      writeFileSync(probe, "");
      rmSync(probe);
    } catch (cause) {
      throw new UserError(`${this.path} cannot be used for the results: ${systemReason(cause)}`, { cause });
    } finally {
      for (const folder of made) removeIfEmpty(folder);
    }
  }

  /** @throws RangeError if the name is not that of a file in this folder, RunError if it cannot be written */
  write(name: string, content: string | Uint8Array, caption = ""): void {
    if (!/^\w[\w.-]*$/.test(name)) {
      throw new RangeError(
        `"${name}" cannot be the name of a result: use letters, digits, ".", "_" and "-" only`,
      );
    }
    const path = join(this.path, name);
    try {
      makeFolder(this.path);
      writeFileAtomically(path, content);
    } catch (cause) {
      throw new RunError(`${path} cannot be written: ${systemReason(cause)}`, { cause });
    }
    this.#files.set(name, { path, caption });
  }

  /**
   * A text that is there, whoever wrote it; undefined if there is none.
   * @throws UserError if it cannot be read
   */
  read(name: string): string | undefined {
    const path = join(this.path, name);
    try {
      return readFileSync(path, "utf8");
    } catch (cause) {
      if (systemErrorCode(cause) === "ENOENT") return undefined;
      throw new UserError(`${path} cannot be read: ${systemReason(cause)}`, { cause });
    }
  }
}

/** The folders of a path that do not exist, the innermost first. */
function missingFolders(path: string): string[] {
  const missing: string[] = [];
  let folder = resolve(path);
  while (!existsSync(folder) && dirname(folder) !== folder) {
    missing.push(folder);
    folder = dirname(folder);
  }
  return missing;
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // It was not made, or somebody else has put something into it meanwhile.
  }
}
