import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, open, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { DataError } from "../../data/errors.js";
import { RunError } from "../errors.js";
import { cacheFolder, makeFolder } from "./folders.node.js";
import { systemErrorCode } from "./idx-file.node.js";

/** A file to download: the same bytes from every mirror. */
export interface RemoteFile {
  readonly name: string;
  readonly bytes: number;
  /** Hexadecimal. MD5 is what the publishers give; it guards against accidents, not against an attacker. */
  readonly md5: string;
}

/** MNIST's four files. */
export const mnistFiles: readonly RemoteFile[] = [
  { name: "train-images-idx3-ubyte.gz", bytes: 9_912_422, md5: "f68b3c2dcbeaaa9fbdd348bbdeb94873" },
  { name: "train-labels-idx1-ubyte.gz", bytes: 28_881, md5: "d53e105ee54ea40749a09fcbcd1e9432" },
  { name: "t10k-images-idx3-ubyte.gz", bytes: 1_648_877, md5: "9fb629c4189551a2d022fa330f9573f3" },
  { name: "t10k-labels-idx1-ubyte.gz", bytes: 4_542, md5: "ec29112dd5afa0611ce80d1b7f02629c" },
];

/** Folders on the web that hold them, tried in this order. */
export const mnistMirrors: readonly string[] = [
  "https://storage.googleapis.com/cvdf-datasets/mnist/",
  "https://ossci-datasets.s3.amazonaws.com/mnist/",
  "http://yann.lecun.com/exdb/mnist/",
];

export interface FetchOptions {
  /** Default: `mnist` in the cache folder. Made if it does not exist. */
  readonly folder?: string;
  readonly files?: readonly RemoteFile[];
  readonly mirrors?: readonly string[];
  /** Check the MD5 checksums. Default: true. Without it partial files are not resumed, for lack of any check. */
  readonly verify?: boolean;
  /** Called as bytes arrive; `total` is what the server says, or else what the file should have. */
  readonly onProgress?: (file: string, received: number, total: number) => void;
  /** Stops the download; what has arrived is kept and resumed the next time. */
  readonly signal?: AbortSignal;
  /** A mirror that sends nothing for so long is given up. Default: 30,000. */
  readonly stallMilliseconds?: number;
}

export interface FetchResult {
  readonly folder: string;
  readonly files: readonly { readonly name: string; readonly from: string | "already there" }[];
}

/** A mirror's failure: the next one is tried. Every other error ends the download. */
class MirrorError extends Error {}

/** The checksum of a finished file is wrong. */
class ChecksumError extends MirrorError {}

type Settings = Required<Omit<FetchOptions, "signal">> & { readonly signal: AbortSignal | undefined };

/**
 * Downloads files into a folder. A file is written under the name `*.part`, checked, and renamed, so that a file
 * with its final name is whole. A part that an earlier attempt or another mirror left is continued (HTTP Range).
 *
 * @throws RunError if every mirror failed for some file, saying how each did
 * @throws DataError if the folder cannot be written
 */
export async function fetchFiles(options: FetchOptions = {}): Promise<FetchResult> {
  const settings: Settings = {
    folder: options.folder ?? join(cacheFolder(), "mnist"),
    files: options.files ?? mnistFiles,
    mirrors: options.mirrors ?? mnistMirrors,
    verify: options.verify ?? true,
    onProgress: options.onProgress ?? (() => {}),
    signal: options.signal,
    stallMilliseconds: options.stallMilliseconds ?? 30_000,
  };
  const { folder } = settings;
  await writing(folder, async () => makeFolder(folder));
  const files = [];
  for (const file of settings.files) files.push({ name: file.name, from: await fetchFile(file, settings) });
  return { folder, files };
}

async function fetchFile(file: RemoteFile, settings: Settings): Promise<string> {
  const path = join(settings.folder, file.name);
  const existing = await sizeOf(path);
  if (existing !== undefined && (!settings.verify || (await md5Of(path)) === file.md5)) {
    settings.onProgress(file.name, existing, existing);
    return "already there";
  }
  const part = `${path}.part`;
  const failures: string[] = [];
  for (const mirror of settings.mirrors) {
    const url = new URL(file.name, mirror.endsWith("/") ? mirror : `${mirror}/`).href;
    try {
      await downloadChecked(url, part, file, settings);
      await writing(path, () => rename(part, path));
      return mirror;
    } catch (error) {
      settings.signal?.throwIfAborted();
      if (!(error instanceof MirrorError)) throw error;
      failures.push(`\n  ${url}: ${error.message}`);
    }
  }
  throw new RunError(
    `${file.name}: could not be downloaded from any of ${settings.mirrors.length} mirrors:${failures.join("")}`,
  );
}

