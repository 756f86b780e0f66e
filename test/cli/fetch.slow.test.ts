import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fetchFiles, mnistFiles, mnistMirrors, type RemoteFile } from "../../src/cli/data/fetch.node.js";
import { RunError } from "../../src/cli/errors.js";
import { DataError } from "../../src/data/errors.js";

const content = Buffer.from(Uint8Array.from({ length: 200_000 }, (_, i) => (i * i) % 253));
const md5 = createHash("md5").update(content).digest("hex");
const file: RemoteFile = { name: "file.gz", bytes: content.length, md5 };

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

let folder: string;
let server: Server;
let base: string;
/** What answers under `/<mirror>/`. */
let mirrors: Record<string, Handler>;
/** Mirror and range of each request, in order. */
let requests: string[];

beforeEach(async () => {
  folder = join(mkdtempSync(join(tmpdir(), "gradus-fetch-")), "new", "mnist");
  mirrors = {};
  requests = [];
  server = createServer((request, response) => {
    const [, mirror = "", name] = (request.url ?? "").split("/");
    requests.push([mirror, request.headers.range].filter(Boolean).join(" "));
    const handler = name === file.name ? mirrors[mirror] : undefined;
    if (handler) handler(request, response);
    else response.writeHead(404).end("<html>not found</html>");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(join(folder, "..", ".."), { recursive: true, force: true });
});

const path = () => join(folder, file.name);
const part = () => `${path()}.part`;
const url = (mirror: string) => `${base}/${mirror}`;

function start(names: string[], options: Parameters<typeof fetchFiles>[0] = {}) {
  return fetchFiles({ folder, files: [file], mirrors: names.map(url), ...options });
}

async function failure(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => expect.unreachable("it should have failed"),
    (error: Error) => error,
  );
}

function expectWhole(): void {
  expect(readFileSync(path()).equals(content)).toBe(true);
  expect(readdirSync(folder)).toEqual([file.name]);
}

/** Answers with `body`, from the byte asked for. */
function serve(body: Buffer): Handler {
  return (request, response) => {
    const first = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
    if (first === 0) {
      response.writeHead(200, { "content-length": body.length }).end(body);
    } else if (first >= body.length) {
      response.writeHead(416, { "content-range": `bytes */${body.length}` }).end();
    } else {
      const range = `bytes ${first}-${body.length - 1}/${body.length}`;
      response.writeHead(206, { "content-range": range, "content-length": body.length - first });
      response.end(body.subarray(first));
    }
  };
}

/** Promises everything, sends `length` bytes and breaks the connection. */
function cutAfter(length: number): Handler {
  return (_, response) => {
    response.writeHead(200, { "content-length": content.length });
    response.write(content.subarray(0, length), () => setTimeout(() => response.destroy(), 20));
  };
}

describe("fetching files", () => {
  it("downloads into a new folder, reports progress, and does nothing the second time", async () => {
    mirrors.good = serve(content);
    const seen: [string, number, number][] = [];
    const result = await start(["good"], { onProgress: (...step) => seen.push(step) });
    expectWhole();
    expect(result).toEqual({ folder, files: [{ name: file.name, from: url("good") }] });
    expect(seen[0]).toEqual([file.name, 0, content.length]);
    expect(seen.at(-1)).toEqual([file.name, content.length, content.length]);
    expect(seen.map(([, received]) => received)).toEqual(
      seen.map(([, received]) => received).sort((a, b) => a - b),
    );

    expect((await start(["good"])).files).toEqual([{ name: file.name, from: "already there" }]);
    expect(requests).toEqual(["good"]);
  });

  it("replaces a file that is there but wrong", async () => {
    mirrors.good = serve(content);
    await start(["good"]);
    writeFileSync(path(), "wrong");
    await start(["good"]);
    expectWhole();
  });

  it("resumes on the next mirror what the first one cut off", async () => {
    mirrors.cut = cutAfter(70_000);
    mirrors.good = serve(content);
    const result = await start(["cut", "good"]);
    expectWhole();
    expect(result.files[0]?.from).toBe(url("good"));
    expect(requests[0]).toBe("cut");
    const [, resumedAt] = /^good bytes=(\d+)-$/.exec(requests[1] ?? "") ?? [];
    expect(Number(resumedAt)).toBeGreaterThan(0);
    expect(Number(resumedAt)).toBeLessThanOrEqual(70_000);
    expect(requests).toHaveLength(2);
  });

  it("resumes what an earlier attempt left", async () => {
    mirrors.cut = cutAfter(50_000);
    expect(String(await failure(start(["cut"])))).toContain(url("cut"));
    expect(existsSync(path())).toBe(false);
    const have = readFileSync(part()).length;
    expect(have).toBeGreaterThan(0);
    mirrors.good = serve(content);
    await start(["good"]);
    expectWhole();
    expect(requests.at(-1)).toBe(`good bytes=${have}-`);
  });

  it("starts over where the server cannot resume", async () => {
    mirrors.cut = cutAfter(50_000);
    await failure(start(["cut"]));
    mirrors.whole = (_, response) => response.end(content);
    await start(["whole"]);
    expectWhole();
  });

  it("starts over on the same mirror when what was there was bad", async () => {
    mirrors.cut = cutAfter(50_000);
    await failure(start(["cut"]));
    writeFileSync(part(), Buffer.alloc(40_000, 7));
    mirrors.good = serve(content);
    await start(["good"]);
    expectWhole();
    expect(requests.slice(1)).toEqual(["good bytes=40000-", "good"]);
  });

  it.each([content.length, content.length + 5])("checks a part that already has %d bytes", async (length) => {
    mirrors.cut = cutAfter(50_000);
    await failure(start(["cut"]));
    writeFileSync(part(), Buffer.concat([content, Buffer.alloc(5)]).subarray(0, length));
    mirrors.good = serve(content);
    await start(["good"]);
    expectWhole();
  });

  it("goes to the next mirror after a bad checksum, and mixes nothing of the bad file in", async () => {
    mirrors.bad = serve(Buffer.from(content.map((byte, i) => (i === 100 ? byte ^ 1 : byte))));
    mirrors.good = serve(content);
    expect((await start(["bad", "good"])).files[0]?.from).toBe(url("good"));
    expectWhole();
    expect(requests).toEqual(["bad", "good"]);
  });

  it("goes to the next mirror when one sends nothing for too long", async () => {
    mirrors.silent = () => {};
    mirrors.stuck = (_, response) => {
      response.writeHead(200, { "content-length": content.length });
      response.write(content.subarray(0, 10));
    };
    mirrors.good = serve(content);
    const result = await start(["silent", "stuck", "good"], { stallMilliseconds: 300 });
    expect(result.files[0]?.from).toBe(url("good"));
    expectWhole();
  });

  it("lists how each mirror failed when all did", async () => {
    mirrors.bad = serve(Buffer.from("not the file"));
    mirrors.cut = cutAfter(1000);
    mirrors.silent = () => {};
    const nowhere = "http://127.0.0.1:1/mnist/";
    const names = ["missing", "bad", "cut", "silent"];
    const error = await failure(start([], { mirrors: [...names.map(url), nowhere], stallMilliseconds: 300 }));
    expect(error).toBeInstanceOf(RunError);
    const lines = error.message.split("\n");
    expect(lines).toHaveLength(6);
    expect(lines[0]).toBe("file.gz: could not be downloaded from any of 5 mirrors:");
    expect(lines[1]).toBe(`  ${url("missing")}/file.gz: HTTP status 404 Not Found`);
    expect(lines[2]).toContain(`${url("bad")}/file.gz: checksum mismatch: MD5 is `);
    expect(lines[2]).toContain(`(12 bytes), expected ${md5} (200000 bytes)`);
    expect(lines[3]).toMatch(new RegExp(`^  ${url("cut")}/file\\.gz: \\S+`));
    expect(lines[4]).toContain(`${url("silent")}/file.gz: nothing arrived for 0.3 s`);
    expect(lines[5]).toMatch(/^ {2}http:\/\/127\.0\.0\.1:1\/mnist\/file\.gz: \S+/);
    expect(existsSync(path())).toBe(false);
  });

  it("takes what the server has without verification, and never resumes then", async () => {
    mirrors.cut = cutAfter(50_000);
    await failure(start(["cut"], { verify: false }));
    expect(existsSync(path())).toBe(false);
    mirrors.other = serve(Buffer.from("another edition"));
    await start(["other"], { verify: false });
    expect(readFileSync(path(), "utf8")).toBe("another edition");
    expect(requests).toEqual(["cut", "other"]);
  });

  it("stops when asked to, and keeps what has arrived", async () => {
    mirrors.slow = (_, response) => {
      response.writeHead(200, { "content-length": content.length });
      response.write(content.subarray(0, 30_000));
    };
    mirrors.good = serve(content);
    const stop = new AbortController();
    const onProgress = (_: string, received: number) => {
      if (received > 0) stop.abort(new Error("stopped by the user"));
    };
    const error = await failure(start(["slow", "good"], { signal: stop.signal, onProgress }));
    expect(error.message).toBe("stopped by the user");
    expect(requests).toEqual(["slow"]);
    expect(readFileSync(part()).length).toBeGreaterThan(0);
    await start(["good"]);
    expectWhole();
  });

  it("says at once that the folder cannot be written", async () => {
    mirrors.good = serve(content);
    const taken = join(tmpdir(), `gradus-fetch-file-${process.pid}`);
    writeFileSync(taken, "");
    try {
      const error = await failure(start(["good"], { folder: join(taken, "mnist") }));
      expect(error).toBeInstanceOf(DataError);
      expect(error.message).toContain(`${join(taken, "mnist")}: cannot be written (`);
      expect(requests).toEqual([]);
    } finally {
      rmSync(taken);
    }
  });

  it("knows MNIST's files", () => {
    expect(mnistFiles).toHaveLength(4);
    for (const { name, bytes, md5: sum } of mnistFiles) {
      expect(name).toMatch(/^(train|t10k)-(images-idx3|labels-idx1)-ubyte\.gz$/);
      expect(bytes).toBeGreaterThan(4000);
      expect(sum).toMatch(/^[0-9a-f]{32}$/);
    }
    expect(mnistMirrors.length).toBeGreaterThan(1);
  });
});
