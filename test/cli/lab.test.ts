import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RunError, UserError } from "../../src/cli/errors.js";
import { type LabServer, type LabServerOptions, startLabServer } from "../../src/cli/lab/server.node.js";
import { writeIdx } from "../../src/data/idx.js";

let base: string;
let folder: string;
let data: string;
let servers: LabServer[];

const script = "console.log('the lab');";
const packed = gzipSync(writeIdx([2], Uint8Array.of(1, 2)));
const digits = {
  name: "digits",
  title: "Digits",
  classes: ["0", "1", "2"],
  channels: 1,
  height: 28,
  width: 28,
  train: [],
  test: [],
};

/** A folder such as the lab's build makes. */
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "gradus-lab-"));
  folder = join(base, "lab");
  data = join(base, "data");
  servers = [];
  for (const name of ["lab/assets", "lab/data", "data"]) mkdirSync(join(base, name), { recursive: true });
  writeFileSync(join(base, "secret.txt"), "secret");
  writeFileSync(join(folder, "index.html"), "<!doctype html><title>Gradus</title>");
  writeFileSync(join(folder, "assets", "main-1a2b.js"), script);
  writeFileSync(join(folder, "assets", "main-1a2b.js.gz"), gzipSync(script));
  writeFileSync(join(folder, "assets", "main-1a2b.js.br"), brotliCompressSync(script));
  writeFileSync(join(folder, "data", "labels.idx1-ubyte.gz"), packed);
  writeFileSync(join(folder, "data", "index.json"), JSON.stringify({ sets: [digits] }));
});

afterEach(async () => {
  for (const server of servers) await server.close();
  rmSync(base, { recursive: true, force: true });
});

async function start(options: LabServerOptions = {}): Promise<LabServer> {
  const server = await startLabServer({ folder, data, port: 0, ...options });
  servers.push(server);
  return server;
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** As it stands, where `fetch` would tidy the address and unpack what is packed. */
function get({ port }: LabServer, path: string, { method = "GET", encoding = "" } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { "Accept-Encoding": encoding };
    request({ host: "127.0.0.1", port, path, method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () =>
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    })
      .on("error", reject)
      .end();
  });
}

async function failure(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => expect.unreachable("it should have failed"),
    (error: Error) => error,
  );
}

