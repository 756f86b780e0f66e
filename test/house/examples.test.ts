import { existsSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { examples as list } from "../../examples/index.js";
import { type Example, topics } from "../../src/cli/example.js";
import { factsOf, listFiles, root } from "./house.js";

const files = listFiles(join(root, "examples")).filter((path) => path.endsWith(".ts"));
const read = (path: string) => readFileSync(join(root, path), "utf8");
const facts = new Map(
  files.map((path) => [path, factsOf({ path: `../examples/${path}`, text: read(`examples/${path}`) })]),
);
const names = Object.keys(list);

/** The public entry points, as their users write them. */
const entries = Object.keys(JSON.parse(read("package.json")).exports)
  .filter((entry) => !/[*]|\.json$/.test(entry))
  .map((entry) => posix.join("gradus", entry));

const examples: Example[] = [];
beforeAll(async () => {
  for (const load of Object.values(list)) examples.push((await load()).default);
}, 60_000);

describe("the examples", () => {
  it("are all listed, each under the name of its file", () => {
    expect([...names].sort()).toEqual(
      files
        .filter((path) => !path.includes("/") && path !== "index.ts")
        .map((path) => path.replace(/\.ts$/, "")),
    );
    expect(examples.map(({ name }) => name)).toEqual(names);
  });

  it("stand in the order of the topics", () => {
    const places = examples.map(({ topic }) => topics.indexOf(topic));
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });

  it("say what they show in one line, what the lecture claims in one paragraph, and which rows they are for", () => {
    for (const { name, title, claim, rows } of examples) {
      expect(title, name).toMatch(/^[^\n]{20,120}[^\n.]$/);
      expect(claim, name).toMatch(/^[^\n]{80,700}[.?!]$/);
      expect(rows.length, name).toBeGreaterThan(0);
      for (const row of rows) expect(row, name).toMatch(/^M\d+$/);
    }
  });

  it("have options that no other option hides", () => {
    const taken = ["quick", "seed", "out", "data", "json", "help"];
    for (const { name, options = {} } of examples) {
      for (const option of Object.keys(options)) expect(taken, name).not.toContain(option);
    }
  });

  it.each(names)("%s has a test", (name) => {
    const places = [`test/examples/${name}.slow.test.ts`, `test/e2e/${name}.test.ts`];
    expect(places.some((path) => existsSync(join(root, path)))).toBe(true);
  });

  it("import the package by its public entries, what it depends on, and their kit: nothing else", () => {
    const { dependencies } = JSON.parse(read("package.json"));
    const wrong = [...facts].flatMap(([path, { imports }]) =>
      imports
        .filter((specifier) => {
          if (!specifier.startsWith(".")) return !entries.includes(specifier) && !(specifier in dependencies);
          const target = posix.join(posix.dirname(path), specifier).replace(/\.js$/, ".ts");
          return !facts.has(target) || (path !== "index.ts" && !target.startsWith("kit/"));
        })
        .map((specifier) => `examples/${path} imports ${specifier}`),
    );
    expect(wrong).toEqual([]);
  });

  it("have no any, no cast through unknown, no silenced checks, and no file above 500 lines", () => {
    const found = [...facts.values()].flatMap(({ any, doubleCasts, ignores }) => [
      ...any,
      ...doubleCasts,
      ...ignores,
    ]);
    expect(found).toEqual([]);
    for (const path of files) expect(read(`examples/${path}`).split("\n").length, path).toBeLessThan(502);
  });
});

describe("docs/examples.md", () => {
  const [begin, end] = [
    "<!-- the list, made from the examples -->\n",
    "<!-- the end of the list -->\n",
  ] as const;

  // To write the list anew: npm test -- test/house/examples -u
  it("lists them all, by topic, as they describe themselves", async () => {
    const page = read("docs/examples.md");
    const [head, tail] = [page.slice(0, page.indexOf(begin)), page.slice(page.indexOf(end))];
    const sections = topics
      .map((topic) => ({ topic, here: examples.filter((example) => example.topic === topic) }))
      .filter(({ here }) => here.length > 0)
      .map(({ topic, here }) => `\n## ${topic}\n\n${here.map(entryOf).join("\n")}`);
    await expect(`${head}${begin}${sections.join("")}\n${tail}`).toMatchFileSnapshot(
      join(root, "docs/examples.md"),
    );
  });

  function entryOf({ name, title, claim, options = {} }: Example): string {
    const own = Object.entries(options).map(
      ([option, { value = "value", description }]) => `\`--${option} <${value}>\`: ${description}`,
    );
    const heading = `### [\`${name}\`](../examples/${name}.ts): ${title}\n`;
    return `${heading}\n${claim}\n${own.length === 0 ? "" : `\n${own.map((line) => `- ${line}\n`).join("")}`}`;
  }
});
