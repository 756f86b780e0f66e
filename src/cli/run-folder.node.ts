import {
  closeSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { makeFolder } from "./data/folders.node.js";
import { systemErrorCode } from "./data/idx-file.node.js";
import { RunError, UserError } from "./errors.js";

const reasons: Readonly<Record<string, string>> = {
  EACCES: "permission is denied",
  EPERM: "permission is denied",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  ENOTDIR: "a part of the path is a file, not a folder",
  EEXIST: "it is a file, not a folder",
  ENOENT: "no such file or folder",
  EISDIR: "it is a folder, not a file",
};

/** Why a system call failed, for people. */
export function systemReason(error: unknown): string {
  const code = systemErrorCode(error);
  return reasons[code ?? ""] ?? (error instanceof Error ? error.message : String(error));
}

/** Writes all bytes; `writeSync` may write fewer. */
function writeAll(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
}

/**
 * Writes a file so that whatever happens meanwhile, the name stands for either the old content or the new, whole:
 * to a temporary name, flushed to the disk, then renamed.
 */
export function writeFileAtomically(path: string, content: Uint8Array | string): void {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const temporary = `${path}.tmp`;
  const file = openSync(temporary, "w");
  try {
    try {
      writeAll(file, bytes);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncFolder(dirname(path));
}

/** Makes a rename last. Not every system lets folders be opened; then there is nothing to be done. */
function syncFolder(path: string): void {
  let folder: number;
  try {
    folder = openSync(path, "r");
  } catch {
    return;
  }
  try {
    fsyncSync(folder);
  } catch {
  } finally {
    closeSync(folder);
  }
}

/** A line of `metrics.jsonl`. */
export interface MetricsRow {
  /** Batches trained on since the beginning. */
  readonly totalSteps: number;
}

const probeName = ".probe";

/** What a run leaves: checkpoint, metrics, configuration and report. */
export class RunFolder {
  readonly path: string;
  #metrics: number | undefined;

  private constructor(path: string) {
    this.path = path;
  }

  /**
   * A new run's folder, made if need be.
   * @throws UserError if it cannot be made or written, or holds anything already
   */
  static create(path: string): RunFolder {
    try {
      makeFolder(path);
      // A run that was killed in its first moments may have left these.
      const content = readdirSync(path).filter((name) => !name.endsWith(".tmp") && name !== probeName);
      if (content.length > 0) {
        throw new UserError(
          `${path} is not empty; go on with the run in it with --resume ${path}, or name another folder with --out`,
        );
      }
      const probe = join(path, probeName);
      writeFileAtomically(probe, "");
      rmSync(probe);
    } catch (error) {
      if (error instanceof UserError) throw error;
      throw new UserError(`${path} cannot be used for the run: ${systemReason(error)}`, { cause: error });
    }
    return new RunFolder(path);
  }

  /**
   * The folder of an earlier run.
   * @throws UserError if there is none
   */
  static open(path: string): RunFolder {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) throw new UserError(`${path}: no such run folder`);
    if (!found.isDirectory()) throw new UserError(`${path} is a file, but must be the folder of a run`);
    const folder = new RunFolder(path);
    if (statSync(folder.configPath, { throwIfNoEntry: false }) === undefined) {
      throw new UserError(`${path} is not the folder of a run: it has no config.json`);
    }
    return folder;
  }

  get checkpointPath(): string {
    return join(this.path, "checkpoint.safetensors");
  }

  get configPath(): string {
    return join(this.path, "config.json");
  }

  get metricsPath(): string {
    return join(this.path, "metrics.jsonl");
  }

  get reportPath(): string {
    return join(this.path, "report.html");
  }

  /** @throws RunError if it cannot be written */
  write(path: string, content: Uint8Array | string): void {
    try {
      writeFileAtomically(path, content);
    } catch (error) {
      throw new RunError(`${path} cannot be written: ${systemReason(error)}`, { cause: error });
    }
  }

  writeConfig(config: object): void {
    this.write(this.configPath, `${JSON.stringify(config, undefined, 2)}\n`);
  }

  /** @throws UserError if it is not JSON */
  readConfig(): unknown {
    try {
      return JSON.parse(readFileSync(this.configPath, "utf8"));
    } catch (error) {
      const problem =
        error instanceof SyntaxError
          ? `is not JSON (${error.message})`
          : `cannot be read: ${systemReason(error)}`;
      throw new UserError(`${this.configPath} ${problem}`, { cause: error });
    }
  }

  /** The checkpoint's bytes; undefined if none has been written yet. */
  readCheckpoint(): Uint8Array | undefined {
    try {
      return readFileSync(this.checkpointPath);
    } catch (error) {
      if (systemErrorCode(error) === "ENOENT") return undefined;
      throw new UserError(`${this.checkpointPath} cannot be read: ${systemReason(error)}`, { cause: error });
    }
  }

  /** Flushes the metrics, then replaces the checkpoint: a checkpoint never knows more steps than the metrics. */
  saveCheckpoint(bytes: Uint8Array): void {
    if (this.#metrics !== undefined) fsyncSync(this.#metrics);
    this.write(this.checkpointPath, bytes);
  }

  /** The rows that are whole and not after `totalSteps`. */
  readMetrics(totalSteps = Number.POSITIVE_INFINITY): (MetricsRow & Record<string, unknown>)[] {
    let text: string;
    try {
      text = readFileSync(this.metricsPath, "utf8");
    } catch (error) {
      if (systemErrorCode(error) === "ENOENT") return [];
      throw new UserError(`${this.metricsPath} cannot be read: ${systemReason(error)}`, { cause: error });
    }
    const rows: (MetricsRow & Record<string, unknown>)[] = [];
    for (const line of text.split("\n")) {
      const row = parseRow(line);
      // A run that was killed may have left half a line at the end.
      if (row === undefined || row.totalSteps > totalSteps) break;
      rows.push(row);
    }
    return rows;
  }

  /** Drops rows after a checkpoint's step: they will be written again. */
  truncateMetrics(totalSteps: number): void {
    const rows = this.readMetrics(totalSteps);
    this.write(this.metricsPath, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  }

  appendMetrics<T extends MetricsRow>(row: T): void {
    try {
      this.#metrics ??= openSync(this.metricsPath, "a");
      writeAll(this.#metrics, new TextEncoder().encode(`${JSON.stringify(row)}\n`));
    } catch (error) {
      throw new RunError(`${this.metricsPath} cannot be written: ${systemReason(error)}`, { cause: error });
    }
  }

  close(): void {
    if (this.#metrics !== undefined) closeSync(this.#metrics);
    this.#metrics = undefined;
  }
}

function parseRow(line: string): (MetricsRow & Record<string, unknown>) | undefined {
  try {
    const row: unknown = JSON.parse(line);
    if (typeof row !== "object" || row === null || !("totalSteps" in row)) return undefined;
    const { totalSteps } = row;
    return typeof totalSteps === "number" ? { ...row, totalSteps } : undefined;
  } catch {
    return undefined;
  }
}