describe("the lab's server", () => {
  it("isolates the page, and lets it run nothing but its own code", async () => {
    const server = await start();
    for (const path of ["/", "/assets/main-1a2b.js", "/data/index.json", "/nothing"]) {
      const { headers } = await get(server, path);
      expect(headers).toMatchObject({
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-embedder-policy": "require-corp",
        "cross-origin-resource-policy": "same-origin",
        "x-content-type-options": "nosniff",
      });
      const policy = String(headers["content-security-policy"]);
      expect(policy).toContain("default-src 'self';");
      expect(policy).toContain("script-src 'self' 'wasm-unsafe-eval';");
      expect(policy).not.toContain("'unsafe-eval'");
      expect(policy).not.toMatch(/https?:|\*/);
    }
  });

  it("has browsers ask again for the page, and never for files with a hash in their name", async () => {
    const server = await start();
    const page = await get(server, "/");
    expect([page.status, page.headers["content-type"], page.headers["cache-control"]]).toEqual([
      200,
      "text/html;charset=utf-8",
      "no-cache",
    ]);
    expect(String(page.body)).toContain("<title>Gradus</title>");
    const asset = await get(server, "/assets/main-1a2b.js");
    expect(asset.headers["cache-control"]).toBe("public, max-age=31536000, immutable");
    expect(asset.headers["content-type"]).toBe("text/javascript");
    expect(String(asset.body)).toBe(script);
  });

  it.each([
    ["br, gzip", "br", brotliCompressSync(script)],
    ["gzip", "gzip", gzipSync(script)],
    ["", undefined, Buffer.from(script)],
  ])("sends what is packed to those who accept it: %j", async (encoding, expected, body) => {
    const answer = await get(await start(), "/assets/main-1a2b.js", { encoding });
    expect(answer.headers["content-encoding"]).toBe(expected);
    expect(answer.body.equals(body)).toBe(true);
  });

  it("gives data as they are, packed or not, and leaves unpacking to the page", async () => {
    const server = await start();
    const { status, headers, body } = await get(server, "/data/labels.idx1-ubyte.gz", { encoding: "gzip" });
    expect([status, headers["content-type"], headers["content-encoding"]]).toEqual([
      200,
      "application/octet-stream",
      undefined,
    ]);
    expect(body.equals(packed)).toBe(true);
    const head = await get(server, "/data/labels.idx1-ubyte.gz", { method: "HEAD" });
    expect([head.status, head.headers["content-length"], head.body.length]).toEqual([
      200,
      String(packed.length),
      0,
    ]);
  });

  it("lists the built digits alone where nothing else is found", async () => {
    const { headers, body } = await get(await start(), "/data/index.json");
    expect(headers["content-type"]).toBe("application/json; charset=utf-8");
    expect(JSON.parse(String(body))).toEqual({ sets: [digits] });
  });

  it("adds MNIST and CIFAR-10 where they are found, and gives their files", async () => {
    const images = (count: number) => writeIdx([count, 28, 28], new Uint8Array(count * 784).fill(count));
    const labels = (count: number) => writeIdx([count], new Uint8Array(count));
    const mnist = {
      "train-images-idx3-ubyte.gz": gzipSync(images(3)),
      "train-labels-idx1-ubyte": labels(3),
      "t10k-images.idx3-ubyte": images(2),
      "t10k-labels-idx1-ubyte.gz": gzipSync(labels(2)),
    };
    const records = (count: number) => new Uint8Array(count * 3073).fill(1);
    const cifar10 = {
      "data_batch_1.bin": records(4),
      "data_batch_2.bin.gz": gzipSync(records(3)),
      "test_batch.bin": records(1),
    };
    for (const [name, files] of Object.entries({ mnist, cifar10 })) {
      mkdirSync(join(data, name));
      for (const [file, bytes] of Object.entries(files)) writeFileSync(join(data, name, file), bytes);
    }
    const server = await start();
    const { sets } = JSON.parse(String((await get(server, "/data/index.json")).body));
    expect(sets).toEqual(server.sets);
    expect(sets.map(({ name }: { name: string }) => name)).toEqual(["digits", "mnist", "cifar10"]);
    expect(sets[1]).toMatchObject({ channels: 1, height: 28, width: 28, classes: { length: 10 } });
    expect(sets[1].train).toEqual([
      {
        format: "idx",
        images: "mnist/train-images-idx3-ubyte.gz",
        labels: "mnist/train-labels-idx1-ubyte",
        count: 3,
        bytes: mnist["train-images-idx3-ubyte.gz"].length + mnist["train-labels-idx1-ubyte"].length,
      },
    ]);
    expect(sets[1].test[0].count).toBe(2);
    expect(sets[2].train).toEqual([
      { format: "cifar10", records: "cifar10/data_batch_1.bin", count: 4, bytes: 4 * 3073 },
      {
        format: "cifar10",
        records: "cifar10/data_batch_2.bin.gz",
        count: 3,
        bytes: cifar10["data_batch_2.bin.gz"].length,
      },
    ]);
    expect(sets[2].test[0].count).toBe(1);
    const { body } = await get(server, `/data/${sets[1].train[0].images}`);
    expect(body.equals(mnist["train-images-idx3-ubyte.gz"])).toBe(true);
    expect((await get(server, "/data/cifar10/test_batch.bin")).body.length).toBe(3073);
  });

  it("leaves out data that are broken, and says so", async () => {
    for (const name of ["train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"]) {
      writeFileSync(join(data, `${name}-ubyte`), "no images");
    }
    for (const name of ["data_batch_1.bin", "test_batch.bin"]) writeFileSync(join(data, name), "no records");
    const { sets, problems } = await start();
    expect(sets.map(({ name }) => name)).toEqual(["digits"]);
    expect(problems).toEqual([
      `${join(data, "train-images-idx3-ubyte")}: is no IDX file of images (unsigned bytes of rank 3)`,
      `${join(data, "data_batch_1.bin")}: 10 bytes are not a whole number of records of 3073`,
    ]);
  });

  it.each([
    "/../secret.txt",
    "/%2e%2e/secret.txt",
    "/..%2fsecret.txt",
    "/assets/../../secret.txt",
    "/data/../../secret.txt",
    "/data/..%2f..%2fsecret.txt",
    "/data/mnist/../../secret.txt",
    "/data//etc/passwd",
    "/%",
    "/data/%",
    "/%00",
  ])("gives nothing from outside of its folder: %s", async (path) => {
    const { status, body } = await get(await start(), path);
    expect(status).toBe(404);
    expect(String(body)).toMatch(/^There is nothing at /);
  });

  it("takes no requests but GET and HEAD", async () => {
    const { status, headers } = await get(await start(), "/", { method: "POST" });
    expect([status, headers.allow]).toEqual([405, "GET, HEAD"]);
  });

  it("says which command builds the lab where it is not built", async () => {
    rmSync(join(folder, "index.html"));
    const error = await failure(start());
    expect(error).toBeInstanceOf(RunError);
    expect(error.message).toMatch(/the lab is not built .*npm run lab:build/);
  });

  it("takes another port where its own is taken, but not where one is asked for", async () => {
    const first = await start({ port: undefined });
    const second = await start({ port: undefined });
    expect(first.port).toBeGreaterThanOrEqual(4738);
    expect(second.port).toBeGreaterThan(first.port);
    expect((await fetch(second.url)).status).toBe(200);
    const error = await failure(start({ port: first.port }));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toContain(`port ${first.port} cannot be used: another program is there`);
  });
});