/** Leaves the whole, checked file at `part`. */
async function downloadChecked(
  url: string,
  part: string,
  file: RemoteFile,
  settings: Settings,
): Promise<void> {
  if (!settings.verify) await remove(part);
  const resumed = (await sizeOf(part)) !== undefined;
  await download(url, part, file, settings);
  try {
    await verify(part, file, settings);
  } catch (error) {
    await remove(part);
    if (!resumed || !(error instanceof ChecksumError)) throw error;
    // The part that was there may have been bad, and not this mirror's fault: once more, from the start.
    await downloadChecked(url, part, file, settings);
  }
}

async function verify(part: string, file: RemoteFile, settings: Settings): Promise<void> {
  if (!settings.verify) return;
  const found = await md5Of(part);
  if (found !== file.md5) {
    const size = await sizeOf(part);
    throw new ChecksumError(
      `checksum mismatch: MD5 is ${found} (${size} bytes), expected ${file.md5} (${file.bytes} bytes)`,
    );
  }
}

/** Brings `part` to the whole length, going on from what it has if the server can. */
async function download(url: string, part: string, file: RemoteFile, settings: Settings): Promise<void> {
  const have = (await sizeOf(part)) ?? 0;
  const stall = new AbortController();
  const signal = settings.signal ? AbortSignal.any([stall.signal, settings.signal]) : stall.signal;
  const wait = () =>
    setTimeout(
      () => stall.abort(new Error(`nothing arrived for ${settings.stallMilliseconds / 1000} s`)),
      settings.stallMilliseconds,
    );
  let timer = wait();
  let handle: FileHandle | undefined;
  try {
    const headers: Record<string, string> = have > 0 ? { range: `bytes=${have}-` } : {};
    // Without this the server may compress again, and lengths and ranges would mean something else.
    headers["accept-encoding"] = "identity";
    const response = await mirrorStep(() => fetch(url, { headers, signal }), signal);
    const { start, announced } = bodyRange(response, have);
    if (start === undefined) return; // the server has no more: what is here is everything

    const opened = await writing(part, () => open(part, start > 0 ? "a" : "w"));
    handle = opened;
    const total = announced ?? file.bytes;
    let received = start;
    settings.onProgress(file.name, received, total);
    const reader = response.body?.getReader();
    for (;;) {
      const result = await mirrorStep(
        async () => reader?.read() ?? { done: true as const, value: undefined },
        signal,
      );
      if (result.done) break;
      const chunk = result.value;
      clearTimeout(timer);
      await writing(part, () => opened.appendFile(chunk));
      received += chunk.length;
      settings.onProgress(file.name, received, total);
      timer = wait();
    }
    if (announced !== undefined && received !== announced) {
      throw new MirrorError(`the transfer ended after ${received} of ${announced} bytes`);
    }
    await writing(part, () => opened.sync());
  } finally {
    clearTimeout(timer);
    await handle?.close();
    // Lets go of a connection whose body was not read to the end.
    stall.abort();
  }
}

interface BodyRange {
  /** Where the body belongs in the file. `undefined`: there is no body, because the part is complete. */
  readonly start: number | undefined;
  /** The file's full length, if the server says it. */
  readonly announced: number | undefined;
}

function bodyRange(response: Response, have: number): BodyRange {
  if (response.status === 416 && have > 0) return { start: undefined, announced: have };
  if (response.status === 206 && have > 0) {
    const range = response.headers.get("content-range") ?? "";
    const [, first, size] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(range) ?? [];
    if (first === undefined || Number(first) !== have) {
      throw new MirrorError(`asked for the bytes from ${have}, but the server sent "${range}"`);
    }
    return { start: have, announced: size === undefined || size === "*" ? undefined : Number(size) };
  }
  if (response.status !== 200) {
    throw new MirrorError(`HTTP status ${response.status} ${response.statusText}`.trimEnd());
  }
  const length = response.headers.get("content-length");
  return { start: 0, announced: length === null ? undefined : Number(length) };
}

/** Runs a step of the transfer; its failures are the mirror's. */
async function mirrorStep<T>(step: () => Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await step();
  } catch (error) {
    const reason: unknown = signal.aborted ? signal.reason : error;
    throw new MirrorError(describe(reason), { cause: error });
  }
}

/** `fetch` says only "fetch failed"; what happened is in the cause. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return `${error.message} (${cause.message || systemErrorCode(cause) || cause.name})`;
}

/** Runs a step that writes; its failures end everything, since no mirror can help. */
async function writing<T>(path: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (cause) {
    throw new DataError(
      path,
      `cannot be written (${cause instanceof Error ? cause.message : String(cause)})`,
      {
        cause,
      },
    );
  }
}

async function remove(path: string): Promise<void> {
  await writing(path, () => rm(path, { force: true }));
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch {
    return undefined;
  }
}

async function md5Of(path: string): Promise<string> {
  const hash = createHash("md5");
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest("hex");
}
