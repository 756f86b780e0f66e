import { spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decode } from "fast-png";
import { afterAll, describe, expect, it } from "vitest";
import { gradus, root, start } from "./support.js";

const place = mkdtempSync(join(tmpdir(), "gradus-examples-"));
afterAll(() => rmSync(place, { recursive: true, force: true }));

const write = (name: string, text: string) => {
  writeFileSync(join(place, name), text);
  return join(place, name);
};

/** An example of the user's own, with a body of its own. */
const own = (name: string, body: string) =>
  write(
    `${name}.mjs`,
    `export default { name: "${name}", topic: "Training", rows: [], title: "a title", claim: "A claim.",
      options: { size: { description: "how large", value: "number", default: "3" } },
      async run(context) { ${body} } };`,
  );

describe("gradus example", () => {
  it("lists the examples by topic, in columns", async () => {
    const { code, stdout, stderr } = await gradus(["example"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^Foundations\n {2}\S/m);
    expect(stdout).toMatch(/^ {2}xor +\S.*\(M2\)$/m);
    expect(stdout.indexOf("Foundations\n")).toBeLessThan(stdout.indexOf("Seeing inside\n"));
    const columns = [...stdout.matchAll(/^ {2}(\S+ +)\S/gm)].map(([, name]) => name!.length);
    expect(new Set(columns).size).toBe(1);
    expect(stdout.trimEnd().split("\n").at(-1)).toContain("gradus example NAME");
  });

  it("lists them for programs", async () => {
    const { stdout } = await gradus(["example", "--json"]);
    const { examples } = JSON.parse(stdout);
    expect(examples).toContainEqual(
      expect.objectContaining({ name: "xor", topic: "Foundations", rows: ["M2"] }),
    );
  });

  it("helps, in general and with the options of one", async () => {
    const general = await gradus(["example", "--help"]);
    expect(general.stdout).toMatch(/^Usage: gradus example \[name\] \[options\]/);
    for (const option of ["--quick", "--seed", "--out", "--data", "--json"])
      expect(general.stdout).toContain(option);
    const one = await gradus(["example", "kernels", "-h"]);
    expect(one.stdout).toMatch(/^Usage: gradus example kernels \[options\]/);
    expect(one.stdout).toMatch(/--image <file>/);
    expect([general.code, one.code, general.stderr, one.stderr]).toEqual([0, 0, "", ""]);
  });

  it("says the claim, does the work, says what was measured and what was written", async () => {
    const out = join(place, "xor");
    const { code, stdout, stderr } = await gradus(["example", "xor", "--quick", "--out", out]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const parts = ["xor: ", "The lecture says: ", "0 xor 1", "Measured here: ", `Written:\n  ${out}`];
    const order = parts.map((part) => stdout.indexOf(part));
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(order[0]).toBe(0);
    expect(readFileSync(join(out, "loss.svg"), "utf8")).toMatch(/^<svg /);
  });

  it("prints one object for programs, the same for the same seed", async () => {
    const run = async (seed: string) => {
      const args = [
        "example",
        "xor",
        "--quick",
        "--json",
        "--seed",
        seed,
        "--out",
        join(place, `seed-${seed}`),
      ];
      const { code, stdout, stderr } = await gradus(args);
      expect(code).toBe(0);
      expect(stderr).toContain("The lecture says: ");
      expect(stdout.trimEnd()).not.toContain("\n");
      const { seconds, files, ...rest } = JSON.parse(stdout);
      expect(seconds).toBeGreaterThan(0);
      for (const file of files) expect(existsSync(file)).toBe(true);
      return rest;
    };
    const first = await run("5");
    expect(first).toMatchObject({ example: "xor", quick: true, seed: 5 });
    expect(Object.keys(first)).toEqual(expect.arrayContaining(["claim", "measured", "twoLayers"]));
    expect(await run("5")).toEqual(first);
    expect(await run("6")).not.toEqual(first);
  });

  it("takes a picture of the user's own", async () => {
    const out = join(place, "kernels");
    const image = join(place, "xor", "none.png");
    const missing = await gradus(["example", "kernels", "--quick", "--image", image, "--out", out]);
    expect(missing.code).toBe(2);
    expect(missing.stderr).toBe(`gradus: ${image}: no such file\n`);
    expect(existsSync(out)).toBe(false);
    const { code } = await gradus(["example", "kernels", "--quick", "--out", out]);
    expect(code).toBe(0);
    const sheet = decode(readFileSync(join(out, "kernels.png")));
    expect(new Set(sheet.data).size).toBeGreaterThan(100);
    expect(readdirSync(out).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });
});

describe("bad input", () => {
  const cases: [string, () => string[], RegExp][] = [
    ["an unknown example", () => ["xro"], /there is no example "xro"; did you mean "xor"\?/],
    [
      "nothing like an example",
      () => ["zebra-crossing"],
      /there is no example "zebra-crossing"; `gradus example` lists them/,
    ],
    ["an unknown option", () => ["xor", "--quik"], /unknown option '--quik'\n\(Did you mean --quick\?\)/],
    [
      "an unknown option without a name",
      () => ["--sed", "3"],
      /unknown option '--sed'\n\(Did you mean --seed\?\)/,
    ],
    ["another example's option", () => ["xor", "--image", "a.png"], /unknown option '--image'/],
    [
      "its own option misspelt",
      () => ["kernels", "--imag", "a.png"],
      /unknown option '--imag'\n\(Did you mean --image\?\)/,
    ],
    ["two examples", () => ["xor", "kernels"], /too many arguments/],
    ["a seed that is none", () => ["xor", "--seed", "-1"], /'-1' is invalid.*integer from 0/],
    [
      "a folder that is a file",
      () => ["xor", "--out", own("file", "")],
      /cannot be used for the results: it is a file/,
    ],
    [
      "a folder in a file",
      () => ["xor", "--out", join(own("file", ""), "x")],
      /a part of the path is a file/,
    ],
    [
      "missing data",
      () => [own("mnist", "await context.mnist();"), "--data", place],
      /gradus data fetch mnist/,
    ],
    [
      "a count that is none",
      () => [own("count", 'context.count("size");'), "--size", "none"],
      /--size is "none", but must be/,
    ],
    ["a file that is not there", () => ["./none.js"], /none\.js: no such file/],
    ["a file that is no example", () => [write("empty.mjs", "")], /must export an example as its default/],
  ];

  it.each(cases)("is refused with exit code 2, and leaves nothing: %s", async (_, args, message) => {
    const before = readdirSync(place).length;
    const [first, ...rest] = args();
    const made = readdirSync(place).length - before;
    const given = rest.includes("--out") ? rest : [...rest, "--out", join(place, "refused")];
    const { code, stderr } = await gradus(["example", first!, ...(first!.startsWith("--") ? rest : given)]);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(code).toBe(2);
    expect(readdirSync(place)).toHaveLength(before + made);
  });

  it("of an example itself is its own fault: exit code 1", async () => {
    const { code, stderr } = await gradus([
      "example",
      own("fault", 'throw new Error("the sky fell");'),
      "--out",
      join(place, "f"),
    ]);
    expect({ code, stderr: stderr.split("\n")[0] }).toEqual({ code: 1, stderr: "gradus: the sky fell" });
  });
});

describe("an example that is interrupted", () => {
  const endless = 'await context.file("first.txt", "whole"); context.say("begun"); let i = 0;';

  it.each([
    [
      "looks at its signal",
      "for (;;) { context.signal.throwIfAborted(); await new Promise((done) => setTimeout(done, 5)); }",
    ],
    ["does not", "for (;;) await new Promise((done) => setTimeout(done, 5));"],
    [
      "goes on writing",
      'for (;;) { await context.file("f" + (i++ % 3) + ".txt", "x".repeat(100000)); await new Promise((done) => setTimeout(done)); }',
    ],
  ])("ends with exit code 130 and whole files: it %s", async (kind, body) => {
    const name = kind.replaceAll(" ", "-");
    const out = join(place, `out-${name}`);
    const running = start(["example", own(name, endless + body), "--out", out]);
    await running.waitFor("begun");
    running.process.kill("SIGINT");
    const { code, stderr } = await running.outcome;
    expect(code).toBe(130);
    expect(stderr).toMatch(/^stopped; written so far: .*first\.txt/);
    expect(readdirSync(out).filter((file) => !file.endsWith(".txt"))).toEqual([]);
    for (const file of readdirSync(out)) expect([5, 100000]).toContain(readFileSync(join(out, file)).length);
  });
});

it("ends quietly when its reader has read enough", async () => {
  const path = own(
    "talks",
    'for (let i = 0; i < 20000; i++) context.say("word ".repeat(20)); await context.file("late.txt", ""); return { measured: "m", values: {} };',
  );
  mkdirSync(join(place, "pipe"));
  const child = spawn(
    process.execPath,
    [join(root, "dist/cli/main.js"), "example", path, "--out", join(place, "pipe")],
    {
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  child.stdout.once("data", () => child.stdout.destroy());
  let stderr = "";
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const code = await new Promise((resolve) => child.on("close", resolve));
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(readdirSync(join(place, "pipe")).filter((name) => name.endsWith(".tmp"))).toEqual([]);
});
