import { createReadStream, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import sirv from "sirv";
import type { DataIndex, DataSet } from "../../data/data-index.js";
import type { SourceOptions } from "../data/sources.node.js";
import { RunError } from "../errors.js";
import { findDataSets } from "./data-sets.node.js";
import { labHeaders } from "./headers.js";

export interface DataHandler {
  /** Answers a request, or calls `next` where the address is none of its own. */
  handle(request: IncomingMessage, response: ServerResponse, next: () => void): void;
  readonly sets: readonly DataSet[];
  /** Data sets that were found but cannot be used, a message each. */
  readonly problems: readonly string[];
}

const readIndex = (file: string): DataIndex => JSON.parse(readFileSync(file, "utf8"));

/**
 * Answers for `/data/`: the built lab's own files, those of MNIST and CIFAR-10 where they are on this machine, and an
 * index of all of them. Only the files of the index are answered for, whatever the address.
 */
export async function dataHandler(folder: string, options: SourceOptions = {}): Promise<DataHandler> {
  const built = join(folder, "data");
  const found = await findDataSets(options);
  const sets = [...readIndex(join(built, "index.json")).sets, ...found.sets];
  const index = Buffer.from(JSON.stringify({ sets } satisfies DataIndex));
  const own = readdirSync(built).filter((name) => name !== "index.json");
  const files = new Map([...own.map((name) => [name, join(built, name)] as const), ...found.files]);

  const handle: DataHandler["handle"] = (request, response, next) => {
    const path = pathOf(request);
    if (!path.startsWith("/data/")) return next();
    const name = path.slice("/data/".length);
    const whole = request.method !== "HEAD";
    response.setHeader("Cache-Control", "no-cache");
    if (name === "index.json") {
      response.writeHead(200, {
        "Content-Type": "application/json; charset=utf-8",
        "Content-Length": index.length,
      });
      response.end(whole ? index : undefined);
      return;
    }
    const file = files.get(name);
    const size = file === undefined ? undefined : statSync(file, { throwIfNoEntry: false })?.size;
    if (file === undefined || size === undefined) return notFound(request, response);
    // The page unpacks them: what is packed is not the transfer, but the file.
    response.writeHead(200, { "Content-Type": "application/octet-stream", "Content-Length": size });
    if (!whole) response.end();
    else
      createReadStream(file)
        .on("error", () => response.destroy())
        .pipe(response);
  };
  return { handle, sets, problems: found.problems };
}

function notFound(request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(404, { "Content-Type": "text/plain; charset=utf-8" });
  response.end(`There is nothing at ${pathOf(request)}.\n`);
}

function pathOf(request: IncomingMessage): string {
  const path = (request.url ?? "/").split("?", 1)[0] as string;
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

export interface LabHandler extends Omit<DataHandler, "handle"> {
  handle(request: IncomingMessage, response: ServerResponse): void;
}

/**
 * Answers for the whole lab.
 * @param folder what the lab's build has made
 * @throws RunError if it is not there
 */
export async function labHandler(folder: string, options: SourceOptions = {}): Promise<LabHandler> {
  if (!["index.html", "data/index.json"].every((file) => existsSync(join(folder, file)))) {
    throw new RunError(
      `the lab is not built (${join(folder, "index.html")} is not there); in a source checkout \`npm run lab:build\` makes it`,
    );
  }
  const data = await dataHandler(folder, options);
  const pages = sirv(folder, {
    // Looks for files when they are asked for, since the lab may be built again while it is served.
    dev: true,
    etag: true,
    gzip: true,
    brotli: true,
    setHeaders: (response, path) =>
      response.setHeader(
        "Cache-Control",
        // The names of these files hold a hash of what is in them.
        path.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache",
      ),
  });
  return {
    ...data,
    handle(request, response) {
      for (const [name, value] of Object.entries(labHeaders)) response.setHeader(name, value);
      if (request.method !== "GET" && request.method !== "HEAD") {
        response.writeHead(405, { Allow: "GET, HEAD" }).end();
        return;
      }
      data.handle(request, response, () => pages(request, response, () => notFound(request, response)));
    },
  };
}
