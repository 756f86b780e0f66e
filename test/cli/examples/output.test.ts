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
import { afterAll, describe, expect, it } from "vitest";
import { RunError, UserError } from "../../../src/cli/errors.js";
import { OutputFolder } from "../../../src/cli/examples/output.node.js";

const place = mkdtempSync(join(tmpdir(), "gradus-output-"));
afterAll(() => rmSync(place, { recursive: true, force: true }));

describe("the folder of an example's results", () => {
  it("is made when the first is written, and lists them in order with their captions", () => {
    const out = new OutputFolder(join(place, "a", "b"));
    out.check();
    expect(existsSync(join(place, "a"))).toBe(false);
    expect(out.files).toEqual([]);
    out.write("z.txt", "first", "the first");
    out.write("a.bin", Uint8Array.of(1, 2));
    out.write("z.txt", "again");
    expect(readdirSync(out.path).sort()).toEqual(["a.bin", "z.txt"]);
    expect(readFileSync(join(out.path, "z.txt"), "utf8")).toBe("again");
    expect(out.files.map(({ path }) => path)).toEqual([join(out.path, "z.txt"), join(out.path, "a.bin")]);
    expect(out.read("z.txt")).toBe("again");
    expect(out.read("none")).toBeUndefined();
  });

  it("keeps what is there when it is checked", () => {
    const path = join(place, "kept");
    mkdirSync(path);
    writeFileSync(join(path, "mine"), "");
    new OutputFolder(path).check();
    expect(readdirSync(path)).toEqual(["mine"]);
    mkdirSync(join(place, "empty"));
    new OutputFolder(join(place, "empty")).check();
    expect(existsSync(join(place, "empty"))).toBe(true);
  });

  it("is refused before the work if it cannot be", () => {
    const file = join(place, "file");
    writeFileSync(file, "");
    expect(() => new OutputFolder(file).check()).toThrow(UserError);
    expect(() => new OutputFolder(file).check()).toThrow(/file cannot be used for the results: it is a file/);
    expect(() => new OutputFolder(join(file, "x")).check()).toThrow(/a part of the path is a file/);
  });

  it("takes only names of files in it, and says when one cannot be written", () => {
    const out = new OutputFolder(join(place, "names"));
    for (const name of ["../x.png", "a/b.png", "", ".hidden", "a b"])
      expect(() => out.write(name, "")).toThrow(RangeError);
    expect(existsSync(out.path)).toBe(false);
    mkdirSync(join(out.path, "taken.png"), { recursive: true });
    expect(() => out.write("taken.png", "")).toThrow(RunError);
    expect(readdirSync(out.path)).toEqual(["taken.png"]);
  });
});
