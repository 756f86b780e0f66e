import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { agrees, instrument, pages, pagesFor, root, runPage, tutorials, workshop } from "./pages.js";

const { folder, clear } = workshop();
afterAll(clear);

describe("the tutorials print what their comments say", () => {
  it.each(pagesFor("unit"))("%s", (page) => runPage(folder, page));
});

const read = (path: string) => readFileSync(join(root, path), "utf8");
const pagesIn = (folder: string) => readdirSync(join(root, folder)).filter((name) => name.endsWith(".md"));
/** The names of the files of a folder that a text mentions. */
const mentioned = (text: string, folder: string) =>
  [...text.matchAll(new RegExp(`${folder}/([\\w-]+\\.md)`, "g"))].map(([, name]) => name!);

describe("pages are listed", () => {
  const names = Object.keys(pages);

  it("each tutorial is tested, and listed in order by docs/README.md", () => {
    expect(pagesIn(tutorials).sort()).toEqual(names);
    expect(mentioned(read("docs/README.md"), "tutorials")).toEqual(names);
  });

  it("the site has all of them, the tutorials in order", () => {
    const children = (page: string, folder: string) => mentioned(read(page).split("---")[1]!, folder);
    expect(children("scripts/docs/tutorials.md", tutorials)).toEqual(names);
    expect(children("scripts/docs/pages.md", "docs").sort()).toEqual(pagesIn("docs").sort());
  });
});

describe("what is printed is held against comments", () => {
  it("finds the comments behind a call and below it", () => {
    const { code, printings } = instrument(
      [
        "console.log(a); // 1",
        "for (const b of c) console.log(b);",
        "// 2",
        "// 3",
        "  console.log(d, e); // [4,",
        "  //  5]",
      ].join("\n"),
    );
    expect(printings.map(({ stated }) => stated)).toEqual(["1", "2 3", "[4,  5]"]);
    expect(code).toContain("for (const b of c) console.log(1, b);");
    expect(() => instrument("console.log(\n1);")).toThrow("console.log(");
  });

  it.each([
    ["30", "30"],
    ["[[2, 4], [6, 8]]", "[ [ 2, 4 ],\n  [ 6, 8 ] ]"],
    ['["a", "b"]', "[ 'a', 'b' ]"],
    ["0.33", "0.3333333"],
    ["1.2e-7", "1.16e-7"],
    ["above 0.9", "0.95"],
    ["loss below 0.2, ...", "loss 0.1, accuracy 1"],
    ["-1.50 -Infinity", "-1.5 -Infinity"],
  ])("%j is what %j says", (stated, printed) => {
    expect(agrees(stated, printed)).toBe(true);
  });

  it.each([
    ["30", "30.1"],
    ["30", "31"],
    ["0.33", "0.34"],
    ["0.33", "NaN"],
    ["1.2e-7", "1.2e-6"],
    ["above 0.9", "0.9"],
    ["below 0.2", "NaN"],
    ["[1, 2]", "[ 1, 2, 3 ]"],
    ["true", "false"],
    ["...", ""],
    ["1 ...", "2 3"],
  ])("%j is not what %j says", (stated, printed) => {
    expect(agrees(stated, printed) && printed !== "").toBe(false);
  });
});

describe("links", () => {
  const documents = [".", "docs", tutorials, "scripts/docs"].flatMap((folder) =>
    pagesIn(folder).map((name) => join(folder, name)),
  );

  /** As GitHub and TypeDoc make them from headings. */
  const anchorOf = (heading: string) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .trim()
      .replaceAll(/\s/g, "-");

  const anchorsOf = (path: string) =>
    [...readFileSync(path, "utf8").matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchorOf(heading!));

  it.each(documents)("%s points to what there is", (document) => {
    const text = read(document).replaceAll(/^```.*?^```$/gms, "");
    const broken = [...text.matchAll(/\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]*))?\)/g)].filter(
      ([, path, anchor]) => {
        const target = join(root, path === "" ? document : join(document, "..", path!));
        return !existsSync(target) || (anchor !== undefined && !anchorsOf(target).includes(anchor));
      },
    );
    expect(broken.map(([link]) => link)).toEqual([]);
  });
});
